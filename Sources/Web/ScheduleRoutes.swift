import Commands
import DataFolder
import Hummingbird
import ProjectionKit
import Runs

/// What is carried out again and again.
func addScheduleRoutes(to table: inout RouteTable, _ sources: WebSources) {
    let installation = sources.installation

    table.get(
        "/api/schedules", "What is carried out again and again.", answer: .list("schedules", of: ScheduleRow.self),
        of: { _ in [.schedules] }
    ) { _ in
        try Response.json(["schedules": installation.schedules().value])
    }
    table.delete("/api/schedules/{id}", "Ends a schedule.", answer: .json(Success.self)) { call in
        let id = try call.id
        guard try installation.schedules().value.contains(where: { $0.id == id }) else {
            throw Problem.notFound("Unknown schedule '\(id)'. GET /api/schedules lists those there are.")
        }
        try await installation.endSchedule(id, reason: "ended by the user")
        try installation.projector.catchUp()
        return try Response.json(Success())
    }
}
