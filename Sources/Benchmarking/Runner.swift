import Events
import Foundation
import Orchestrator
import Resources
import Streaming
import Synchronization

/// Carries out a run: models one after another or several at once, each scenario at each load level, the host's resources
/// watched all along.
///
/// What happens is handed to `emit` as events in the order in which it happened; the runner does not know what becomes of
/// them. A failed request, scenario or model does not stop the others. Cancelling the task ends the run where it is, with
/// what was measured so far.
public struct Runner: Sendable {
    let plan: RunPlan
    let client: StreamingClient
    let emit: @Sendable (Measurement) async throws -> Void
    let observe: @Sendable (RunProgress) -> Void
    let anchor: RunAnchor
    let tallies: RunTally
    let servers: RunServers

    /// - Parameters:
    ///   - emit: takes one event; when it throws, the run can't be recorded and ends.
    ///   - observe: is told how far the run has come, after every sample.
    public init(
        _ plan: RunPlan, client: StreamingClient,
        emit: @escaping @Sendable (Measurement) async throws -> Void,
        observe: @escaping @Sendable (RunProgress) -> Void = { _ in }
    ) {
        self.plan = plan
        self.client = client
        self.emit = emit
        self.observe = observe
        anchor = RunAnchor()
        tallies = RunTally(plan.models)
        servers = RunServers(plan.models, limit: plan.settings.restartOnFailure, commands: plan.restartCommands)
    }

    /// How a run ended.
    public enum End: Sendable, Equatable {
        case completed(failedPhases: Int)
        case failed(String)
        case cancelled
    }

    /// Runs to the end and emits it. To be called once.
    ///
    /// - Throws: what `emit` throws.
    public func run() async throws -> End {
        let processes = ServerProcess.all(of: plan.models.map(\.backend))
        try await emit(.run(.runStarted(started(processes))))
        let stage = Stage()
        // A failed reading must not end the run, so the watcher is a task beside it and not a member of its group.
        let watcher = Task { try await watchResources(stage) }
        let failures: [String]
        do {
            failures = try await phases(stage, processes)
        } catch {
            watcher.cancel()
            // Its last reading must not come behind the run's end.
            _ = try? await watcher.value
            throw error
        }
        watcher.cancel()
        var disturbances = try await watcher.value
        disturbances += await servers.startedAgain.map { server in
            """
            The server that was at \(server.endpoint) was started again \(server.attempts == 1 ? "once" : "\(server.attempts) times") \
            during the run: tokens/s of what it was asked then count the time that it was away.
            """
        }
        for disturbance in disturbances { try await emit(.log(.warn, plan.runID, disturbance)) }
        return try await end(failures, disturbances)
    }

    /// Carries out all phases, as many at once as the plan has it.
    ///
    /// - Returns: why models have no figures, or not all of them, in the plan's order.
    private func phases(_ stage: Stage, _ processes: [ServerProcess]) async throws -> [String] {
        var waiting = Array(plan.models.indices)
        var underWay: Set<Int> = []
        var failures: [Int: String] = [:]
        try await withThrowingTaskGroup(of: (Int, String?).self) { group in
            repeat {
                while !Task.isCancelled, let next = plan.next(of: waiting, beside: underWay) {
                    waiting.removeAll { $0 == next }
                    underWay.insert(next)
                    group.addTask { (next, try await phase(of: next, processes, stage)) }
                }
                guard let (index, failure) = try await group.next() else { break }
                underWay.remove(index)
                failures[index] = failure
            } while true
        }
        return failures.sorted { $0.key < $1.key }.map(\.value)
    }

    private func started(_ processes: [ServerProcess]) -> RunStarted {
        .with {
            $0.runID = plan.runID
            $0.hardware = Hardware(
                HostDescription.read(), unreadable: ResourceSampler().unavailable + processes.compactMap(\.unavailable))
            $0.softwareVersion = softwareVersion
            $0.anchorUnixNs = anchor.unix
            $0.anchorMonotonicNs = anchor.monotonic
            $0.processID = UInt32(ProcessInfo.processInfo.processIdentifier)
            $0.bootID = anchor.bootID
            $0.warnings = MeasurementWarnings.check() + processes.flatMap(\.warnings) + plan.warnings
        }
    }

