import Events
import Orchestrator
import Streaming

extension Runner {
    /// One scenario at one load level: the warm-up, then the measured requests and, right behind them, the cool-down.
    ///
    /// - Returns: how it went; nil when no request could be made at all.
    func measure(
        _ scenario: Suite.Scenario, _ phase: Phase, level: LoadLevel, _ stage: Stage
    ) async throws -> LevelResult? {
        let settings = plan.settings
        var request: StreamRequest
        do {
            // What is the same for all; each then has a body of its own.
            let chat = Exchange(scenario, iteration: 0, settings).template
            request = try phase.backend.chatRequest(chat, to: phase.servedName)
        } catch {
            try await emit(.log(.error, plan.runID, error.description))
            phase.tally.refuse(error.description)
            return nil
        }
        request.hasOwnConnection = settings.freshConnections
        if !settings.freshConnections { await openConnections(for: level, of: phase, like: request) }
        let limit = settings.limit(at: level)
        let load = Load(
            scenario: scenario, phase: phase, level: level, request: request, stage: stage, watch: limit.watch,
            score: LevelScore(level, settings.sweep?.objective ?? Objective()))
        stage.set(load.unmeasured)
        try await carryOut(load, ramp: .zero, IterationQueue(.warmup, .count(settings.warmup)))
        let ramp = settings.ramp ?? .zero
        // Readings belong to the scenario from its first measured request on, until the first of the cool-down.
        if ramp == .zero { stage.set(load.measured) }
        try await carryOut(
            load, ramp: ramp,
            IterationQueue(
                .measured, limit, cooldown: settings.cooldown, ramp: ramp, firstOfRamp: settings.warmup))
        // What follows until the next level's first request belongs to none.
        stage.set(load.unmeasured)
        return load.score.result
    }

    /// What stays the same over the requests of one scenario and level.
    struct Load: Sendable {
        var scenario: Suite.Scenario
        var phase: Phase
        var level: LoadLevel
        var request: StreamRequest
        var stage: Stage
        /// Ends the level once its figures are precise enough; nil when something else does.
        var watch: PrecisionWatch?
        var score: LevelScore

        var measured: Stage.Scene { Stage.Scene(phase: phase, scenario: scenario.name, level: level) }
        var unmeasured: Stage.Scene { Stage.Scene(phase: phase, scenario: "", level: level) }
        var place: Trace.Place { Trace.Place(scenario: scenario.name, level: level) }
    }

    private func carryOut(_ load: Load, ramp: Duration, _ queue: IterationQueue) async throws {
        switch load.level {
        case .concurrency(let streams): try await closedLoop(load, streams: streams, ramp: ramp, queue)
        case .rate(let rate): try await openLoop(load, rate: rate, ramp: ramp, queue)
        }
    }

    /// As many workers as requests may be in flight; each starts its next one as soon as the one before has ended. The workers
    /// begin one after another over the ramp.
    private func closedLoop(_ load: Load, streams: Int, ramp: Duration, _ queue: IterationQueue) async throws {
        let start = MonotonicTime.now()
        let (server, pauseBefore) = (load.phase.server, load.phase.server.pause)
        try await withThrowingTaskGroup(of: Void.self) { workers in
            for worker in 0..<streams {
                workers.addTask {
                    let wait = ramp * worker / streams
                    if wait > .zero { try? await Task.sleep(for: wait, tolerance: .zero) }
                    // Reading the answer and recording it must not delay the next request: that goes on beside it, and where
                    // threads are short, after the requests that are to begin.
                    try await withThrowingTaskGroup(of: Void.self) { records in
                        var last: (end: Int64, pause: Int64)?
                        while await load.phase.goesOn(),
                            // Time in which there was no server is not the level's.
                            let iteration = queue.take(
                                after: MonotonicTime.now() - start - (server.pause - pauseBefore))
                        {
                            begin(iteration, load)
                            let pause = server.pause
                            try await perform(load, iteration) { asked, id, outcome in
                                let refill = last.flatMap { $0.pause == pause ? outcome.started - $0.end : nil }
                                last = (outcome.ended, pause)
                                try await records.next()
                                records.addTask(priority: .utility) {
                                    try await record(outcome, id, load, iteration, asked, refill: refill)
                                }
                            }
                        }
                        try await records.waitForAll()
                    }
                }
            }
            try await workers.waitForAll()
        }
    }

