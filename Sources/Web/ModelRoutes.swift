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

func addModelRoutes(to table: inout RouteTable, _ sources: WebSources) {
    let installation = sources.installation

    @Sendable func model(_ call: Call) throws -> ModelRow {
        let id = try call.id
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

    table.get(
        "/api/models", "Every registered model.",
        query: [
            Parameter(
                name: "elsewhere", kind: .boolean, summary: "Those of the machines that are followed here instead.")
        ] + Listing.models.parameters, answer: Listing.models.answer, of: { _ in [.models] }
    ) { call in
        let isElsewhere = call.query.flag("elsewhere") == true
        let models = try isElsewhere ? installation.modelsElsewhere() : installation.models()
        return try Listing.models.response(models.value, to: call)
    }
    table.get(
        "/api/models/available", "Every model that a server here offers.",
        answer: .list("models", of: OfferedModel.self)
    ) { _ in try await offered(onlyLoaded: false) }
    table.get(
        "/api/models/loaded", "Those of them that are in memory.", answer: .list("models", of: OfferedModel.self)
    ) { _ in try await offered(onlyLoaded: true) }
    table.get("/api/models/{id}/status", "How a model stands.", answer: .json(ModelStatus.self), of: { _ in [.models] })
    { call in
        let row = try model(call)
        return try Response.json(
            ModelStatus(
                id: row.id, alias: row.alias, status: row.status, download_progress: row.download_progress,
                download_status: row.download_status, last_error: row.last_error, endpoint: row.endpoint,
                updated_at: row.updated_at))
    }
    table.get(
        "/api/models/{id}/health", "Asks a model's server a real question.", answer: .json(HealthAnswer.self)
    ) { call in
        let id = try model(call).id
        guard let identity = try installation.identity(ofModel: id) else { throw Problem.unknownModel(id) }
        let backend = try await sources.backendEvenIfDown(of: identity)
        let health = try await installation.lifecycle(of: identity, on: backend).health()
        try installation.projector.catchUp()
        let row = try model(call)
        return try Response.json(
            HealthAnswer(
                status: row.status, healthy: health.healthy, state: health.server.state, endpoint: row.endpoint,
                lastCheck: Date().formatted(.iso8601), error: health.healthy ? nil : health.detail))
    }
    table.get(
        "/api/models/{id}/logs", "What was logged of a model, newest first.", query: [.logLimit],
        answer: .list("logs", of: LogRow.self), of: { _ in [.models, .logs] }
    ) { call in
        let row = try model(call)
        return try Response.json(["logs": installation.logs(call.logLimit, entityID: row.id).value])
    }
}

extension Parameter {
    static let logLimit = Parameter(name: "limit", kind: .integer(1...10_000), summary: "At most so many lines; 100.")
}

extension Call {
    var logLimit: Int { query.integer("limit") ?? 100 }
}
