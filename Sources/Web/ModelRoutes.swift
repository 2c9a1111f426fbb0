import Benchmarking
import DataFolder
import Foundation
import Hummingbird
import Logs
import Models
import Orchestrator
import ProjectionKit

/// A model that a server on this host offers, in the original's shape.
struct OfferedModel: Codable, Sendable {
    var id: String
    var alias: String
    @Nullable var description: String?
    @Nullable var version: String?
    @Nullable var deviceType: String?
    @Nullable var executionProvider: String?
    /// In MB (10^6 bytes).
    @Nullable var modelSize: Double?
    var isCustom = false
    var displayName: String
    @Nullable var fileSizeMb: Double?
    @Nullable var isCached: Bool?
    @Nullable var isLoaded: Bool?
    @Nullable var task: String?
    @Nullable var publisher: String?
    @Nullable var license: String?
    var backend: String
    var endpoint: String

    init(_ model: AvailableModel, from backend: any Backend) {
        id = model.id
        alias = model.alias ?? model.id
        description = model.description
        version = model.version
        deviceType = model.deviceType
        executionProvider = model.executionProvider
        modelSize = model.sizeBytes.map { Double($0) / 1e6 }
        displayName = model.alias ?? model.id
        fileSizeMb = model.sizeBytes.map { Double($0) / 1e6 }
        isCached = model.isDownloaded
        isLoaded = model.isLoaded
        task = model.task
        publisher = model.publisher
        license = model.license
        self.backend = backend.kind.rawValue
        endpoint = backend.endpoint.description
    }
}

/// A model's status alone, as the original's second version has it.
private struct ModelStatus: Codable {
    var id: String
    var alias: String
    var status: ModelRow.Status
    @Nullable var download_progress: Double?
    @Nullable var download_status: String?
    @Nullable var last_error: String?
    @Nullable var endpoint: String?
    var updated_at: Int64
}

private struct HealthAnswer: Codable {
    var status: ModelRow.Status
    var healthy: Bool
    /// How the server was found: answering, starting, not_listening, refusing or locked.
    var state: Health.State
    @Nullable var endpoint: String?
    var lastCheck: String
    @Nullable var error: String?
}

func addModelRoutes(to router: Router<BasicRequestContext>, _ sources: WebSources) {
    let installation = sources.installation

    @Sendable func model(_ context: BasicRequestContext) throws -> ModelRow {
        let id = try context.parameters.require("id")
        guard let row = try installation.models().value.first(where: { $0.id == id }) else {
            throw Problem.unknownModel(id)
        }
        return row
    }

    @Sendable func offered(onlyLoaded: Bool) async throws -> Response {
        var models: [OfferedModel] = []
        for found in await sources.discovery.look().found {
            let all = (try? await found.backend.models()) ?? []
            models += all.filter { !onlyLoaded || $0.isLoaded == true }.map { OfferedModel($0, from: found.backend) }
        }
        return try .json(["models": models])
    }

    router.get("/api/models") { _, _ in try Response.json(["models": installation.models().value]) }
    router.get("/api/models/available") { _, _ in try await offered(onlyLoaded: false) }
    router.get("/api/models/loaded") { _, _ in try await offered(onlyLoaded: true) }
    router.get("/api/models/:id/status") { _, context in
        let row = try model(context)
        return try Response.json(
            ModelStatus(
                id: row.id, alias: row.alias, status: row.status, download_progress: row.download_progress,
                download_status: row.download_status, last_error: row.last_error, endpoint: row.endpoint,
                updated_at: row.updated_at))
    }
    router.get("/api/models/:id/health") { _, context in
        let id = try model(context).id
        guard let identity = try installation.identity(ofModel: id) else { throw Problem.unknownModel(id) }
        let backend = try await sources.backendEvenIfDown(of: identity)
        let health = try await installation.lifecycle(of: identity, on: backend).health()
        try installation.projector.catchUp()
        let row = try model(context)
        return try Response.json(
            HealthAnswer(
                status: row.status, healthy: health.healthy, state: health.server.state, endpoint: row.endpoint,
                lastCheck: Date().formatted(.iso8601), error: health.healthy ? nil : health.detail))
    }
    router.get("/api/models/:id/logs") { request, context in
        let row = try model(context)
        return try Response.json(["logs": installation.logs(limit(of: request), entityID: row.id).value])
    }
}

/// `?limit=`, 1–10,000; 100 when it is not given.
func limit(of request: Request) throws -> Int {
    guard let text = request.uri.queryParameters["limit"] else { return 100 }
    guard let limit = Int(text), (1...10_000).contains(limit) else {
        throw Problem.badRequest("'limit' must be a whole number from 1 to 10000, found '\(text)'.")
    }
    return limit
}
