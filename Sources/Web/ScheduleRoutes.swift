import Commands
import DataFolder
import Hummingbird
import ProjectionKit
import Runs

/// What is carried out again and again.
func addScheduleRoutes(to router: Router<BasicRequestContext>, _ sources: WebSources) {
    let installation = sources.installation

    router.get("/api/schedules") { _, _ in
        try Response.json(["schedules": installation.schedules().value])
    }
    router.delete("/api/schedules/:id") { _, context in
        let id = try context.parameters.require("id")
        guard try installation.schedules().value.contains(where: { $0.id == id }) else {
            throw Problem.notFound("Unknown schedule '\(id)'. GET /api/schedules lists those there are.")
        }
        try await installation.endSchedule(id, reason: "ended by the user")
        try installation.projector.catchUp()
        return try Response.json(Success())
    }
}
