import Streaming

/// A model server at an address: what it can do, and how to ask it.
///
/// The operations throw `BackendError`, whose sentence names the server, the reason and the remedy. One that a kind of
/// server lacks throws `unsupported`; `capabilities` tells so beforehand.
public protocol Backend: Sendable {
    /// What speaks there.
    var kind: BackendKind { get }
    /// Where.
    var endpoint: Endpoint { get }
    /// What it can be asked to do.
    var capabilities: Capabilities { get }

    /// The models that it offers, in its own order.
    func models() async throws(BackendError) -> [AvailableModel]
    /// Brings a model into memory, by alias or id; does nothing when it is there already.
    ///
    /// A load by id throws `otherVariant` when the server loaded another variant of that model.
    func load(_ model: String) async throws(BackendError) -> LoadOutcome
    /// Frees a model's memory, by alias or id; does nothing when it is not loaded.
    func unload(_ model: String) async throws(BackendError) -> UnloadOutcome
    /// Whether it answers a real question now.
    func health() async -> Health
    /// Version of the server's software; nil when it does not tell.
    func runtimeVersion() async -> String?
    /// The folder that the server keeps its models in; nil when it does not tell.
    func modelCacheLocation() async -> String?
    /// The server's own figures, as it tells them to Prometheus.
    func metrics() async throws(BackendError) -> PrometheusText
    /// The request that asks a model, ready to be performed and measured.
    ///
    /// - Throws: `missingKey`.
    func chatRequest(_ chat: ChatRequest, to model: String) throws(BackendError) -> StreamRequest
}

/// What a kind of server can do.
public struct Capabilities: Sendable, Equatable, Codable {
    /// Tells which models it offers.
    public var list = true
    /// Loads a model on request.
    public var load = false
    /// Unloads a model on request.
    public var unload = false
    /// Downloads a model on request.
    public var download = false
    /// Has an address of its own that tells its health; without one, the list of models is asked for.
    public var health = false
    /// Adds its own times to the answers to `chatRequest`.
    public var serverTimings = false
    /// May tell its own figures at `/metrics`; some have to be started so that they do.
    public var metrics = false

    /// Lists models, and nothing more.
    public init() {}
}

/// How loading a model went.
public struct LoadOutcome: Sendable, Equatable {
    /// It was in memory before.
    public var alreadyLoaded: Bool
    /// From the request to the server's answer, monotonic clock of this host; nil when it was loaded already.
    public var duration: Duration?
    /// Id of the variant that is loaded now; nil when the server does not tell which of several it is.
    public var variant: String?
}

/// How unloading a model went.
public struct UnloadOutcome: Sendable, Equatable {
    /// It was in memory before; nil when the server does not tell.
    public var wasLoaded: Bool?
    /// From the request to the server's answer, monotonic clock of this host.
    public var duration: Duration
}

/// What a server answered to a question about itself.
public struct Health: Sendable, Equatable {
    /// It answered as it should.
    public var healthy: Bool
    /// What it said, or why it is not healthy: one sentence.
    public var detail: String
}

extension BackendKind {
    /// A backend of this kind. Nothing is asked: that such a server is there shows with the first operation.
    public func backend(at endpoint: Endpoint, using client: StreamingClient) -> any Backend {
        let server = Server(kind: self, exchange: HTTPExchange(endpoint: endpoint, client: client))
        return switch self {
        case .foundryLocal: FoundryLocal(server: server)
        case .foundryLocalLegacy: FoundryLocalLegacy(server: server)
        case .ollama: Ollama(server: server)
        case .llamaCpp: LlamaCpp(server: server)
        case .lmStudio: LMStudio(server: server)
        case .vllm: VLLM(server: server)
        case .openAI, .simulator: OpenAICompatible(server: server)
        }
    }
}
