import Events
import Orchestrator
import Streaming

/// The requests of one iteration of a scenario, one after another: a single one, or the turns of a conversation.
struct Exchange: Sendable {
    private let scenario: Suite.Scenario
    private let iteration: Int
    private let settings: RunSettings
    private var salt = ""
    private var turn = 0
    /// What was said in a conversation so far.
    private var said: [ChatMessage] = []
    private var isOver = false

    init(_ scenario: Suite.Scenario, iteration: Int, _ settings: RunSettings) {
        self.scenario = scenario
        self.iteration = iteration
        self.settings = settings
    }

    /// A request with what all of them have in common.
    var template: ChatRequest { first.chat }

    /// The first request, as it would be but for its salt.
    var first: ScenarioRequest {
        var copy = self
        return copy.content()
    }

    /// The next request; nil when all were made, or an answer failed that the others would have built on.
    ///
    /// - Parameter id: the request's. The salt of all is made of the first one's.
    mutating func next(_ id: EventID) -> ScenarioRequest? {
        guard !isOver, turn < scenario.requestsPerIteration else { return nil }
        if turn == 0, settings.prefixCache == .defeat { salt = Self.salt(of: id) }
        var request = content()
        request.chat.salt = salt
        turn += 1
        return request
    }

    /// Takes the answer to the last request into the conversation. The model's reasoning is no part of it, as is the custom.
    mutating func take(_ outcome: StreamOutcome) {
        guard turn < scenario.requestsPerIteration else { return }
        let completion = ChatCompletion(outcome)
        isOver = completion.failure != nil || outcome.failure != nil
        said.append(ChatMessage(.assistant, completion.text))
    }

    /// A short text that no other request begins with: the last nine digits of the request's id as a decimal number, the
    /// last digit first, so that ids that follow one another differ at once. Digits, because nearly every tokenizer makes as
    /// many tokens of nine as of nine others.
    static func salt(of id: EventID) -> String {
        let digits = String(id.low % 1_000_000_000)
        return "[\(String(digits.reversed()))\(String(repeating: "0", count: 9 - digits.count))]\n"
    }

    private mutating func content() -> ScenarioRequest {
        var request = ScenarioRequest(chat: ChatRequest(messages: []))
        var systemPrompt = scenario.systemPrompt
        var user: String?
        switch scenario.prompts {
        case .one(let text): user = text
        case .messages(let messages): request.chat.verbatimMessages = messages
        case .several(let prompts):
            let index = iteration % prompts.count
            request.promptIndex = index
            request.maxTokens = prompts[index].maxTokens
            switch prompts[index].content {
            case .messages(let messages): request.chat.verbatimMessages = messages
            case .text(let text, let instructions):
                user = text
                systemPrompt = instructions ?? systemPrompt
            }
        case .synthetic(let lengths):
            let made = lengths.request(iteration, seed: settings.seed ?? 0)
            user = made.text
            request.promptTokens = made.tokens
            request.maxTokens = made.maxTokens
        case .lengths(let requests):
            let length = requests[iteration % requests.count]
            let made = SyntheticPrompts(
                prompt: .init(length.promptTokens ?? 1), output: length.maxTokens.map { .init($0) }
            ).request(iteration, seed: settings.seed ?? 0)
            user = made.text
            request.promptTokens = made.tokens
            request.maxTokens = made.maxTokens
        case .turns(let turns):
            said.append(ChatMessage(.user, turns[turn]))
            request.chat.messages = said
            (request.conversation, request.turn) = (iteration, turn)
        }
        if let user { request.chat.messages = [ChatMessage(.user, user)] }
        if request.chat.verbatimMessages == nil, !systemPrompt.isEmpty {
            request.chat.messages.insert(ChatMessage(.system, systemPrompt), at: 0)
        }
        if settings.maxTokens != nil { request.maxTokens = nil }
        request.chat.maxTokens = request.maxTokens ?? settings.maxTokens ?? scenario.maxTokens
        request.chat.verbatimTools = scenario.tools
        request.chat.temperature = settings.temperature
        request.chat.seed = settings.seed
        request.chat.streaming = settings.streaming
        request.chat.totalTimeout = settings.timeout
        request.chat.firstTokenTimeout = settings.firstTokenTimeout
        return request
    }
}

/// One request as a scenario wants it, and what its sample says of it.
struct ScenarioRequest: Sendable {
    var chat: ChatRequest
    /// Which of several prompts it has; nil of one.
    var promptIndex: Int?
    /// Which conversation and turn it is; nil of a single question.
    var conversation: Int?
    var turn: Int?
    /// How long a synthetic prompt is to be.
    var promptTokens: Int?
    /// A limit of its own for its answer; nil for that of the scenario or the run.
    var maxTokens: Int?

    /// Writes down in the sample what tells it from the scenario's others.
    func label(_ sample: inout InferenceSampled) {
        if let promptIndex { sample.promptIndex = UInt32(promptIndex) }
        if let conversation { sample.conversation = UInt32(conversation) }
        if let turn { sample.turn = UInt32(turn) }
        if let promptTokens { sample.askedPromptTokens = UInt32(promptTokens) }
        if let maxTokens { sample.maxTokens = UInt32(maxTokens) }
    }
}
