extension FoundryLocalLegacy {
    /// The body of `POST /openai/download`, its keys as the service's own clients write them.
    private struct Download: Encodable {
        struct Model: Encodable {
            var Name: String
            var Uri: String?
            var Publisher: String?
            var ProviderType: String?
            var PromptTemplate: JSONValue?
        }
        var model: Model
        var token = ""
        var IgnorePipeReport = true
    }

    func download(
        _ model: String, progress: @escaping @Sendable (DownloadProgress) async -> Void
    ) async throws(BackendError) -> DownloadOutcome {
        let variant = try await variant(model)
        if variant.isDownloaded == true {
            return DownloadOutcome(alreadyDownloaded: true, duration: nil, variant: variant.id)
        }
        guard let entry = try await catalogue().first(where: { $0.id == variant.id })?.value else {
            throw .unknownModel(model, endpoint, known: [])
        }
        let provider = entry["providerType"]?.string
        let body = Download(
            model: .init(
                Name: variant.id, Uri: entry["uri"]?.string, Publisher: entry["publisher"]?.string,
                // The catalogue names the provider without the word that the service wants here.
                ProviderType: provider.map { $0 == "AzureFoundry" ? "AzureFoundryLocal" : $0 },
                PromptTemplate: entry["promptTemplate"]))
        let path = "/openai/download"
        let start = ContinuousClock.now
        var last: DownloadProgress?
        let outcome = try await exchange.lines(
            "POST", path, body: JSONBody(body), limit: HTTPExchange.downloadLimit
        ) { line in
            // Behind the progress comes what came of it, as JSON.
            guard !line.contains("{"), let told = DownloadProgress(line: line), told != last else { return }
            last = told
            await progress(told)
        }
        if let error = exchange.problem(with: outcome, asking: "POST \(path)", limit: HTTPExchange.downloadLimit) {
            throw outcome.status == 200 ? .downloadFailed(kind, endpoint, model, "the answer broke off") : error
        }
        let result = JSONValue(amid: String(decoding: outcome.body, as: UTF8.self))
        guard result?["success"]?.bool == true else {
            let reason = result?["errorMessage"]?.string ?? result?.errorMessage ?? "it does not say that it succeeded"
            throw .downloadFailed(kind, endpoint, model, reason)
        }
        return DownloadOutcome(alreadyDownloaded: false, duration: ContinuousClock.now - start, variant: variant.id)
    }

    /// By the `foundry` command: the service has no request for it.
    func switchCache(to folder: String) async throws(BackendError) {
        guard endpoint.isLoopback, let program = command.program else {
            throw .unsupported(
                kind, endpoint, "move its models to another folder over HTTP",
                instead: "Run 'foundry cache cd \(folder)' on its machine.")
        }
        let result = await Subprocess.run(program, ["cache", "cd", folder], limit: .seconds(30), errors: true)
        guard result?.status == 0 else {
            let words = result.flatMap { DownloadProgress(line: $0.output)?.status }.map { ": \($0)" } ?? ""
            throw BackendError(
                .refused,
                "Could not move the models of Foundry Local at \(endpoint) to '\(folder)': 'foundry cache cd' failed\(words)."
            )
        }
    }
}
