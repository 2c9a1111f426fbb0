import Events
import Foundation
import Orchestrator
import Resources
import Streaming
import Synchronization

/// Carries out a run: models one after another, each scenario at each load level, the host's resources watched all along.
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
    }

    /// How a run ended.
    public enum End: Sendable, Equatable {
        case completed(failedPhases: Int)
        case failed(String)
        case cancelled
    }

    /// Runs to the end and emits it.
    ///
    /// - Throws: what `emit` throws.
    public func run() async throws -> End {
        let servers = ServerProcess.all(of: plan.models.map(\.backend))
        try await emit(.run(.runStarted(started(servers))))
        let stage = Stage()
        let tally = Tally()
        // A failed reading must not end the run, so the watcher is a task beside it and not a member of its group.
        let watcher = Task { try await watchResources(stage) }
        var failures: [String] = []
        do {
            for model in plan.models {
                if Task.isCancelled { break }
                if let reason = try await phase(of: model, servers, stage, tally) { failures.append(reason) }
            }
        } catch {
            watcher.cancel()
            // Its last reading must not come behind the run's end.
            _ = try? await watcher.value
            throw error
        }
        watcher.cancel()
        let disturbances = try await watcher.value.warnings
        for disturbance in disturbances { try await emit(.log(.warn, plan.runID, disturbance)) }
        return try await end(failures, tally, disturbances)
    }

    private func started(_ servers: [ServerProcess]) -> RunStarted {
        .with {
            $0.runID = plan.runID
            $0.hardware = Hardware(
                HostDescription.read(), unreadable: ResourceSampler().unavailable + servers.compactMap(\.unavailable))
            $0.softwareVersion = softwareVersion
            $0.anchorUnixNs = anchor.unix
            $0.anchorMonotonicNs = anchor.monotonic
            $0.processID = UInt32(ProcessInfo.processInfo.processIdentifier)
            $0.bootID = anchor.bootID
            $0.warnings = MeasurementWarnings.check() + servers.flatMap(\.warnings)
        }
    }

    private func end(_ failures: [String], _ tally: Tally, _ disturbances: [String]) async throws -> End {
        if Task.isCancelled {
            try await emit(.run(.runCancelled(.with { ($0.runID, $0.reason) = (plan.runID, "cancelled by the user") })))
            return .cancelled
        }
        guard failures.count < plan.models.count else {
            let reason = failures.first ?? "there was nothing to measure"
            try await emit(.run(.runFailed(.with { ($0.runID, $0.reason) = (plan.runID, reason) })))
            return .failed(reason)
        }
        let counts = tally.counts
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

    /// Measures one model; returns why it has no figures, or nil.
    private func phase(
        of model: PlannedModel, _ servers: [ServerProcess], _ stage: Stage, _ tally: Tally
    ) async throws -> String? {
        let loaded: ModelIdentity
        do {
            loaded = try await load(model)
        } catch let error as BackendError {
            let reason = error.description
            try await emit(.log(.error, plan.runID, "Skipped \(model.identity.alias): \(reason)"))
            try await emit(
                .run(
                    .modelPhaseSkipped(
                        .with { ($0.runID, $0.modelID, $0.reason) = (plan.runID, model.identity.id, reason) })))
            return "\(model.identity.alias): \(reason)"
        }
        try await emit(
            .run(
                .modelPhaseStarted(
                    .with {
                        $0.runID = plan.runID
                        $0.modelID = loaded.id
                        $0.model = loaded
                    })))
        let before = tally.counts
        // To load a model a server may have started a process; else it is the one that was found at the start.
        let known = model.backend.capabilities.load ? nil : servers.first { $0.endpoint == model.backend.endpoint }
        let server = known ?? ServerProcess(of: model.backend)
        let phase = Phase(model: loaded, backend: model.backend, process: server.id)
        try await withServerMetrics(of: phase, stage) { try await measureLevels(phase, stage, tally) }
        stage.set(nil)
        let counts = tally.counts
        let succeeded = counts.succeeded > before.succeeded
        let reason = succeeded ? "" : tally.lastFailure ?? "no request was made"
        try await emit(
            .run(
                .modelPhaseFinished(
                    .with {
                        ($0.runID, $0.modelID, $0.succeeded, $0.reason) = (plan.runID, loaded.id, succeeded, reason)
                    })))
        return succeeded ? nil : "\(loaded.alias): \(reason)"
    }

    /// Has the model loaded where the server can do that, and says who it is now.
    private func load(_ model: PlannedModel) async throws -> ModelIdentity {
        var identity = model.identity
        if let version = await model.backend.runtimeVersion() { identity.runtimeVersion = version }
        guard model.backend.capabilities.load else { return identity }
        observe(RunProgress(.loading(identity.alias), plan: plan, done: 0))
        let emit = self.emit
        let id = identity.id
        return try await ModelLifecycle(identity, on: model.backend) { try await emit(.model(id, $0)) }.load().identity
    }
}

/// A model while it is measured.
struct Phase: Sendable {
    var model: ModelIdentity
    var backend: any Backend
    var process: Int32?

    /// The name that requests go to: of the variant that was really loaded.
    var servedName: String { model.hasVariant ? model.variant : model.modelID }

    /// Why an answer counts as failed: its figures would stand under another model's name. Nil when it does not.
    ///
    /// - Parameter served: who the server says it was; empty when it does not say.
    func refusal(ofAnswerBy served: String) -> String? {
        backend.refusal(ofAnswerBy: served, asked: servedName)?.description
    }
}
