/// The server of llama.cpp as a router: it loads and unloads models, each in a process of its own, and does not wait for it.
struct LlamaCppRouterPaths: ServerPaths {
    let errors = ErrorShape.numbered
    let loadsItself = false

    private static let chat = ChatHabits(
        unknown: LlamaCppPaths.chat.unknown,
        loadFailed: { ErrorShape.numbered.response(500, "model '\($0)' failed to load", code: "load_failed") })

    private struct Named: Decodable { var model: String }

    func reply(to request: HTTPRequest, _ server: inout ServerState) -> Reply {
        switch (request.method, request.path) {
        case ("GET", "/health"), ("GET", "/v1/health"): return .json(["status": "ok"])
        case ("GET", "/props"):
            let name = request.query["model"]
            let entry = server.shelf.known.first { $0.model.id == name }
            return .json(entry.map { LlamaCppPaths.properties($0.model) } ?? ["role": "router", "max_instances": 4])
        case ("GET", "/metrics"):
            return .response(.text(server.figures.llamaCpp, type: "text/plain; version=0.0.4"))
        case ("GET", "/models"), ("GET", "/v1/models"):
            return .json(["object": "list", "data": .array(models(server))])
        case ("POST", "/models/load"): return order(request, &server, load)
        case ("POST", "/models/unload"): return order(request, &server, unload)
        case ("POST", "/models"): return order(request, &server, ofAll: true, download)
        case ("POST", "/v1/chat/completions"): return server.openAIChat(request, .llamaCpp, Self.chat)
        default: return .response(LlamaCppPaths.nothing)
        }
    }

    /// Every model on the disk, and those on their way there.
    private func models(_ server: ServerState) -> [JSON] {
        let shown = server.shelf.known.filter { $0.isDownloaded(at: server.now) || $0.download != nil }
        return shown.map { entry in
            var fields: [(String, JSON)] = [
                ("id", .string(entry.model.id)), ("object", "model"), ("created", 0), ("owned_by", "llamacpp"),
                ("path", .string("/models/\(entry.model.id).gguf")), ("status", status(entry, at: server.now)),
            ]
            if entry.isLoaded(at: server.now) { fields.append(("meta", LlamaCppPaths.meta(entry.model))) }
            return .object(fields)
        }
    }

    private func status(_ entry: ModelShelf.Entry, at now: Int64) -> JSON {
        if entry.isLoaded(at: now) { return ["value": "loaded", "args": ["llama-server"]] }
        if let load = entry.load, load.isUnderWay(at: now) { return ["value": "loading", "args": ["llama-server"]] }
        if let load = entry.load, load.failed(by: now) {
            return ["value": "unloaded", "args": ["llama-server"], "failed": true, "exit_code": 1]
        }
        guard !entry.isDownloaded(at: now), let download = entry.download else { return ["value": "unloaded"] }
        if !download.isUnderWay(at: now) { return ["value": "unloaded", "failed": true] }
        let done = Double(entry.model.sizeBytes) * download.progress(at: now)
        let progress: JSON = ["done": .integer(Int64(done)), "total": .integer(entry.model.sizeBytes)]
        return [
            "value": "downloading", "progress": .object([("https://example.com/\(entry.model.id).gguf", progress)]),
        ]
    }

    /// Carries out what a body asks for; `carryOut` gives the reason when that makes no sense.
    private func order(
        _ request: HTTPRequest, _ server: inout ServerState, ofAll: Bool = false,
        _ carryOut: (Int, inout ServerState) -> String?
    ) -> Reply {
        do throws(ChatRequest.Refusal) {
            let named: Named = try request.body.decoded()
            let now = server.now
            let index = server.shelf.first { $0.model.id == named.model && (ofAll || $0.isDownloaded(at: now)) }
            guard let index else { return .response(LlamaCppPaths.chat.unknown(named.model)) }
            guard let reason = carryOut(index, &server) else { return .json(["success": true]) }
            return .response(errors.response(400, reason, code: "invalid_request"))
        } catch {
            return .response(errors.response(400, error.message, code: "invalid_request"))
        }
    }

    private func load(_ index: Int, _ server: inout ServerState) -> String? {
        if server.shelf.entries[index].isLoaded(at: server.now) { return "model is already loaded" }
        _ = server.shelf.load(index, at: server.now, timeToLive: nil)
        return nil
    }

    private func unload(_ index: Int, _ server: inout ServerState) -> String? {
        server.shelf.unload(index, at: server.now) ? nil : "model is not loaded"
    }

    private func download(_ index: Int, _ server: inout ServerState) -> String? {
        _ = server.shelf.download(index, at: server.now)
        return nil
    }
}
