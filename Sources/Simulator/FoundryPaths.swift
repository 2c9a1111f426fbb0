import Foundation

/// Foundry Local's web service since SDK 1.x: chats take the whole id, loads and unloads the alias alone.
struct FoundryPaths: ServerPaths {
    let errors = ErrorShape.codeless
    let loadsItself = false

    private static func unknown(_ name: String) -> HTTPResponse {
        ErrorShape.codeless.response(404, "Model not found: No model matching '\(name)'", code: "")
    }

    private static let chat = ChatHabits(
        unknown: { unknown($0) },
        unloaded: {
            ErrorShape.codeless.response(
                400, "Model not loaded: Model '\($0)' must be loaded before inference", code: "")
        })

    func reply(to request: HTTPRequest, _ server: inout ServerState) -> Reply {
        let now = server.now
        switch (request.method, request.path) {
        case ("GET", "/status"):
            return .json([
                "endpoints": [.string(server.address)], "modelCachePath": "/simulated/foundry/cache",
                "pid": .count(ProcessInfo.processInfo.processIdentifier),
            ])
        case ("GET", "/v1/models"):
            return .json(["object": "list", "data": .array(server.shelf.known.map { Self.listed($0.model) })])
        case ("GET", "/models/loaded"):
            return .json(.strings(server.shelf.known.filter { $0.isLoaded(at: now) }.map(\.model.id)))
        case ("POST", "/v1/chat/completions"): return server.openAIChat(request, .foundry, Self.chat)
        case ("GET", let path):
            // What stands in a path is taken as it comes: this server decodes nothing.
            if let name = path.removing(prefix: "/v1/models/") {
                let entry = server.shelf.known.first { $0.model.id == name }
                return entry.map { .json(Self.listed($0.model)) } ?? .response(Self.unknown(name))
            }
            if let alias = path.removing(prefix: "/models/load/") { return load(alias, &server) }
            if let alias = path.removing(prefix: "/models/unload/") { return unload(alias, &server) }
        default: break
        }
        return .response(
            .text(
                "code=404\ndescription=Not Found\n"
                    + "message=No mapping for HTTP-method: '\(request.method)', URL: '\(request.path)'\n", status: 404))
    }

    private func load(_ alias: String, _ server: inout ServerState) -> Reply {
        let now = server.now
        let variants = { (entry: ModelShelf.Entry) in entry.model.shownAlias == alias }
        guard let any = server.shelf.first(where: variants) else { return .response(Self.unknown(alias)) }
        guard let index = server.shelf.first(where: { variants($0) && $0.isDownloaded(at: now) }) else {
            let id = server.shelf.entries[any].model.id
            return .response(errors.response(400, "Model not cached: Model '\(id)' must be downloaded first", code: ""))
        }
        let order = server.shelf.load(index, at: now, timeToLive: nil)
        if order.fails {
            return .later(errors.response(500, "Failed to load model '\(alias)'", code: ""), at: order.ends)
        }
        return .later(.json(["status": order.wasDone ? "already_loaded" : "loaded"]), at: order.ends)
    }

    private func unload(_ alias: String, _ server: inout ServerState) -> Reply {
        let now = server.now
        let variants = { (entry: ModelShelf.Entry) in entry.model.shownAlias == alias }
        guard let any = server.shelf.first(where: variants) else { return .response(Self.unknown(alias)) }
        let index = server.shelf.first { variants($0) && $0.isLoaded(at: now) } ?? any
        return .json(["status": server.shelf.unload(index, at: now) ? "unloaded" : "not_loaded"])
    }

    private static func listed(_ model: SimulatedModel) -> JSON {
        ["created": 1_767_225_600, "id": .string(model.id), "object": "model", "owned_by": "Microsoft"]
    }
}

extension String {
    /// What follows a prefix; nil where it is another, or nothing follows.
    func removing(prefix: String) -> String? {
        hasPrefix(prefix) && count > prefix.count ? String(dropFirst(prefix.count)) : nil
    }
}
