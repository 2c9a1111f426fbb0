import Streaming

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

/// OpenAI's `messages` as somebody wrote them in JSON, images and all: they are sent byte for byte.
public struct VerbatimMessages: Sendable, Equatable {
    /// The JSON.
    public let json: String
    /// Where in its UTF-8 a text can be put so that the first message begins with it.
    let opening: Opening

    enum Opening: Sendable, Equatable {
        /// Inside the quotation marks of the first message's content.
        case text(Int)
        /// Inside the brackets of the list of parts that the first message's content is.
        case parts(Int)
    }

    /// Takes a list of messages of which the first one says something; nil for any other JSON.
    public init?(json: String) {
        let bytes = Array(json.utf8)
        guard firstFault(ofJSON: bytes) == nil,
            let content = place(of: [.index(0), .key("content")], inJSON: bytes), content.steps == 2
        else { return nil }
        let inside = content.value.lowerBound + 1
        switch bytes[content.value.lowerBound] {
        case UInt8(ascii: "\""): opening = .text(inside)
        case UInt8(ascii: "["):
            guard place(of: [.index(0), .key("content"), .index(0)], inJSON: bytes)?.steps == 3 else { return nil }
            opening = .parts(inside)
        default: return nil
        }
        self.json = json
    }
}

/// What a model is asked, independent of the server that serves it. What is nil is not sent: the server decides.
public struct ChatRequest: Sendable, Equatable {
    /// The conversation so far, the question last.
    public var messages: [ChatMessage]
    /// Sent in place of `messages`.
    public var verbatimMessages: VerbatimMessages?
    /// OpenAI's `tools` in JSON, sent byte for byte.
    public var verbatimTools: String?
    /// Sent before the text of the first message, whatever that is. Empty for none.
    public var salt = ""
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
