import Benchmarking
import Charts
import DataFolder
import Hummingbird
import Runs

/// Runs: put together, watched, cancelled, deleted.
func addBenchmarkPages(to router: Router<BasicRequestContext>, _ pages: Pages) {
    let installation = pages.installation

    @Sendable func form(_ fields: FormFields, problem: String? = nil) throws -> Page {
        let suites = pages.sources.suites.entries().compactMap { try? $0.suite.get() }
        let wanted = fields["suiteName"] ?? fields["suite"] ?? "default"
        return BenchmarksPage(
            suites: suites, suite: suites.first { $0.name == wanted } ?? suites.first,
            models: try installation.models().value, runs: try pages.runs(),
            schedules: try installation.schedules().value, fields: fields, problem: problem, book: try pages.series()
        ).page
    }

    router.page("/benchmarks") { fields, _ in try form(fields) }
    router.post("/benchmarks") { request, context in
        var request = request
        let fields = FormFields(String(decoding: try await request.bytes(), as: UTF8.self))
        request.body = RequestBody(buffer: .init())
        do {
            let answer = try await pages.actions.send(
                .post, "/api/benchmarks/run", try fields.order(), for: request, context)
            return Response.seeOther("/benchmarks/runs/\((answer["runId"] as? String ?? "latest").inAddress)")
        } catch {
            guard let problem = Problem(error) else { throw error }
            // In place, with all that was filled in.
            return try form(fields, problem: problem.detail).response(status: problem.status)
        }
    }
    router.page("/benchmarks/runs/:run") { _, context in
        let detail = try pages.run(try context.part("run"))
        return RunPage(
            detail: detail, logs: try installation.logs(50, entityID: detail.run.id, source: detail.run.source).value,
            book: try pages.series()
        ).page
    }
    router.get("/benchmarks/runs/:run/live") { _, context in
        let id = try pages.run(try context.part("run")).run.id
        return try pages.live.stream {
            let detail = try pages.run(id)
            return (
                RunProgress(detail: detail, book: try pages.series()).markup, detail.run.status != .running
            )
        }
    }
    for action in ["cancel", "restore"] {
        router.form("/benchmarks/runs/:run/\(action)", pages) { _, request, context in
            let id = try context.part("run").inAddress
            try await pages.actions.send(.post, "/api/benchmarks/runs/\(id)/\(action)", for: request, context)
            return "/benchmarks/runs/\(id)"
        }
    }
    router.form("/benchmarks/runs/:run/delete", pages) { _, request, context in
        let id = try context.part("run").inAddress
        try await pages.actions.send(.delete, "/api/benchmarks/runs/\(id)", for: request, context)
        return "/benchmarks"
    }
    router.form("/schedules/:id/end", pages) { _, request, context in
        let id = try context.part("id").inAddress
        try await pages.actions.send(.delete, "/api/schedules/\(id)", for: request, context)
        return "/benchmarks"
    }
}
