import DataFolder
import Hummingbird

/// Runs are deleted and brought back: hidden from every table and page, and kept in the log.
func addRunDeletion(to table: inout RouteTable, _ sources: WebSources) {
    let installation = sources.installation

    table.delete(
        "/api/benchmarks/runs/{id}", "Hides a run everywhere; the log keeps it.", answer: .json(Success.self),
        of: { [.run(try $0.id)] }
    ) { call in
        let id = try call.id
        guard try installation.run(id).value?.run.id == id else { throw try Problem.noRun(id, installation) }
        try await installation.delete(run: id, reason: "asked for over HTTP")
        try installation.projector.catchUp()
        return try Response.json(
            Success(message: "Deleted. POST /api/benchmarks/runs/\(id)/restore brings it back."))
    }
    table.post(
        "/api/benchmarks/runs/{id}/restore", "Brings a deleted run back.", answer: .json(Success.self),
        of: { [.run(try $0.id)] }
    ) { call in
        let id = try call.id
        let isDeleted = try installation.deletedRun(id)?.id == id
        guard try isDeleted || installation.run(id).value?.run.id == id else { throw Problem.unknownRun(id) }
        try await installation.restore(run: id)
        try installation.projector.catchUp()
        return try Response.json(Success(message: isDeleted ? "Restored." : "It was not deleted."))
    }
}

extension Problem {
    /// That there is no such run to show, or that it was deleted.
    static func noRun(_ id: String, _ installation: Installation) throws -> Problem {
        guard try installation.deletedRun(id)?.id == id else { return unknownRun(id) }
        return .notFound("Run '\(id)' was deleted. POST /api/benchmarks/runs/\(id)/restore brings it back.")
    }
}
