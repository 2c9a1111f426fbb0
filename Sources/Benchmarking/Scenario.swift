import Events
import Foundation
import Orchestrator
import Streaming

extension Suite {
    /// One task that is put to a model.
    public struct Scenario: Sendable, Equatable {
        public var name: String
        public var description = ""
        /// What its requests say.
        public var prompts: Prompts
        /// Empty for none.
        public var systemPrompt = ""
        /// OpenAI's `tools` in JSON, as the suite has them.
        public var tools: String?
        /// Limit of the answer in tokens; nil leaves it to the server.
        public var maxTokens: Int?
        public var expectedOutputLength = ""
    }
}

extension Suite.Scenario {
    /// Reads a scenario; of `prompt`, `prompts`, `prompts_file`, `turns`, `messages` and `synthetic` it has exactly one.
    init(
        _ node: JSONDocument.Node, readFile: (String) throws(SuiteError) -> PromptFile
    ) throws(SuiteError) {
        let object = try node.object()
        let sources = ["prompt", "prompts", "prompts_file", "turns", "messages", "synthetic"].filter(object.has)
        if sources.count > 1 {
            throw object.error(
                sources[1], "stands beside '\(sources[0])': a scenario has only one source of prompts")
        }
        self.init(
            name: try object.string("name", "the scenario's name"),
            description: try object.string("description", default: ""),
            prompts: try Prompts(object, readFile: readFile),
            systemPrompt: try object.string("system_prompt", default: ""),
            tools: try object.optionalArray("tools", "a list of tools").flatMap { _ in object.verbatim("tools") },
            maxTokens: try object.optionalInteger("max_tokens", in: Prompt.tokensAllowed),
            expectedOutputLength: try object.string("expected_output_length", default: ""))
        if case .messages = prompts, !systemPrompt.isEmpty {
            throw object.error("system_prompt", "stands beside 'messages', which hold the instructions themselves")
        }
        if case .turns = prompts, tools != nil {
            throw object.error("tools", "stands beside 'turns': a conversation can't go on after a tool was called")
        }
        try object.refuseUnknown()
    }

    /// Requests that an iteration makes, unless one of them fails.
    public var requestsPerIteration: Int {
        if case .turns(let turns) = prompts { turns.count } else { 1 }
    }

    /// Whether turns of a conversation that should have followed this failed one are not sent.
    func endsEarly(after failed: InferenceSampled) -> Bool {
        failed.hasTurn && Int(failed.turn) + 1 < requestsPerIteration
    }
}

// MARK: - In the log

extension Suite.Scenario {
    /// As it is kept with the run.
    var recorded: Events.Scenario {
        .with {
            $0.name = name
            $0.description_p = description
            if let maxTokens { $0.maxTokens = UInt32(maxTokens) }
            $0.systemPromptText = systemPrompt
            $0.expectedOutputLength = expectedOutputLength
            if let tools { $0.keptTools = KeptText(tools) }
            switch prompts {
            case .one(let prompt): $0.promptText = prompt
            case .several(let prompts): $0.keptPrompts = prompts.map { KeptText($0.json) }
            case .turns(let turns): $0.keptTurns = turns.map { KeptText($0) }
            case .messages(let messages): $0.keptMessages = KeptText(messages.json)
            case .synthetic(let lengths): $0.synthetic = lengths.recorded
            case .lengths: break  // The samples have them.
            }
        }
    }

    /// The scenario of an earlier run, to be measured again.
    ///
    /// - Throws: `SuiteError` when a text of it was erased.
    public init(recorded scenario: Events.Scenario) throws(SuiteError) {
        let erased = SuiteError.erased(scenario: scenario.name)
        func text(_ kept: KeptText) throws(SuiteError) -> String {
            guard kept.hasText else { throw erased }
            return kept.text
        }
        func texts(_ list: [KeptText]) throws(SuiteError) -> [String] {
            var texts: [String] = []
            for kept in list { texts.append(try text(kept)) }
            return texts
        }
        let prompts: Prompts
        if scenario.hasSynthetic {
            prompts = .synthetic(SyntheticPrompts(recorded: scenario.synthetic))
        } else if !scenario.keptPrompts.isEmpty {
            var list: [Prompt] = []
            for json in try texts(scenario.keptPrompts) {
                list.append(try Prompt(JSONDocument(json.utf8, file: "the recorded prompts").root))
            }
            prompts = .several(list)
        } else if !scenario.keptTurns.isEmpty {
            prompts = .turns(try texts(scenario.keptTurns))
        } else if scenario.hasKeptMessages {
            guard let messages = VerbatimMessages(json: try text(scenario.keptMessages)) else { throw erased }
            prompts = .messages(messages)
        } else {
            prompts = .one(try scenario.hasKeptPrompt ? text(scenario.keptPrompt) : "")
        }
        self.init(
            name: scenario.name, description: scenario.description_p, prompts: prompts,
            systemPrompt: try scenario.hasKeptSystemPrompt ? text(scenario.keptSystemPrompt) : "",
            tools: try scenario.hasKeptTools ? text(scenario.keptTools) : nil,
            maxTokens: scenario.hasMaxTokens ? Int(scenario.maxTokens) : nil,
            expectedOutputLength: scenario.expectedOutputLength)
    }
}
