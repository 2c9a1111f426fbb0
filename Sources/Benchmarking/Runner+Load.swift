import Events
import Orchestrator
import Streaming
import Synchronization

extension Runner {
    /// One scenario at one load level: the warm-up, then the measured requests and, right behind them, the cool-down.
    func measure(
        _ scenario: Suite.Scenario, _ phase: Phase, level: LoadLevel, _ stage: Stage, _ tally: Tally
    ) async throws {
        let request: StreamRequest
        do {
            request = try phase.backend.chatRequest(chat(scenario), to: phase.servedName)
        } catch {
            try await emit(.log(.error, plan.runID, error.description))
            tally.refuse(error.description)
            return
        }
        let settings = plan.settings
        let load = Load(scenario: scenario.name, phase: phase, level: level, request: request, stage: stage)
        stage.set(load.unmeasured)
        try await carryOut(load, IterationQueue(.warmup, .count(settings.warmup)), tally)
        // Readings belong to the scenario from its first measured request on, until the first of the cool-down.
        stage.set(load.measured)
        try await carryOut(
            load, IterationQueue(.measured, settings.limit(at: level), cooldown: settings.cooldown), tally)
    }

    /// What stays the same over the requests of one scenario and level.
    struct Load: Sendable {
        var scenario: String
        var phase: Phase
        var level: LoadLevel
        var request: StreamRequest
        var stage: Stage

        var measured: Stage.Scene { Stage.Scene(phase: phase, scenario: scenario, level: level) }
        var unmeasured: Stage.Scene { Stage.Scene(phase: phase, scenario: "", level: level) }
    }

    private func chat(_ scenario: Suite.Scenario) -> ChatRequest {
        var chat = ChatRequest(prompt: scenario.prompt, systemPrompt: scenario.systemPrompt)
        chat.maxTokens = plan.settings.maxTokens ?? scenario.maxTokens
        chat.temperature = plan.settings.temperature
        chat.seed = plan.settings.seed
        chat.streaming = plan.settings.streaming
        chat.totalTimeout = plan.settings.timeout
        chat.firstTokenTimeout = plan.settings.firstTokenTimeout
        return chat
    }

    private func carryOut(_ load: Load, _ queue: IterationQueue, _ tally: Tally) async throws {
        switch load.level {
        case .concurrency(let streams): try await closedLoop(load, streams: streams, queue, tally)
        case .rate(let rate): try await openLoop(load, rate: rate, queue, tally)
        }
    }

    /// As many workers as requests may be in flight; each starts its next one as soon as the one before has ended.
    private func closedLoop(_ load: Load, streams: Int, _ queue: IterationQueue, _ tally: Tally) async throws {
        let start = MonotonicTime.now()
        try await withThrowingTaskGroup(of: Void.self) { workers in
            for _ in 0..<streams {
                workers.addTask {
                    // Reading the answer and recording it must not delay the next request: that goes on beside it.
                    try await withThrowingTaskGroup(of: Void.self) { records in
                        while !Task.isCancelled, let iteration = queue.take(after: MonotonicTime.now() - start) {
                            begin(iteration, load)
                            let (id, outcome) = await perform(load)
                            try await records.next()
                            records.addTask { try await record(outcome, id, load, iteration, tally) }
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
        if iteration.part == .cooldown { load.stage.set(load.unmeasured) }
    }

    /// Makes one request; the id went out with it.
    func perform(_ load: Load) async -> (EventID, StreamOutcome) {
        let id = EventID.make()
        var request = load.request
        request.headers.append(("X-Request-Id", id.description))
        return (id, await client.perform(request))
    }

    func record(
        _ outcome: StreamOutcome, _ id: EventID, _ load: Load, _ iteration: IterationQueue.Iteration,
        intendedStart: Int64? = nil, _ tally: Tally
    ) async throws {
        let sample = InferenceSampled(
            outcome, anchor: anchor, intendedStart: intendedStart, streaming: plan.settings.streaming,
            keepOutput: plan.settings.keepOutput)
        try await record(sample, id, load, iteration, tally)
    }

    /// Emits the sample with what it belongs to, and counts it.
    func record(
        _ unlabelled: InferenceSampled, _ id: EventID, _ load: Load, _ iteration: IterationQueue.Iteration,
        _ tally: Tally
    ) async throws {
        var sample = unlabelled
        sample.runID = plan.runID
        sample.modelID = load.phase.model.id
        sample.scenario = load.scenario
        sample.level = load.level.concurrency
        sample.rateMillionths = load.level.rateMillionths
        sample.iteration = UInt32(iteration.index)
        sample.warmup = iteration.part == .warmup
        sample.cooldown = iteration.part == .cooldown
        try await emit(.sample(id, sample))
        if sample.error != .none {
            if sample.error == .shed { tally.shed() } else { tally.fail(sample.errorMessage) }
            // Of many alike, the first tells it; the samples tell the rest.
            if tally.isNewFailure(load.phase.model.id, sample.errorMessage) {
                try await emit(
                    .log(.warn, plan.runID, "\(load.phase.model.alias), '\(load.scenario)': \(sample.errorMessage)"))
            }
        } else {
            tally.succeed()
            if !sample.responseModel.isEmpty, !sameModel(asked: load.phase.servedName, served: sample.responseModel),
                tally.isNewFailure(load.phase.model.id, sample.responseModel)
            {
                try await emit(
                    .log(
                        .warn, plan.runID,
                        "Asked for '\(load.phase.servedName)', but the server says it served '\(sample.responseModel)'."
                    ))
            }
        }
        observe(
            RunProgress(
                .sampled(load.phase.model.alias, load.scenario, load.level, sample), plan: plan,
                done: tally.counts.samples))
    }
}

/// What the run has counted so far.
final class Tally: Sendable {
    private struct State {
        var samples = 0
        var succeeded = 0
        var failed = 0
        var lastFailure: String?
        var told: Set<String> = []
    }
    private let state = Mutex(State())

    var counts: (samples: Int, succeeded: Int, failed: Int) {
        state.withLock { ($0.samples, $0.succeeded, $0.failed) }
    }
    var lastFailure: String? { state.withLock { $0.lastFailure } }

    func succeed() {
        state.withLock { state in
            state.samples += 1
            state.succeeded += 1
        }
    }

    /// One that was never sent has neither succeeded nor failed.
    func shed() { state.withLock { $0.samples += 1 } }

    /// Why no request could be made at all.
    func refuse(_ reason: String) { state.withLock { $0.lastFailure = reason } }

    func fail(_ reason: String) {
        state.withLock { state in
            state.samples += 1
            state.failed += 1
            state.lastFailure = reason
        }
    }

    /// Whether this is told for the first time of this model.
    func isNewFailure(_ model: String, _ text: String) -> Bool {
        state.withLock { $0.told.insert("\(model)\u{0}\(text)").inserted }
    }
}
