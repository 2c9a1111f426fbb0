import Streaming

/// The server of llama.cpp: one model a process, or a router over several.
struct LlamaCpp: OpenAIBased {
    let server: Server

    var capabilities: Capabilities {
        var capabilities = Capabilities()
        capabilities.health = true
        capabilities.serverTimings = true
        capabilities.metrics = true
        capabilities.load = server.isRouter
        capabilities.unload = server.isRouter
        capabilities.download = server.isRouter
        return capabilities
    }

    func models() async throws(BackendError) -> [AvailableModel] {
        try await openAIModels().map { entry in
            let meta = entry.value["meta"]
            var model = AvailableModel(id: entry.id)
            // A router tells the state of each; without one, the model of the process is there when it answers.
            let state = RouterState(entry.value)
            model.isLoaded = state?.isLoaded ?? true
            model.isDownloaded = state.map { $0.value != "downloading" } ?? true
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
