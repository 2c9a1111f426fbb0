/// The server of llama.cpp with one model, which it loads when it starts; until then every answer is 503.
struct LlamaCppPaths: ServerPaths {
    let errors = ErrorShape.numbered
    let loadsItself = true

    static let chat = ChatHabits(
        unknown: { ErrorShape.numbered.response(404, "model '\($0)' not found", code: "not_found") },
        unloaded: { _ in loading })
    static let loading = ErrorShape.numbered.response(503, "Loading model", code: "loading")
    static let nothing = ErrorShape.numbered.response(404, "File Not Found", code: "not_found")

    func reply(to request: HTTPRequest, _ server: inout ServerState) -> Reply {
        guard let model = server.shelf.known.first, model.isLoaded(at: server.now) else {
            return .response(Self.loading)
        }
        switch (request.method, request.path) {
        case ("GET", "/health"), ("GET", "/v1/health"): return .json(["status": "ok"])
        case ("GET", "/props"): return .json(Self.properties(model.model))
        case ("GET", "/metrics"):
            return .response(.text(server.figures.llamaCpp, type: "text/plain; version=0.0.4"))
        case ("GET", "/v1/models"), ("GET", "/models"):
            let models = server.openAIModels(owner: "llamacpp") { [("meta", Self.meta($0.model))] }
            return .json(["object": "list", "data": .array(Array(models.prefix(1)))])
        case ("POST", "/v1/chat/completions"): return server.openAIChat(request, .llamaCpp, Self.chat)
        default: return .response(Self.nothing)
        }
    }

    static func properties(_ model: SimulatedModel) -> JSON {
        [
            "default_generation_settings": ["n_ctx": 4096], "total_slots": 4, "model_alias": .string(model.id),
            "model_path": .string("/models/\(model.id).gguf"), "build_info": "b1-simulated",
        ]
    }

    static func meta(_ model: SimulatedModel) -> JSON {
        [
            "vocab_type": 2, "n_vocab": 49_152, "n_ctx": 4096, "n_ctx_train": 8192, "n_embd": 576,
            "size": .integer(model.sizeBytes), "ftype": "Q8_0",
        ]
    }
}
