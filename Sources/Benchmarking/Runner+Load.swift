import Events
import Orchestrator
import Streaming
import Synchronization

extension Runner {
    /// One scenario at one load level: the warm-up, then the measured requests, `level` of them in flight at any time.
    func measure(_ scenario: Suite.Scenario, _ phase: Phase, level: Int, _ stage: Stage, _ tally: Tally) async throws {
        let request: StreamRequest
        do {
            request = try phase.backend.chatRequest(chat(scenario), to: phase.servedName)
        } catch {
            try await emit(.log(.error, plan.runID, error.description))
            tally.refuse(error.description)
            return
        }
        let load = Load(scenario: scenario.name, phase: phase, level: level, request: request)
        // Readings belong to the scenario from its first measured request on.
        stage.set(Stage.Scene(phase: phase, scenario: "", level: level))
        try await closedLoop(load, count: plan.settings.warmup, warmup: true, tally)
        stage.set(Stage.Scene(phase: phase, scenario: scenario.name, level: level))
        try await closedLoop(load, count: plan.settings.requests(at: level), warmup: false, tally)
    }

    /// What stays the same over the requests of one scenario and level.
    struct Load: Sendable {
        var scenario: String
        var phase: Phase
        var level: Int
        var request: StreamRequest
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

    /// As many workers as requests may be in flight; each starts its next one as soon as the one before has ended.
    private func closedLoop(_ load: Load, count: Int, warmup: Bool, _ tally: Tally) async throws {
        let queue = IterationQueue(count: count)
        try await withThrowingTaskGroup(of: Void.self) { workers in
            for _ in 0..<min(load.level, count) {
                workers.addTask {
                    // Reading the answer and recording it must not delay the next request: that goes on beside it.
                    try await withThrowingTaskGroup(of: Void.self) { records in
                        while !Task.isCancelled, let index = queue.take() {
                            let id = EventID.make()
                            var request = load.request
                            request.headers.append(("X-Request-Id", id.description))
                            let outcome = await client.perform(request)
                            try await records.next()
                            records.addTask {
                                try await record(outcome, id, load, iteration: index, warmup: warmup, tally)
                            }
                        }
                        try await records.waitForAll()
                    }
                }
            }
            try await workers.waitForAll()
        }
    }

    private func record(
        _ outcome: StreamOutcome, _ id: EventID, _ load: Load, iteration: Int, warmup: Bool, _ tally: Tally
    ) async throws {
        var sample = InferenceSampled(
            outcome, anchor: anchor, streaming: plan.settings.streaming, keepOutput: plan.settings.keepOutput)
        sample.runID = plan.runID
        sample.modelID = load.phase.model.id
        sample.scenario = load.scenario
        sample.level = UInt32(load.level)
        sample.iteration = UInt32(iteration)
        sample.warmup = warmup
        try await emit(.sample(id, sample))
        if sample.error != .none {
            tally.fail(sample.errorMessage)
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

/// The iterations of one load that nobody has taken yet.
private final class IterationQueue: Sendable {
    private let next = Atomic(0)
    private let count: Int

    init(count: Int) { self.count = count }

    /// The next one; nil when all are taken.
    func take() -> Int? {
        let index = next.add(1, ordering: .relaxed).oldValue
        return index < count ? index : nil
    }
}

/// What the run has counted so far.
final class Tally: Sendable {
    private struct State {
        var samples = 0
        var failed = 0
        var lastFailure: String?
        var told: Set<String> = []
    }
    private let state = Mutex(State())

    var counts: (samples: Int, failed: Int) { state.withLock { ($0.samples, $0.failed) } }
    var lastFailure: String? { state.withLock { $0.lastFailure } }

    func succeed() { state.withLock { $0.samples += 1 } }

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
