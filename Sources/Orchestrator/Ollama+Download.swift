extension Ollama {
    private struct Pull: Encodable {
        var model: String
        var stream = true
    }

    func download(
        _ model: String, progress: @escaping @Sendable (DownloadProgress) async -> Void
    ) async throws(BackendError) -> DownloadOutcome {
        if let found = try await models().matching(model).first {
            return DownloadOutcome(alreadyDownloaded: true, duration: nil, variant: found.id)
        }
        let path = "/api/pull"
        let start = ContinuousClock.now
        var pull = OllamaPull()
        let outcome = try await exchange.lines(
            "POST", path, body: JSONBody(Pull(model: model)), limit: HTTPExchange.downloadLimit
        ) { line in
            if let told = pull.receive(line) { await progress(told) }
        }
        // What it lacks, it names in the answer, with success or without.
        if let failure = pull.failure {
            if failure.contains("does not exist") || failure.contains("not found") {
                throw BackendError(.unknownModel, "Ollama's library, asked by \(endpoint), has no model '\(model)'.")
            }
            throw .downloadFailed(kind, endpoint, model, failure)
        }
        if let error = exchange.problem(with: outcome, asking: "POST \(path)", limit: HTTPExchange.downloadLimit) {
            throw outcome.status == 200 ? .downloadFailed(kind, endpoint, model, "the answer broke off") : error
        }
        guard pull.hasSucceeded else {
            throw .downloadFailed(kind, endpoint, model, "it does not say that it succeeded")
        }
        return DownloadOutcome(
            alreadyDownloaded: false, duration: ContinuousClock.now - start,
            variant: try await models().matching(model).first?.id)
    }
}

/// The lines of `POST /api/pull`: a model is a few layers, fetched one after another, each with its own size.
struct OllamaPull {
    private(set) var hasSucceeded = false
    private(set) var failure: String?
    private var layers: [String: (total: UInt64, completed: UInt64)] = [:]
    private var last: DownloadProgress?

    /// What a line says of the whole; nil when that is nothing new.
    mutating func receive(_ line: String) -> DownloadProgress? {
        guard let value = JSONValue(bytes: line.utf8) else { return nil }
        if let message = value.errorMessage {
            failure = message
            return nil
        }
        let status = value["status"]?.string
        if status == "success" { hasSucceeded = true }
        if let digest = value["digest"]?.string, let total = value["total"]?.count {
            layers[digest] = (total, value["completed"]?.count ?? layers[digest]?.completed ?? 0)
        }
        let progress = DownloadProgress(
            percent: hasSucceeded ? 100 : nil,
            receivedBytes: layers.isEmpty ? nil : layers.values.reduce(0) { $0 + $1.completed },
            totalBytes: layers.isEmpty ? nil : layers.values.reduce(0) { $0 + $1.total }, status: status)
        guard progress != last else { return nil }
        last = progress
        return progress
    }
}
