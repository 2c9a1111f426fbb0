import Benchmarking
import DataFolder
import Events
import Formulas
import Foundation
import Logging
import Orchestrator
import Runs
import Streaming

/// What the command line carries runs out with, and how it shows them.
struct Workbench: Sendable {
    var installation: Installation
    var client: StreamingClient
    var logger: Logger
    var style: RunSession.ProgressStyle
    var failures: FormulaSet.FailedRequests
    /// What each run goes through when it is over.
    var gate: Gate
    var json: Bool

    /// How a run ended, and what a person is told who called for it; nil when all went well.
    struct Outcome {
        var end: Runner.End
        var failure: Failure?
    }

    /// Carries out a run, prints its report, and holds it against what it must keep to.
    ///
    /// - Parameter listens: whether Ctrl-C (or SIGTERM) cancels it; a second one ends the process.
    func carryOut(_ plan: RunPlan, listens: Bool = true) async throws -> Outcome {
        for warning in plan.warnings { Console.error("Note: \(warning)") }
        let end = listens ? try await measureListening(plan) : try await measure(plan)
        try installation.projector.catchUp()
        guard let detail = try installation.run(plan.runID).value else {
            return Outcome(end: end, failure: end.failure(plan))
        }
        let run = try installation.evaluate(
            detail, with: installation.formulaSet(detail.run.formula_set), failures: failures)
        let report = RunReport(run, conditions: gate.conditions.findings(run))
        if json { try Console.json(report) } else { Console.out("\n" + report.text(.output)) }
        let tripped = try gate.check(run)
        return Outcome(end: end, failure: end.failure(plan) ?? tripped)
    }

    /// Carries out the schedules of the data folder until none is left, unless another process does so already.
    ///
    /// - Throws: `Failure` when it was interrupted: the schedules stay.
    func follow(_ scheduleID: String) async throws {
        guard let lock = try installation.claimSchedules() else {
            return Console.error(
                "Schedule \(scheduleID) is carried out by \(installation.schedulesHolder). `flperf schedules list` shows when."
            )
        }
        defer { lock.release() }
        try installation.projector.catchUp()
        let next = try installation.schedule(scheduleID)?.next(after: Scheduler.Clock.wall.now())
        let when = next.map { "Next run at \(Figures.moment(milliseconds: $0)) UTC. " } ?? ""
        Console.error("\(when)Schedule \(scheduleID): Ctrl-C stops it here, `flperf schedules end` for good.")
        let discovery = Discovery(client: client)
        let scheduler = Scheduler(installation, logger: logger) { schedule, occasion in
            let (plan, simulator) = try await installation.plan(schedule, occasion, discovery, client)
            let outcome: Result<Outcome, any Error>
            do { outcome = .success(try await carryOut(plan, listens: false)) } catch { outcome = .failure(error) }
            await simulator?.stop()
            if let failure = try outcome.get().failure { Console.error(failure.sentence) }
        }
        let task = Task { await scheduler.run(untilAllHaveEnded: true) }
        let signals = Interrupts { task.cancel() }
        await task.value
        signals.stop()
        guard !task.isCancelled else {
            throw Failure(
                .interrupted,
                """
                Stopped. Schedule \(scheduleID) goes on with the next `flperf serve` of this data folder; \
                `flperf schedules end \(scheduleID)` ends it.
                """)
        }
    }

    private func measureListening(_ plan: RunPlan) async throws -> Runner.End {
        let task = Task { try await measure(plan) }
        let signals = Interrupts {
            Console.error("Stopping; what was measured is kept. Once more to stop at once.")
            task.cancel()
        }
        defer { signals.stop() }
        return try await task.value
    }

    private func measure(_ plan: RunPlan) async throws -> Runner.End {
        let line = ProgressLine("Measuring", isQuiet: style != .auto)
        defer { line.end() }
        let isSweep = plan.settings.sweep != nil
        return try await installation.run(
            plan, client: client, logger: logger,
            acknowledged: { position in
                if style == .json { try? Console.errorLine(["acknowledged": position]) }
            },
            observe: { progress in
                line.update(progress.done, of: progress.planned, progress.inWords(namingEveryLevel: isSweep))
            })
    }
}

extension Runner.End {
    /// What a person is told who called for the run, and the status that the command ends with; nil when all went well.
    func failure(_ plan: RunPlan) -> Failure? {
        switch self {
        case .completed(failedPhases: 0): nil
        case .completed(let failed):
            Failure(
                .failed,
                "The run completed with failures: \(failed) of \(plan.models.count) models failed or gave no figures.")
        case .failed(let reason): Failure(.failed, "The run failed: \(reason)")
        case .cancelled: Failure(.interrupted, "Interrupted: what was measured is kept as run \(plan.runID).")
        }
    }
}

extension RunProgress {
    /// What is going on, for the end of the progress line.
    ///
    /// - Parameter namingEveryLevel: one stream too, which else goes without saying.
    fileprivate func inWords(namingEveryLevel: Bool) -> String {
        guard underWay.count < 2 else {
            return underWay.map { "\($0.model) \(Figures.count($0.done))" }.joined(separator: " · ")
        }
        switch step {
        case .loading(let model): return "loading \(model)"
        case .sampled(let model, _, let level, let sample):
            return sample.inWords(
                model: model, level: level, namingLevel: namingEveryLevel || level != .concurrency(1))
        }
    }
}

extension InferenceSampled {
    /// What was asked of which model, and what came of it, for the end of a progress line.
    func inWords(model: String, level: LoadLevel, namingLevel: Bool) -> String {
        "\(model) · \(scenario)\(namingLevel ? " · \(level)" : "")"
            + (hasFirstContentNs && error == .none
                ? " · TTFT \(Figures.adaptive(Double(firstContentNs - startedNs) / 1e6)) ms" : "")
            + (error == .none ? "" : " · failed: \(errorMessage)")
    }
}