    /// Takes note that a request is about to start.
    func begin(_ iteration: IterationQueue.Iteration, _ load: Load) {
        switch iteration.part {
        case .measured where iteration.index == 0: load.stage.set(load.measured)
        case .cooldown: load.stage.set(load.unmeasured)
        default: break
        }
    }

    /// Makes the requests of one iteration, one after another, each with an id that goes out with it, and hands on what came.
    func perform(
        _ load: Load, _ iteration: IterationQueue.Iteration,
        _ handOn: (ScenarioRequest, EventID, StreamOutcome) async throws -> Void
    ) async rethrows {
        var exchange = Exchange(load.scenario, iteration: iteration.index, plan.settings)
        while !Task.isCancelled {
            let id = EventID.make()
            guard let asked = exchange.next(id) else { return }
            // As the server takes it; that it can be asked at all was found out before the level's first request.
            let made = try? load.phase.backend.chatRequest(asked.chat, to: load.phase.servedName)
            var request = made ?? load.request
            request.hasOwnConnection = load.request.hasOwnConnection
            request.headers.append(("X-Request-Id", id.description))
            let outcome = await client.perform(request)
            exchange.take(outcome)
            try await handOn(asked, id, outcome)
        }
    }

    func record(
        _ outcome: StreamOutcome, _ id: EventID, _ load: Load, _ iteration: IterationQueue.Iteration,
        _ asked: ScenarioRequest, intendedStart: Int64? = nil, refill: Int64? = nil
    ) async throws {
        var sample = InferenceSampled(
            outcome, anchor: anchor, intendedStart: intendedStart, refill: refill, streaming: plan.settings.streaming,
            keepOutput: plan.settings.keepOutput)
        asked.label(&sample)
        try await record(sample, id, load, iteration)
    }

    /// Emits the sample with what it belongs to, and counts it.
    func record(
        _ unlabelled: InferenceSampled, _ id: EventID, _ load: Load, _ iteration: IterationQueue.Iteration
    ) async throws {
        let tally = load.phase.tally
        var sample = unlabelled
        sample.runID = plan.runID
        sample.modelID = load.phase.model.id
        sample.scenario = load.scenario.name
        sample.level = load.level.concurrency
        sample.rateMillionths = load.level.rateMillionths
        sample.iteration = UInt32(iteration.index)
        sample.warmup = iteration.part == .warmup
        sample.cooldown = iteration.part == .cooldown
        if sample.error == .none, let other = load.phase.refusal(ofAnswerBy: sample.responseModel) {
            (sample.error, sample.errorMessage) = (.protocol, other)
        }
        load.score.add(sample)
        try await emit(.sample(id, sample))
        if iteration.part == .measured { load.watch?.add(sample) }
        if sample.error != .none {
            if sample.error == .shed { tally.shed() } else { tally.fail(sample.errorMessage) }
            // Of many alike, the first tells it; the samples tell the rest.
            if tally.isNewFailure(sample.errorMessage) {
                try await emit(
                    .log(
                        .warn, plan.runID,
                        "\(load.phase.model.alias), '\(load.scenario.name)': \(sample.errorMessage)"
                            + (load.scenario.endsEarly(after: sample) ? " The conversation ended there." : "")))
            }
        } else {
            tally.succeed()
        }
        observe(
            RunProgress(
                .sampled(load.phase.model.alias, load.scenario.name, load.level, sample), plan: plan, tallies))
        try await watch(unlabelled.error, load.phase)
    }
}
