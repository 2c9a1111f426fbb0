/// vLLM: its models are in memory before it listens, and it tells its figures to Prometheus.
struct VLLMPaths: ServerPaths {
    let errors = ErrorShape.numbered
    let loadsItself = false

    private static let chat = ChatHabits(unknown: {
        ErrorShape.numbered.response(404, "The model `\($0)` does not exist.", code: "NotFoundError")
    })

    func reply(to request: HTTPRequest, _ server: inout ServerState) -> Reply {
        switch (request.method, request.path) {
        case ("GET", "/health"): return .response(.text(""))
        case ("GET", "/version"): return .json(["version": "0.11.0"])
        case ("GET", "/metrics"):
            return .response(.text(server.figures.vllm, type: "text/plain; version=0.0.4; charset=utf-8"))
        case ("GET", "/v1/models"):
            let models = server.openAIModels(owner: "vllm") { entry in
                [("root", .string(entry.model.id)), ("parent", nil), ("max_model_len", 32_768)]
            }
            return .json(["object": "list", "data": .array(models)])
        case ("POST", "/v1/chat/completions"): return server.openAIChat(request, .vllm, Self.chat)
        default:
            let model = server.openAIModel(request, owner: "vllm", unknown: Self.chat.unknown)
            return model ?? .json(["detail": "Not Found"], status: 404)
        }
    }
}
