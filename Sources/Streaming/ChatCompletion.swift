/// What one OpenAI-style answer says, streamed or whole, read from an outcome after it ended.
public struct ChatCompletion: Sendable {
    /// Every event or message with a non-empty piece of content, reasoning or a tool call's name or arguments, in order.
    /// Role-only and empty ones are left out.
    ///
    /// A chunk is not a token: servers send several tokens in one, and tokens with no text in none.
    public var chunks: [ContentChunk] = []
    /// The answer's text, without the reasoning.
    public var text = ""
    /// The reasoning text, where the server sends it apart.
    public var reasoning = ""
    /// Names and arguments of the tools that the model called, as they came, one behind the other; empty when it called none.
    public var toolCalls = ""
    /// The last `finish_reason`; nil when there was none.
    public var finishReason: String?
    /// Token counts as the server reported them, the last ones when it did several times; nil when it never did.
    public var usage: TokenUsage?
    /// The server's own times; nil when it does not report them.
    public var server: ServerTimes?
    /// The model that the server says it served, which need not be the one asked for; nil when it does not say.
    public var model: String?
    /// Whether the stream was ended by `[DONE]`.
    public var sawDone = false
    /// Events with data in the stream, `[DONE]` included; 0 for a whole answer.
    public var eventCount = 0
    /// Why this is no whole answer; nil when it is. What came before the failure is in the other fields.
    public var failure: StreamFailure?

    /// When the first non-empty content, reasoning or tool call came; nil when none did. Nanoseconds on CLOCK_MONOTONIC.
    public var firstContent: Int64? { chunks.first?.at }
    /// When the last non-empty content, reasoning or tool call came; nil when none did. Nanoseconds on CLOCK_MONOTONIC.
    public var lastContent: Int64? { chunks.last?.at }

    /// Reads the outcome of a request to `/v1/chat/completions` (or `/v1/completions`).
    ///
    /// Costs under a microsecond a chunk; call it off the client's thread, after the stream ended.
    public init(_ outcome: StreamOutcome) {
        var stream = ChatStream()
        stream.read(outcome)
        self = stream.completion(of: outcome)
    }

    init() {}
}

/// One piece of a stream that carries text.
public struct ContentChunk: Sendable, Equatable {
    /// When the bytes came that completed it: nanoseconds on CLOCK_MONOTONIC. Chunks of one read share it.
    public var at: Int64
    /// Its content, reasoning and tool calls' text in UTF-8 bytes. 0 is possible: the first half of a character that was cut in two.
    public var bytes: Int
    /// Which read completed it: an index into the outcome's `arrivals`.
    public var read: Int

    /// A chunk of that many bytes, completed at that instant by that read.
    public init(at: Int64, bytes: Int, read: Int) {
        self.at = at
        self.bytes = bytes
        self.read = read
    }
}
