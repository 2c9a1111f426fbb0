import Streaming

/// The server of llama.cpp: one model a process, or a router over several.
struct LlamaCpp: OpenAIBased {
    let server: Server

    var capabilities: Capabilities {
        var capabilities = Capabilities()
        capabilities.health = true
        capabilities.serverTimings = true
        capabilities.metrics = true
        return capabilities
    }

    func models() async throws(BackendError) -> [AvailableModel] {
        try await openAIModels().map { entry in
            let meta = entry.value["meta"]
            var model = AvailableModel(id: entry.id)
            // A router tells the state of each; without one, the model of the process is there when it answers.
            model.isLoaded = entry.value["status"]?["value"]?.string.map { $0 == "loaded" } ?? true
            model.isDownloaded = true
            model.sizeBytes = meta?["size"]?.count
            model.contextLength = meta?["n_ctx"]?.count ?? meta?["n_ctx_train"]?.count
            model.description = meta?["ftype"]?.string
            return model
        }
    }

    func health() async -> Health { await health(at: "/health") }

    func runtimeVersion() async -> String? {
        try? await exchange.json("GET", "/props")["build_info"]?.string
    }
}
