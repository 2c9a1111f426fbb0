import Foundation
import Orchestrator

/// One of several prompts of a scenario.
public struct Prompt: Sendable, Equatable {
    enum Content: Sendable, Equatable {
        /// A text, with instructions of its own before it where there are any.
        case text(String, systemPrompt: String?)
        case messages(VerbatimMessages)
    }

    let content: Content
    /// Limit of its answer in tokens; nil for the scenario's.
    let maxTokens: Int?
    /// As it was written, a JSON object: what is kept with the run.
    let json: String

    static let tokensAllowed = 1...1_000_000

    /// Reads a text, or an object with `prompt` (and `system_prompt`) or `messages`, and `max_tokens`, which other tools call
    /// `output_tokens_count`. Other members are kept and not read, but for misspelled ones.
    init(_ node: JSONDocument.Node) throws(SuiteError) {
        if case .string = node.value {
            content = .text(try node.text("a prompt"), systemPrompt: nil)
            maxTokens = nil
            json = #"{"prompt":\#(node.verbatim)}"#
            return
        }
        let object = try node.object()
        let systemPrompt = try object.optionalString("system_prompt", "instructions")
        if object.has("messages") {
            for key in ["prompt", "system_prompt"] where object.has(key) {
                throw object.error(key, "stands beside 'messages': a prompt is one or the other")
            }
            content = .messages(try object.messages())
        } else {
            content = .text(
                try object.string("prompt", "the text put to the model, or 'messages',"), systemPrompt: systemPrompt)
        }
        let limit = try object.optionalInteger("max_tokens", in: Self.tokensAllowed)
        let sameLimit = try object.optionalInteger("output_tokens_count", in: Self.tokensAllowed)
        if let limit, let sameLimit, limit != sameLimit {
            throw object.error("output_tokens_count", "is \(sameLimit) and 'max_tokens' is \(limit): give one of them")
        }
        maxTokens = limit ?? sameLimit
        json = node.verbatim
        try object.refuseUnknown(onlyMisspelled: true)
    }

    var inWords: String {
        switch content {
        case .text(let text, _): text
        case .messages(let messages): messages.json
        }
    }
}

/// A file of prompts: a JSON object a line (JSONL), empty lines left out.
public struct PromptFile: Sendable {
    public let path: String
    let bytes: [UInt8]

    /// Most prompts, since each is a text of its own in the run's first event.
    public static let promptLimit = 65_000
    /// Largest file, since a run keeps its prompts in one event.
    public static let byteLimit = 15 << 20

    /// Reads the file at `path`.
    ///
    /// - Throws: `SuiteError` when it can't be read, or is longer than `byteLimit`.
    public init(path: String) throws(SuiteError) {
        self.path = path
        bytes = try SuiteLibrary.bytes(
            of: path, limit: Self.byteLimit, reason: "a run keeps no more prompts; take fewer lines")
    }

    /// - Throws: `SuiteError` naming the first bad line.
    func prompts() throws(SuiteError) -> [Prompt] {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
            .filter { !$0.element.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D } }
        guard lines.count <= Self.promptLimit else {
            throw .invalid(
                place: "\(path):\(lines[Self.promptLimit].offset + 1)",
                reason: "a run keeps at most \(Self.promptLimit) prompts; take fewer lines")
        }
        var prompts: [Prompt] = []
        for (index, text) in lines {
            let node = try JSONDocument(text.last == 0x0D ? text.dropLast() : text, file: path, line: index + 1).root
            guard case .object = node.value else {
                throw node.error("a JSON object is expected on each line, found \(node.value.kind)")
            }
            prompts.append(try Prompt(node))
        }
        guard !prompts.isEmpty else { throw .unreadable(path: path, reason: "there is no prompt in it") }
        return prompts
    }
}
