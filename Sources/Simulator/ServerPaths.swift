/// The paths of one kind of server, and what it does at each.
protocol ServerPaths: Sendable {
    /// How it words its errors.
    var errors: ErrorShape { get }
    /// Whether it loads its models by itself when it starts.
    var loadsItself: Bool { get }
    /// What it gives for a request.
    func reply(to request: HTTPRequest, _ server: inout ServerState) -> Reply
}

/// What a server gives for a request.
enum Reply {
    /// A response that is written at once.
    case response(HTTPResponse)
    /// A response that is written at an instant of the monotonic clock.
    case later(HTTPResponse, at: Int64)
    /// A body that grows, each text at its instant.
    case growing(type: String, texts: [(at: Int64, text: String)])
    /// The answer of a model.
    case chat(ChatReply)

    static func json(_ value: JSON, status: Int = 200) -> Reply { .response(.json(value, status: status)) }
}

/// A model's answer that is to be planned and paced.
struct ChatReply {
    var request: ChatRequest
    /// The model's place on the shelf.
    var index: Int
    /// When it is in memory.
    var ready: Int64
    var format: @Sendable (AnswerContext) -> any ChatFormat
}

/// What a server knows of itself while it answers.
struct ServerState {
    let configuration: SimulatorConfiguration
    /// `http://host:port`.
    let address: String
    var shelf: ModelShelf
    var figures: ServerFigures
    /// The instant of the request, nanoseconds of the monotonic clock.
    var now: Int64
}

extension Personality {
    func paths(_ configuration: SimulatorConfiguration) -> any ServerPaths {
        switch self {
        case .foundryLegacy: FoundryLegacyPaths()
        case .foundry: FoundryPaths()
        case .ollama: OllamaPaths()
        case .llamaCpp: configuration.isRouter ? LlamaCppRouterPaths() : LlamaCppPaths()
        case .lmStudio: LMStudioPaths()
        case .vllm: VLLMPaths()
        case .openAI: OpenAIPaths()
        }
    }
}
