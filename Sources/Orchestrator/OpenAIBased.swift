import Foundation
import Streaming

/// A kind of server and the way to reach one.
struct Server: Sendable {
    let kind: BackendKind
    let exchange: HTTPExchange
    /// Whether its answers name our simulator.
    var isSimulated = false
    /// Whether it is a router of llama.cpp, with several models behind it.
    var isRouter = false
    /// Where command line tools are looked for.
    var environment = ProcessInfo.processInfo.environment
    var endpoint: Endpoint { exchange.endpoint }
}

/// What every server here has in common: OpenAI's list of models and its chat completions. The kinds add to it.
protocol OpenAIBased: Backend {
    var server: Server { get }
    /// The words that start such a server, its own program first; empty when that takes a model or options of the user's.
    var starter: [String] { get }
}

extension OpenAIBased {
    var kind: BackendKind { server.kind }
    var endpoint: Endpoint { server.endpoint }
    var exchange: HTTPExchange { server.exchange }
    var capabilities: Capabilities { Capabilities() }
    var starter: [String] { [] }
    var isSimulated: Bool { server.isSimulated || kind == .simulator }

    func models() async throws(BackendError) -> [AvailableModel] {
        try await openAIModels().map { entry in
            var model = AvailableModel(id: entry.id)
            model.publisher = entry.value["owned_by"]?.string
            return model
        }
    }

    /// The entries of `/v1/models`, each with its id.
    func openAIModels() async throws(BackendError) -> [(id: String, value: JSONValue)] {
        let path = "/v1/models"
        let list = try await exchange.json("GET", path)
        guard let entries = list["data"]?.array else { throw unexpected(list, from: "GET \(path)") }
        return entries.compactMap { entry in entry["id"]?.string.map { ($0, entry) } }
    }

    func load(_ model: String) async throws(BackendError) -> LoadOutcome {
        throw .unsupported(
            kind, endpoint, "load a model on request", instead: "It serves what it was started with.")
    }

    func unload(_ model: String) async throws(BackendError) -> UnloadOutcome {
        throw .unsupported(
            kind, endpoint, "unload a model on request", instead: "It serves what it was started with.")
    }

    func model(_ id: String) async throws(BackendError) -> AvailableModel? {
        let models = try await models()
        return models.first { $0.id == id } ?? models.first { sameModel(asked: id, served: $0.id) }
    }

    func download(
        _ model: String, progress: @escaping @Sendable (DownloadProgress) async -> Void
    ) async throws(BackendError) -> DownloadOutcome {
        throw .unsupported(
            kind, endpoint, "download a model on request", instead: "Start it with the model that it is to serve.")
    }

    func switchCache(to folder: String) async throws(BackendError) {
        throw .unsupported(
            kind, endpoint, "move its models to another folder", instead: "Name the folder where it is started.")
    }

    func modelCacheLocation() async -> String? { nil }

    func runtimeVersion() async -> String? { nil }

    func chatRequest(_ chat: ChatRequest, to model: String) throws(BackendError) -> StreamRequest {
        try openAIChatRequest(chat, to: model)
    }

    /// The request by OpenAI's protocol.
    func openAIChatRequest(_ chat: ChatRequest, to model: String) throws(BackendError) -> StreamRequest {
        var headers: [(name: String, value: String)] = [("Content-Type", "application/json")]
        if chat.streaming { headers.append(("Accept", "text/event-stream")) }
        if let authorization = try endpoint.authorization() { headers.append(authorization) }
        return StreamRequest(
            url: endpoint.url("/v1/chat/completions"), method: "POST", headers: headers,
            body: chat.body(for: model),
            framing: chat.streaming ? .serverSentEvents : .whole,
            totalTimeout: chat.totalTimeout, firstTokenTimeout: chat.streaming ? chat.firstTokenTimeout : nil)
    }

    /// An answer of success whose content is not what it should be; a server may put its error there.
    func unexpected(_ value: JSONValue, from what: String) -> BackendError {
        guard let message = value.errorMessage else {
            return BackendError(
                .notAModelServer,
                "\(endpoint) does not answer like \(kind.displayName): \(what) gave JSON of another shape. "
                    + "Check the address and the port.")
        }
        return BackendError(.refused, "\(endpoint) refused \(what): \(message.prefix(200))")
    }

    /// Waits a little before it is asked again.
    func pause(_ duration: Duration, until what: String) async throws(BackendError) {
        do {
            try await Task.sleep(for: duration)
        } catch {
            throw BackendError(.unreachable, "Stopped waiting until \(what) at \(endpoint).")
        }
    }

    /// The one model that a name stands for at this server.
    ///
    /// - Throws: `unknownModel`, which lists what there is.
    func resolve(_ name: String, among models: [AvailableModel]) throws(BackendError) -> [AvailableModel] {
        let found = models.matching(name)
        guard !found.isEmpty else { throw .unknownModel(name, endpoint, known: models.map(\.id)) }
        return found
    }
}

/// Any server that speaks OpenAI's protocol and nothing else that is known here.
struct OpenAICompatible: OpenAIBased {
    let server: Server

    var capabilities: Capabilities {
        var capabilities = Capabilities()
        // SGLang, TGI, TensorRT-LLM and others do.
        capabilities.metrics = kind == .openAI
        return capabilities
    }
}