    private func end(_ failures: [String], _ disturbances: [String]) async throws -> End {
        if Task.isCancelled {
            try await emit(.run(.runCancelled(.with { ($0.runID, $0.reason) = (plan.runID, "cancelled by the user") })))
            return .cancelled
        }
        guard failures.count < plan.models.count else {
            let reason = failures.first ?? "there was nothing to measure"
            try await emit(.run(.runFailed(.with { ($0.runID, $0.reason) = (plan.runID, reason) })))
            return .failed(reason)
        }
        let counts = tallies.counts
        try await emit(
            .run(
                .runCompleted(
                    .with {
                        $0.runID = plan.runID
                        $0.samples = UInt64(counts.samples)
                        $0.failedSamples = UInt64(counts.failed)
                        $0.failedPhases = UInt32(failures.count)
                        $0.warnings = disturbances
                    })))
        return .completed(failedPhases: failures.count)
    }

    // MARK: - One model

    /// Measures one model; returns why it has no figures, or not all, or nil.
    private func phase(
        of index: Int, _ processes: [ServerProcess], _ stage: Stage
    ) async throws -> String? {
        let (model, tally) = (plan.models[index], tallies[index])
        stage.enter(model.identity.id, model.backend.endpoint)
        tally.go(true)
        defer {
            stage.leave(model.identity.id)
            tally.go(false)
        }
        let phase: Phase
        switch try await begin(model, processes, tally) {
        case .success(let begun): phase = begun
        case .failure(let gone):
            try await emit(.log(.error, plan.runID, "Skipped \(model.identity.alias): \(gone.reason)"))
            try await emit(
                .run(
                    .modelPhaseSkipped(
                        .with { ($0.runID, $0.modelID, $0.reason) = (plan.runID, model.identity.id, gone.reason) })))
            return "\(model.identity.alias): \(gone.reason)"
        }
        try await emit(
            .run(
                .modelPhaseStarted(
                    .with {
                        $0.runID = plan.runID
                        $0.modelID = phase.model.id
                        $0.model = phase.model
                    })))
        try await withServerMetrics(of: phase, stage) { try await measureLevels(phase, stage) }
        stage.leave(model.identity.id)
        let reason = failure(of: phase)
        try await emit(
            .run(
                .modelPhaseFinished(
                    .with {
                        ($0.runID, $0.modelID) = (plan.runID, phase.model.id)
                        ($0.succeeded, $0.reason) = (reason == nil, reason ?? "")
                    })))
        try await unload(phase)
        return reason.map { "\(phase.model.alias): \($0)" }
    }

    private func failure(of phase: Phase) -> String? {
        if let reason = phase.server.reasonGone { return reason }
        return phase.tally.counts.succeeded > 0 ? nil : phase.tally.lastFailure ?? "no request was made"
    }

    /// Has the model loaded where the server can do that, and says who it is now. A server that is gone is started again first,
    /// where the plan allows it.
    private func begin(
        _ model: PlannedModel, _ processes: [ServerProcess], _ tally: Tally
    ) async throws -> Result<Phase, Gone> {
        var place = await servers.place(of: model.backend.endpoint)
        while true {
            do {
                let identity = try await load(model.identity, on: place.backend)
                // To load a model a server may have started a process; else it is the one that was found at the start.
                let known =
                    place.backend.capabilities.load || place.attempts > 0
                    ? nil : processes.first { $0.endpoint == place.backend.endpoint }
                let process = known ?? ServerProcess(of: place.backend)
                return .success(Phase(model: identity, server: PhaseServer(place, process.id), tally: tally))
            } catch let error as BackendError {
                guard [.unreachable, .hungUp].contains(error.code), plan.settings.restartOnFailure > 0,
                    !Task.isCancelled
                else {
                    return .failure(Gone(reason: error.description))
                }
                switch try await revive(model.identity, seen: place, error.description) {
                case .success(let revived): place = revived
                case .failure(let gone): return .failure(gone)
                }
            }
        }
    }

    private func load(_ planned: ModelIdentity, on backend: any Backend) async throws -> ModelIdentity {
        var identity = planned
        identity.endpoint = backend.endpoint.description
        if let version = await backend.runtimeVersion() { identity.runtimeVersion = version }
        guard backend.capabilities.load else { return identity }
        observe(RunProgress(.loading(identity.alias), plan: plan, tallies))
        return try await lifecycle(of: identity, on: backend).load().identity
    }
}
