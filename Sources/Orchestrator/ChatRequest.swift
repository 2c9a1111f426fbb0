/// One turn of a conversation.
public struct ChatMessage: Sendable, Equatable, Codable {
    /// Who speaks.
    public enum Role: String, Sendable, Codable {
        /// Instructions to the model.
        case system
        /// The person.
        case user
        /// The model.
        case assistant
    }

    /// Who speaks.
    public var role: Role
    /// What is said.
    public var content: String

    /// Words and who says them.
    public init(_ role: Role, _ content: String) {
        self.role = role
        self.content = content
    }
}

/// What a model is asked, independent of the server that serves it. What is nil is not sent: the server decides.
public struct ChatRequest: Sendable, Equatable {
    /// The conversation so far, the question last.
    public var messages: [ChatMessage]
    /// Most tokens of the answer.
    public var maxTokens: Int?
    /// 0 is sent as 0.
    public var temperature: Double?
    /// Seed of the server's sampling; servers may ignore it.
    public var seed: UInt64?
    /// Whether the answer comes piece by piece.
    public var streaming: Bool
    /// Whether a stream is to end with the server's own token counts. An answer in one piece has them anyway.
    public var includeUsage: Bool
    /// Longest time from the call to the end of the answer.
    public var totalTimeout: Duration
    /// Longest time to the first non-empty content; nil when only the total counts.
    public var firstTokenTimeout: Duration?

    /// A question with the limits of an ordinary benchmark.
    public init(
        messages: [ChatMessage], maxTokens: Int? = nil, temperature: Double? = nil, seed: UInt64? = nil,
        streaming: Bool = true, includeUsage: Bool = true, totalTimeout: Duration = .seconds(300),
        firstTokenTimeout: Duration? = nil
    ) {
        precondition(temperature?.isFinite ?? true, "a temperature is a finite number")
        self.messages = messages
        self.maxTokens = maxTokens
        self.temperature = temperature
        self.seed = seed
        self.streaming = streaming
        self.includeUsage = includeUsage
        self.totalTimeout = totalTimeout
        self.firstTokenTimeout = firstTokenTimeout
    }

    /// One prompt, with instructions before it when they are not empty.
    public init(prompt: String, systemPrompt: String? = nil) {
        let instructions = systemPrompt.flatMap { $0.isEmpty ? nil : ChatMessage(.system, $0) }
        self.init(messages: [instructions, ChatMessage(.user, prompt)].compactMap(\.self))
    }
}

/// The body of `/v1/chat/completions`.
struct ChatBody: Encodable {
    struct StreamOptions: Encodable { var include_usage: Bool }

    var model: String
    var messages: [ChatMessage]
    var max_tokens: Int?
    var temperature: Double?
    var seed: UInt64?
    var stream: Bool
    var stream_options: StreamOptions?

    init(_ chat: ChatRequest, model: String) {
        self.model = model
        messages = chat.messages
        max_tokens = chat.maxTokens
        temperature = chat.temperature
        seed = chat.seed
        stream = chat.streaming
        stream_options = chat.streaming && chat.includeUsage ? StreamOptions(include_usage: true) : nil
    }
}
