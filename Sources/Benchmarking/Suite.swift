import Crypto
import Foundation

/// A benchmark suite: the scenarios to measure and the settings it proposes.
public struct Suite: Sendable, Equatable {
    public var name: String
    public var version: String
    public var description: String
    public var scenarios: [Scenario]
    public var defaults: RunSettings
    /// `sha256:<hex>` of the file's bytes, so that a result says exactly what it measured.
    public var digest: String

    /// One task that is put to a model.
    public struct Scenario: Sendable, Equatable {
        public var name: String
        public var description: String
        public var prompt: String
        public var systemPrompt: String
        /// Limit of the answer in tokens; nil leaves it to the server.
        public var maxTokens: Int?
        public var expectedOutputLength: String
    }
}

extension Suite {
    /// Reads a suite file: the format of the original, with `system_prompt`, `warmup`, `seed` and a list of
    /// `concurrency` levels as additions.
    ///
    /// - Throws: `SuiteError` naming file, line, column and what was expected there.
    public init(json bytes: [UInt8], file: String) throws(SuiteError) {
        let document = try JSONDocument(bytes, file: file)
        let root = try document.root.object()
        name = try root.string("name", "the suite's name")
        version = try root.string("version", default: "1")
        description = try root.string("description", default: "")
        scenarios = []
        let list = try root.array("scenarios", "a list of at least one scenario")
        guard !list.isEmpty else { throw root.error("scenarios", "must hold at least one scenario, found none") }
        for element in list {
            let scenario = try Scenario(element)
            guard !scenarios.contains(where: { $0.name == scenario.name }) else {
                throw element.error(
                    "scenario '\(scenario.name)' stands here a second time; each needs a name of its own")
            }
            scenarios.append(scenario)
        }
        defaults = RunSettings()
        if let settings = try root.optionalObject("default_config") { try defaults.take(from: settings) }
        digest =
            "sha256:"
            + SHA256.hash(data: bytes).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// The scenarios of these names, in the suite's order; all of them when no name is given.
    ///
    /// - Throws: `SuiteError` naming the first unknown one and those there are.
    public func scenarios(named names: [String]) throws(SuiteError) -> [Scenario] {
        guard !names.isEmpty else { return scenarios }
        for name in names where !scenarios.contains(where: { $0.name == name }) {
            throw .unknownScenario(name, suite: self.name, known: scenarios.map(\.name))
        }
        return scenarios.filter { names.contains($0.name) }
    }
}

extension Suite.Scenario {
    init(_ node: JSONDocument.Node) throws(SuiteError) {
        let object = try node.object()
        name = try object.string("name", "the scenario's name")
        description = try object.string("description", default: "")
        prompt = try object.string("prompt", "the text put to the model")
        systemPrompt = try object.string("system_prompt", default: "")
        maxTokens = try object.optionalInteger("max_tokens", in: 1...1_000_000)
        expectedOutputLength = try object.string("expected_output_length", default: "")
    }
}
