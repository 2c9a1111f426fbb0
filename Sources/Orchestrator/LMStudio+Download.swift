extension LMStudio {
    private struct Download: Encodable { var model: String }

    /// How often it is asked how far it has come.
    private static let pollInterval = Duration.milliseconds(500)

    /// A name of LM Studio's catalogue or a repository of Hugging Face (https://lmstudio.ai/docs/developer/rest/download).
    func download(
        _ model: String, progress: @escaping @Sendable (DownloadProgress) async -> Void
    ) async throws(BackendError) -> DownloadOutcome {
        if let found = try await models().matching(model).first {
            return DownloadOutcome(alreadyDownloaded: true, duration: nil, variant: found.id)
        }
        let path = "/api/v1/models/download"
        let start = ContinuousClock.now
        var job = try await exchange.json("POST", path, body: JSONBody(Download(model: model)))
        var last: DownloadProgress?
        while true {
            guard let status = job["status"]?.string else { throw unexpected(job, from: "POST \(path)") }
            let told = DownloadProgress(
                percent: status == "completed" ? 100 : nil, receivedBytes: job["downloaded_bytes"]?.count,
                totalBytes: job["total_size_bytes"]?.count, status: status)
            switch status {
            case "already_downloaded":
                return DownloadOutcome(alreadyDownloaded: true, duration: nil, variant: try await id(of: model))
            case "failed":
                throw .downloadFailed(kind, endpoint, model, job.errorMessage ?? "it gives no reason")
            default:
                if told != last { await progress(told) }
                last = told
            }
            if status == "completed" {
                return DownloadOutcome(
                    alreadyDownloaded: false, duration: ContinuousClock.now - start, variant: try await id(of: model))
            }
            guard let id = job["job_id"]?.string else { throw unexpected(job, from: "POST \(path)") }
            try await pause(Self.pollInterval, until: "'\(model)' is downloaded")
            job = try await exchange.json("GET", "\(path)/status/\(id.pathComponent)")
        }
    }

    private func id(of model: String) async throws(BackendError) -> String? {
        try await models().matching(model).first?.id
    }
}
