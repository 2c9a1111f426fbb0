import Streaming

/// vLLM: one model a process, loaded before it answers.
struct VLLM: OpenAIBased {
    let server: Server

    var capabilities: Capabilities {
        var capabilities = Capabilities()
        capabilities.health = true
        capabilities.metrics = true
        return capabilities
    }

    func models() async throws(BackendError) -> [AvailableModel] {
        try await openAIModels().map { entry in
            var model = AvailableModel(id: entry.id)
            model.isLoaded = true
            model.isDownloaded = true
            model.contextLength = entry.value["max_model_len"]?.count
            return model
        }
    }

    func health() async -> Health { await health(at: "/health") }

    func runtimeVersion() async -> String? {
        try? await exchange.json("GET", "/version")["version"]?.string
    }
}
