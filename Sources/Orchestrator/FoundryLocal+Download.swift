extension FoundryLocal {
    /// By the `foundry` command: the web service of this generation has no request for it.
    func download(
        _ model: String, progress: @escaping @Sendable (DownloadProgress) async -> Void
    ) async throws(BackendError) -> DownloadOutcome {
        guard let program = endpoint.isLoopback ? command.program : nil else {
            let remedy = endpoint.isLoopback ? ", or put the 'foundry' command in PATH" : ""
            throw .unsupported(
                kind, endpoint, "download a model over HTTP",
                instead: "Run 'foundry model download \(model)' on its machine\(remedy).")
        }
        let found = try resolve(model, among: try await models())
        let exact = found.first { $0.id == model }
        // What is in memory is on the disk; of the others this generation does not tell.
        if let loaded = (exact.map { [$0] } ?? found).first(where: { $0.isLoaded == true }) {
            return DownloadOutcome(alreadyDownloaded: true, duration: nil, variant: loaded.id)
        }
        let start = ContinuousClock.now
        var last: DownloadProgress?
        let result = await withLines(
            of: { sink in
                await Subprocess.run(
                    program, ["model", "download", exact?.id ?? model], limit: HTTPExchange.downloadLimit, errors: true,
                    watch: sink)
            },
            each: { line in
                guard let told = DownloadProgress(line: line), told != last else { return }
                last = told
                await progress(told)
            })
        guard let result, result.status == 0 else {
            let end = result.map { $0.status.map { "ended with status \($0)" } ?? "was stopped" } ?? "can't be run"
            throw .downloadFailed(
                kind, endpoint, model, "'foundry model download' \(end)\(last?.status.map { ": \($0)" } ?? "")")
        }
        // In its own words: "Model … was found in the local cache."
        let wasThere = result.output.contains("already") || result.output.contains("in the local cache")
        return DownloadOutcome(
            alreadyDownloaded: wasThere, duration: wasThere ? nil : ContinuousClock.now - start,
            variant: found.count == 1 ? found[0].id : exact?.id)
    }
}
