import Events
import Orchestrator
import Streaming

extension Runner {
    /// Time from one look at a server's own figures to the next, while a phase goes on.
    static let metricsInterval = Duration.seconds(5)

    /// Carries out a phase, with what its server tells of itself recorded before, during and after it.
    ///
    /// A server that does not tell is asked once, and why is recorded. During the phase only what is no part of a
    /// distribution is kept: those are long, and what they gain from the first reading to the last is enough.
    func withServerMetrics(of phase: Phase, _ stage: Stage, _ body: () async throws -> Void) async throws {
        // Of a server that answers for several models at once, nobody could tell which one its figures belong to.
        guard phase.backend.capabilities.metrics, !plan.sharesServer(phase.model) else { return try await body() }
        // A client of its own: its thread and its connections are not those that measure.
        let client = StreamingClient()
        let server = { @Sendable in phase.backend.kind.backend(at: phase.backend.endpoint, using: client) }
        let before = await ServerLook(at: server())
        let result = await outcome {
            try await record(before, phase)
            guard before.unavailable.isEmpty else { return try await body() }
            try await watchMetrics(of: server, phase, stage, body)
            let after = await ServerLook(at: server())
            if !Task.isCancelled { try await record(after, phase) }
        }
        await client.shutdown()
        try result.get()
    }

    private func watchMetrics(
        of server: @escaping @Sendable () -> any Backend, _ phase: Phase, _ stage: Stage,
        _ body: () async throws -> Void
    ) async throws {
        // A look that fails must not end the run, so this is a task beside it.
        let watcher = Task {
            while true {
                try await Task.sleep(for: Self.metricsInterval)
                var look = await ServerLook(at: server())
                look.samples.removeAll { $0.kind == .histogram || $0.kind == .summary }
                if !look.samples.isEmpty { try await record(look, phase, stage.scene(of: phase.model.id)) }
            }
        }
        let result = await outcome(of: body)
        watcher.cancel()
        _ = await watcher.result
        try result.get()
    }

    private func outcome(of body: () async throws -> Void) async -> Result<Void, any Error> {
        do { return .success(try await body()) } catch { return .failure(error) }
    }

    private func record(_ look: ServerLook, _ phase: Phase, _ scene: Stage.Scene? = nil) async throws {
        let event = ServerMetricsSampled.with {
            $0.runID = plan.runID
            $0.modelID = phase.model.id
            $0.scenario = scene?.scenario ?? ""
            $0.level = scene?.level.concurrency ?? 0
            $0.rateMillionths = scene?.level.rateMillionths ?? 0
            $0.atNs = MonotonicTime.now() - anchor.monotonic
            $0.metrics = look.samples.map { sample in
                .with { ($0.name, $0.labels, $0.value) = (sample.name, sample.labels, sample.value) }
            }
            $0.unavailable = look.unavailable
        }
        try await emit(.run(.serverMetricsSampled(event)))
    }
}

/// What a server told of itself, or why it did not.
private struct ServerLook {
    var samples: [PrometheusText.Sample] = []
    var unavailable = ""

    init(at server: any Backend) async {
        do throws(BackendError) {
            samples = try await server.metrics().samples
        } catch {
            unavailable = error.description
        }
    }
}
