import Hummingbird
import Orchestrator
import ProjectionKit

private struct CacheLocation: Codable {
    /// Where the first server that tells keeps its models.
    @Nullable var location: String?
    /// No server tells what its default would be: null, and so is the next.
    @Nullable var defaultPath: String?
    @Nullable var isDefault: Bool?
}

private struct CachedModel: Codable {
    var alias: String
    var id: String
    @Nullable var description: String?
    var source: String
}

/// Where the models are to be kept from now on.
private struct NewLocation: Decodable {
    var path: String
    /// Which server's; the first that can when it is absent.
    var endpoint: String?
}

extension NewLocation: SchemaRefined {
    static var refinements: [String: JSONValue] {
        ["path": ["pattern": "^/"], "endpoint": ["pattern": Endpoint.pattern]]
    }
}

private struct SwitchAnswer: Codable {
    var success = true
    var location: String
    var message: String
}

/// Where the model servers keep their models.
func addCacheRoutes(to table: inout RouteTable, _ sources: WebSources) {
    table.get(
        "/api/cache/location", "Where the model servers keep their models.", answer: .json(CacheLocation.self)
    ) { _ in
        for found in await sources.discovery.look().found {
            guard let folder = await found.backend.modelCacheLocation() else { continue }
            return try Response.json(CacheLocation(location: folder, defaultPath: nil, isDefault: nil))
        }
        return try Response.json(CacheLocation(location: nil, defaultPath: nil, isDefault: nil))
    }
    table.get(
        "/api/cache/models", "The models that lie there.", answer: .list("models", of: CachedModel.self)
    ) { _ in
        var models: [CachedModel] = []
        for found in await sources.discovery.look().found {
            for model in (try? await found.backend.models()) ?? [] where model.isDownloaded == true {
                models.append(
                    CachedModel(
                        alias: model.alias ?? model.id, id: model.id, description: model.description,
                        source: found.backend.kind.rawValue))
            }
        }
        return try Response.json(["models": models])
    }
    table.post(
        "/api/cache/switch", "Has a model server keep its models elsewhere.", body: .json(NewLocation.self),
        answer: .json(SwitchAnswer.self)
    ) { call in
        let new = try await call.request.json(NewLocation.self)
        guard new.path.hasPrefix("/") else {
            throw Problem.badRequest("'path' must be the full path of a folder, found '\(new.path)'.")
        }
        var found = await sources.discovery.look().found.map(\.backend)
        if let endpoint = new.endpoint { found = [try await sources.server(at: endpoint)] }
        guard !found.isEmpty else {
            throw Problem.conflict("No model server was found on this host. Start the one whose models are to move.")
        }
        guard let server = found.first(where: \.capabilities.switchCache) else {
            let names = found.map { "\($0.kind.displayName) at \($0.endpoint)" }.joined(separator: ", ")
            throw Problem(
                status: .notImplemented, title: "Not implemented",
                detail: "No server here can move its models to another folder on request: \(names). "
                    + "Set the folder in the server's own settings and start it again.")
        }
        try await server.switchCache(to: new.path)
        try await sources.installation.reconcileModels(using: sources.discovery)
        try sources.installation.projector.catchUp()
        return try Response.json(
            SwitchAnswer(
                location: await server.modelCacheLocation() ?? new.path,
                message: "\(server.kind.displayName) at \(server.endpoint) keeps its models there now."))
    }
}
