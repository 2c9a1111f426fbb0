import DataFolder
import Foundation
import Hummingbird
import Models
import Orchestrator
import ProjectionKit
import Results
import Runs

private struct Liveness: Codable {
    var status = "ok"
}

private struct Readiness: Codable {
    /// Of the last event that the tables have seen.
    var position: UInt64
    /// Events that they have not seen yet.
    var behind: UInt64
}

private struct SystemHealth: Codable {
    var status = "ok"
    /// Whether a Foundry Local of either generation answers.
    var foundryLocal: Bool
    @Nullable var endpoint: String?
    var timestamp: String
    var servers: [String]
}

private struct SystemStats: Codable {
    struct BestThroughput: Codable {
        var modelId: String
        var tps: Double
    }
    struct BestLatency: Codable {
        var modelId: String
        var p95: Double
    }
    var totalModels: Int
    var runningServices: Int
    var totalRuns: Int
    @Nullable var lastRun: RunRow?
    /// Null when nothing was measured: an unknown value never wins.
    @Nullable var bestTpsModel: BestThroughput?
    @Nullable var bestLatencyModel: BestLatency?
    /// Position of the last event that the figures include.
    var position: UInt64
}

extension SystemStats.BestThroughput: Hashable, Sendable {}
extension SystemStats.BestLatency: Hashable, Sendable {}

func addSystemRoutes(to table: inout RouteTable, _ sources: WebSources) {
    let installation = sources.installation

    table.get("/healthz", "Whether the service lives.", answer: .json(Liveness.self), scope: .open) { _ in
        try Response.json(Liveness())
    }
    table.get("/readyz", "Whether its tables are at the log's end.", answer: .json(Readiness.self)) { _ in
        let answer = try installation.runs()
        return try Response.json(
            Readiness(position: answer.position, behind: installation.log.lastPosition() - answer.position))
    }
    table.get("/api/system/health", "The model servers found here.", answer: .json(SystemHealth.self)) { _ in
        let found = await sources.discovery.look().found.map(\.backend)
        let foundry = found.first { [.foundryLocal, .foundryLocalLegacy].contains($0.kind) }
        return try Response.json(
            SystemHealth(
                foundryLocal: foundry != nil, endpoint: foundry?.endpoint.description,
                timestamp: Date().formatted(.iso8601),
                servers: found.map { "\($0.kind.rawValue) \($0.endpoint)" }))
    }
    table.get(
        "/api/system/stats", "The most notable figures.", answer: .json(SystemStats.self), isOfTables: true
    ) { _ in
        let models = try installation.models().value
        let runs = try installation.runs()
        let results = try installation.results().value
        // The simulator has no speed of its own.
        let measured = results.filter { ($0.successful_iterations ?? 0) > 0 && !$0.simulated }
        let fastest = measured.compactMap { row in row.tps.map { (row.model_id, $0) } }.max { $0.1 < $1.1 }
        let quickest = measured.compactMap { row in row.latency_p95.map { (row.model_id, $0) } }.min { $0.1 < $1.1 }
        return try Response.json(
            SystemStats(
                totalModels: models.count, runningServices: models.count { $0.status == .running },
                totalRuns: runs.value.count,
                lastRun: runs.value.first, bestTpsModel: fastest.map { .init(modelId: $0.0, tps: $0.1) },
                bestLatencyModel: quickest.map { .init(modelId: $0.0, p95: $0.1) }, position: runs.position))
    }
}
