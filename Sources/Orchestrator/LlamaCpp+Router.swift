import Streaming

/// What a router of llama.cpp does besides: it has several models, each in a process of its own
/// (https://github.com/ggml-org/llama.cpp/tree/master/tools/server#using-multiple-models).
extension LlamaCpp {
    private struct Order: Encodable { var model: String }

    /// How often it is asked how a model stands: an order is answered before it is carried out.
    static let pollInterval = Duration.milliseconds(50)
    /// How long a model's process may take to end; the router ends it by force after ten seconds.
    static let unloadLimit = Duration.seconds(30)
    /// How long a download that was ordered may take to appear in the list.
    static let appearanceLimit = Duration.seconds(5)

    func load(_ model: String) async throws(BackendError) -> LoadOutcome {
        guard server.isRouter else {
            throw .unsupported(kind, endpoint, "load a model on request", instead: Self.singleAdvice)
        }
        let found = try resolve(model, among: try await models())[0]
        let start = ContinuousClock.now
        var state = try await state(of: found.id)
        if state?.isLoaded == true { return LoadOutcome(found, in: nil) }
        if state?.value != "loading" { try await order("/models/load", found.id) }
        while true {
            state = try await self.state(of: found.id)
            if state?.isLoaded == true { return LoadOutcome(found, in: ContinuousClock.now - start) }
            guard let state, !state.hasFailed else {
                throw BackendError(
                    .refused,
                    "llama.cpp at \(endpoint) could not load '\(found.id)'\(state?.exitCode.map { ": its process ended with status \($0)" } ?? "")."
                )
            }
            try within(HTTPExchange.loadLimit, since: start, "load '\(found.id)'")
            try await pause(Self.pollInterval, until: "'\(found.id)' is loaded")
        }
    }

    func unload(_ model: String) async throws(BackendError) -> UnloadOutcome {
        guard server.isRouter else {
            throw .unsupported(kind, endpoint, "unload a model on request", instead: Self.singleAdvice)
        }
        let found = try resolve(model, among: try await models())[0]
        let start = ContinuousClock.now
        let before = try await state(of: found.id)?.value
        guard before != "unloaded" else {
            return UnloadOutcome(wasLoaded: false, duration: ContinuousClock.now - start)
        }
        try await order("/models/unload", found.id)
        while let state = try await state(of: found.id), state.value != "unloaded" {
            try within(Self.unloadLimit, since: start, "unload '\(found.id)'")
            try await pause(Self.pollInterval, until: "'\(found.id)' is unloaded")
        }
        return UnloadOutcome(
            wasLoaded: before == "loaded" || before == "sleeping", duration: ContinuousClock.now - start)
    }

    /// A name as Hugging Face has it, such as `ggml-org/gemma-3-4b-it-GGUF:Q4_K_M`.
    func download(
        _ model: String, progress: @escaping @Sendable (DownloadProgress) async -> Void
    ) async throws(BackendError) -> DownloadOutcome {
        guard server.isRouter else {
            throw .unsupported(kind, endpoint, "download a model on request", instead: Self.singleAdvice)
        }
        if let found = try await models().matching(model).first(where: { $0.isDownloaded == true }) {
            return DownloadOutcome(alreadyDownloaded: true, duration: nil, variant: found.id)
        }
        let start = ContinuousClock.now
        if try await state(of: model)?.value != "downloading" { try await order("/models", model) }
        var last: DownloadProgress?
        while true {
            let state = try await state(of: model)
            switch state?.value {
            case "downloading":
                if let told = state?.progress, told != last {
                    last = told
                    await progress(told)
                }
            case nil:
                // It is not in the list before it begins, nor after it failed.
                guard last == nil, ContinuousClock.now < start + Self.appearanceLimit else {
                    throw .downloadFailed(
                        kind, endpoint, model, "the router no longer lists it; its log has the reason")
                }
            default:
                guard state?.hasFailed != true else {
                    throw .downloadFailed(kind, endpoint, model, "the router's log has the reason")
                }
                // The list no longer tells of a download that is over.
                await progress(
                    DownloadProgress(
                        percent: 100, receivedBytes: last?.totalBytes, totalBytes: last?.totalBytes,
                        status: "downloaded"))
                return DownloadOutcome(
                    alreadyDownloaded: false, duration: ContinuousClock.now - start, variant: state?.id)
            }
            try within(HTTPExchange.downloadLimit, since: start, "download '\(model)'")
            try await pause(Self.pollInterval, until: "'\(model)' is downloaded")
        }
    }

    private static let singleAdvice =
        "It serves the one model that it was started with; started without one, as a router, it can."

    private func order(_ path: String, _ model: String) async throws(BackendError) {
        let answer = try await exchange.json("POST", path, body: JSONBody(Order(model: model)))
        guard answer["success"]?.bool == true else { throw unexpected(answer, from: "POST \(path)") }
    }

    private func state(of model: String) async throws(BackendError) -> RouterState? {
        let list = try await exchange.json("GET", "/models")
        guard let entries = list["data"]?.array else { throw unexpected(list, from: "GET /models") }
        return entries.lazy.compactMap(RouterState.init).first { sameModel(asked: model, served: $0.id) }
    }

    private func within(
        _ limit: Duration, since start: ContinuousClock.Instant, _ operation: String
    ) throws(BackendError) {
        guard ContinuousClock.now >= start + limit else { return }
        throw BackendError(.timedOut, "llama.cpp at \(endpoint) did not \(operation) within \(limit.shown).")
    }
}

/// How a router says that one of its models stands.
struct RouterState {
    var id: String
    /// `unloaded`, `loading`, `loaded`, `sleeping` or `downloading`.
    var value: String
    var hasFailed: Bool
    var exitCode: String?
    var progress: DownloadProgress

    /// One that sleeps wakes by itself with the next request.
    var isLoaded: Bool { value == "loaded" || value == "sleeping" }

    init?(_ entry: JSONValue) {
        guard let id = entry["id"]?.string, let status = entry["status"], let value = status["value"]?.string else {
            return nil
        }
        self.id = id
        self.value = value
        hasFailed = value == "unloaded" && status["failed"]?.bool == true
        exitCode = status["exit_code"]?.text
        var files: [JSONValue] = []
        if case .object(let members)? = status["progress"] { files = Array(members.values) }
        let totals = files.compactMap { $0["total"]?.count }
        progress = DownloadProgress(
            receivedBytes: files.isEmpty ? nil : files.compactMap { $0["done"]?.count }.reduce(0, +),
            totalBytes: totals.isEmpty ? nil : totals.reduce(0, +), status: value)
    }
}
