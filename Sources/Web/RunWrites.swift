import Benchmarking
import Commands
import DataFolder
import Events
import Hummingbird
import Orchestrator

private struct RunAnswer: Codable {
    var success = true
    var runId: String
    var message: String
}

func addRunWrites(to table: inout RouteTable, _ sources: WebSources) {
    let installation = sources.installation

    table.post(
        "/api/benchmarks/run", "Begins a run.", body: .runOrder, answer: .json(RunAnswer.self, status: .accepted)
    ) { call in
        // A client that did not hear of its run's beginning asks again with the same key.
        if let id = call.idempotencyID?.description, try installation.run(id).value?.run.id == id {
            return try .begun(id)
        }
        let bytes = try await call.request.bytes()
        let order = try Problem.ofBody { () throws(SuiteError) in try RunOrder(json: bytes, place: Problem.body) }
        let suite = try order.trace.map { Suite($0) } ?? sources.suites.suite(order.suiteName)
        let settings = try Problem.ofBody { () throws(SuiteError) in try order.settings(over: suite.defaults) }
        var models: [PlannedModel] = []
        for id in order.modelIDs {
            guard var identity = try installation.identity(ofModel: id) else {
                throw Problem.notFound("Unknown model '\(id)'. GET /api/models lists those there are.")
            }
            let backend = try await sources.backend(of: identity)
            identity.endpoint = backend.endpoint.description
            models.append(PlannedModel(identity: identity, backend: backend))
        }
        var plan = RunPlan(
            runID: (call.idempotencyID ?? .make()).description, suite: suite,
            scenarios: try suite.scenarios(named: order.scenarios),
            models: models, settings: settings, label: order.label)
        plan = await plan.prepared(settings.parallelModels > 1 ? .count(settings.parallelModels) : nil)
        // Two at once would measure each other. One whose process died meanwhile does not go on.
        try installation.closeInterruptedRuns()
        try installation.projector.catchUp()
        if let other = try installation.runGoingOn() {
            throw Problem.conflict("Run '\(other.id)' is going on. Wait for its end, or cancel it.")
        }
        let now = Scheduler.Clock.wall.now()
        let repetition = try Problem.ofBody { () throws(SuiteError) in try order.repetition(now: now) }
        if let (every, until, now) = repetition {
            plan.occasion = try await installation.addSchedule(of: plan.runID, every: every, until: until, now: now)
        }
        let isBegun = try await sources.begin(plan)
        if !isBegun, let occasion = plan.occasion {
            try await installation.endSchedule(occasion.scheduleID, reason: "its first run could not begin")
        }
        guard isBegun else { throw Problem.conflict("Another run has just begun. Wait for its end, or cancel it.") }
        try installation.projector.catchUp()
        return try .begun(plan.runID)
    }
    table.post(
        "/api/benchmarks/runs/{id}/cancel", "Ends a run early; what was measured is kept.",
        answer: .json(RunAnswer.self, status: .accepted), of: { [.run(try $0.id)] }
    ) { call in
        let id = try call.id
        guard let run = try installation.run(id).value?.run, run.id == id else { throw Problem.unknownRun(id) }
        guard await sources.work.cancel("run", id) else {
            throw Problem.conflict(
                run.status == .running
                    ? "Run '\(id)' is carried out by another process: stop that one, with Ctrl-C or SIGTERM."
                    : "Run '\(id)' has ended already: it is \(run.status.rawValue).")
        }
        let answer = RunAnswer(runId: id, message: "The run is being cancelled; what was measured is kept.")
        return try Response.accepted(answer, at: "/api/benchmarks/runs/\(id)/status")
    }
}

extension Response {
    fileprivate static func begun(_ run: String) throws -> Response {
        try accepted(
            RunAnswer(runId: run, message: "The run has begun."), at: "/api/benchmarks/runs/\(run)/status")
    }
}

extension WebSources {
    /// Begins a run in the background, and waits until its request is recorded.
    ///
    /// - Returns: false when another one goes on.
    fileprivate func begin(_ plan: RunPlan) async throws -> Bool {
        try await work.begin("run", plan.runID) { error in
            logger.error(
                "The run ended early: \(error)", metadata: ["entity_type": "benchmark", "entity_id": "\(plan.runID)"])
        } _: { begun in
            _ = try await installation.run(plan, client: client, logger: logger, acknowledged: { _ in begun() })
        }
    }

    /// Carries out a run as if a client had ordered it, and waits for its end.
    ///
    /// - Returns: false when another one goes on.
    public func carryOut(_ plan: RunPlan) async throws -> Bool {
        guard try await begin(plan) else { return false }
        await work.wait("run", plan.runID)
        return true
    }
}
