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
    /// Whether it is this product's own simulator, whatever server that poses as: its figures are settings.
    var isSimulated: Bool { get }

    /// The models that it offers, in its own order.
    func models() async throws(BackendError) -> [AvailableModel]
    /// The model of exactly that name as it stands now; nil when the server does not offer it, or no longer.
    func model(_ id: String) async throws(BackendError) -> AvailableModel?
    /// Has the server fetch a model to its disk, by alias or id; does nothing when it is there already.
    ///
    /// Cancelling the task ends the wait; most servers then stop fetching as well and keep what they have.
    /// - Parameter progress: is told how far it has come, in order, whenever the server says so.
    func download(
        _ model: String, progress: @escaping @Sendable (DownloadProgress) async -> Void
    ) async throws(BackendError) -> DownloadOutcome
    /// Brings a model into memory, by alias or id; does nothing when it is there already.
    ///
    /// A load by id throws `otherVariant` when the server loaded another variant of that model.
    func load(_ model: String) async throws(BackendError) -> LoadOutcome
    /// Frees a model's memory, by alias or id; does nothing when it is not loaded.
    func unload(_ model: String) async throws(BackendError) -> UnloadOutcome
    /// Whether it answers a real question now, and if not, what stands in the way.
    func health() async -> Health
    /// Starts the service where it does not answer and waits until it does; leaves alone one that answers.
    ///
    /// Nothing is ended by force: a process that hangs is the user's to end.
    /// - Parameter command: the user's own command for it, given to `/bin/sh`; nil takes the server's own command line tool.
    /// - Returns: the server where it listens now, which may be another port.
    /// - Throws: `unsupported` when there is no command, `notStarted` when it does not answer in time.
    func restart(command: String?) async throws(BackendError) -> any Backend
    /// Has the server keep its models in another folder of its own machine.
    func switchCache(to folder: String) async throws(BackendError)
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

/// How loading a model went.
public struct LoadOutcome: Sendable, Equatable {
    /// It was in memory before.
    public var alreadyLoaded: Bool
    /// From the request to the server's answer, monotonic clock of this host; nil when it was loaded already.
    public var duration: Duration?
    /// Id of the variant that is loaded now; nil when the server does not tell which of several it is.
    public var variant: String?
    /// What that variant runs on: CPU, GPU or NPU; nil when the server does not tell.
    public var deviceType: String?
    /// The software that runs it there, such as `CUDAExecutionProvider`; nil when the server does not tell.
    public var executionProvider: String?

    /// An outcome as a server told it.
    public init(
        alreadyLoaded: Bool, duration: Duration?, variant: String?, deviceType: String? = nil,
        executionProvider: String? = nil
    ) {
        self.alreadyLoaded = alreadyLoaded
        self.duration = duration
        self.variant = variant
        self.deviceType = deviceType
        self.executionProvider = executionProvider
    }

    /// The model that was loaded, or had been before when no time was needed.
    init(_ model: AvailableModel, in duration: Duration?) {
        self.init(
            alreadyLoaded: duration == nil, duration: duration, variant: model.id, deviceType: model.deviceType,
            executionProvider: model.executionProvider)
    }
}

/// How unloading a model went.
public struct UnloadOutcome: Sendable, Equatable {
    /// It was in memory before; nil when the server does not tell.
    public var wasLoaded: Bool?
    /// From the request to the server's answer, monotonic clock of this host.
    public var duration: Duration
}

extension BackendKind {
    /// A backend of this kind. Nothing is asked: that such a server is there shows with the first operation.
    public func backend(at endpoint: Endpoint, using client: StreamingClient) -> any Backend {
        backend(for: Server(kind: self, exchange: HTTPExchange(endpoint: endpoint, client: client)))
    }

    func backend(for server: Server) -> any Backend {
        switch self {
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
