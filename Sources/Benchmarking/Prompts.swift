import Foundation
import Orchestrator

/// What the requests of a scenario say.
public enum Prompts: Sendable, Equatable {
    /// The same text in each.
    case one(String)
    /// One of several in each: in their order, the first again after the last.
    case several([Prompt])
    /// A text of its own in each, of a given length.
    case synthetic(SyntheticPrompts)
    /// What a user says, turn by turn: each iteration is a conversation with the model's own answers in it.
    case turns([String])
    /// OpenAI's messages as the suite has them.
    case messages(VerbatimMessages)
    /// A text of its own in each, and a limit of its own for the answer, of the lengths that a trace has in turn.
    case lengths([Trace.Request])

    init(
        _ object: JSONDocument.Object, readFile: (String) throws(SuiteError) -> PromptFile
    ) throws(SuiteError) {
        if let list = try object.optionalArray("prompts", "a list of prompts") {
            var prompts: [Prompt] = []
            for element in list { prompts.append(try Prompt(element)) }
            self = .several(prompts)
        } else if let path = try object.optionalString("prompts_file", "the path of a JSONL file") {
            self = .several(try readFile(path).prompts())
        } else if let list = try object.optionalArray("turns", "a list of texts") {
            var turns: [String] = []
            for element in list { turns.append(try element.text("what the user says")) }
            self = .turns(turns)
        } else if object.has("messages") {
            self = .messages(try object.messages())
        } else if let lengths = try object.optionalObject("synthetic") {
            self = .synthetic(try SyntheticPrompts(lengths))
        } else {
            self = .one(try object.string("prompt", "the text put to the model"))
        }
    }

    /// What a list of scenarios shows of it, in one line.
    public var inWords: String {
        switch self {
        case .one(let text): text
        case .several(let prompts):
            "\(prompts.count) prompt\(prompts.count == 1 ? "" : "s"): \(prompts.first?.inWords ?? "")"
        case .synthetic(let lengths): "synthetic: \(lengths.inWords)"
        case .turns(let turns): "\(turns.count) turns: \(turns.first ?? "")"
        case .messages(let messages): "messages: \(messages.json)"
        case .lengths(let requests): "synthetic: the lengths of \(requests.count) requests of a trace"
        }
    }
}

extension JSONDocument.Object {
    /// The member `messages`, byte for byte.
    func messages() throws(SuiteError) -> VerbatimMessages {
        guard let messages = verbatim("messages").flatMap(VerbatimMessages.init) else {
            throw error("messages", "must be a list of messages as OpenAI has them, the first one with 'content'")
        }
        return messages
    }
}
