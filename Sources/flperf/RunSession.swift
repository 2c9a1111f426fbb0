import ArgumentParser
import Benchmarking
import DataFolder
import EventStore
import Formulas
import Foundation
import Logging
import Streaming

/// How a run is carried out and shown, once it is known what is to be measured.
struct RunSession: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "auto (a bar, or a line every 10 s), json (a line per recorded event on standard error) or none.",
            valueName: "style")) var progress: ProgressStyle = .auto

    @OptionGroup var failures: FailuresOption

    enum ProgressStyle: String, ExpressibleByArgument, CaseIterable { case auto, json, none }

    /// Chooses the models, carries out the run and prints its report.
    ///
    /// - Throws: `Failure` when it failed or was interrupted; what was measured is kept.
    func carryOut(
        _ choice: ModelChoice, _ options: GlobalOptions, _ plan: (ChosenModels) throws -> RunPlan
    ) async throws {
        let client = StreamingClient()
        let chosen = try await choice.choose(client)
        let plan = try plan(chosen)
        let installation = try options.open(folding: false)
        let recorder = LogRecorder(installation.log)
        let logger = LogSetup.logger(recorder, console: .error)
        let end: Runner.End
        do {
            end = try await measure(plan, installation, client, logger)
        } catch {
            await finish(recorder, client, chosen)
            installation.close()
            throw error
        }
        await finish(recorder, client, chosen)
        try installation.projector.catchUp()
        let detail = try installation.run(plan.runID).value
        let evaluated = try detail.map {
            try installation.evaluate($0, with: FormulaSet.chosen($0.run.formula_set), failures: failures.failures)
        }
        installation.close()
        if let evaluated {
            let report = RunReport(evaluated)
            if options.json { try Console.json(report) } else { Console.out("\n" + report.text(.output)) }
        }
        switch end {
        case .completed: return
        case .failed(let reason): throw Failure(.failed, "The run failed: \(reason)")
        case .cancelled: throw Failure(.interrupted, "Interrupted: what was measured is kept as run \(plan.runID).")
        }
    }

    /// Has everything written down and stopped that goes on beside a run.
    private func finish(_ recorder: LogRecorder, _ client: StreamingClient, _ chosen: ChosenModels) async {
        await recorder.finish()
        await client.shutdown()
        await chosen.simulator?.stop()
    }

    /// Runs until it ends or Ctrl-C (or SIGTERM) cancels it; a second one ends the process.
    private func measure(
        _ plan: RunPlan, _ installation: Installation, _ client: StreamingClient, _ logger: Logger
    ) async throws -> Runner.End {
        let line = ProgressLine("Measuring", isQuiet: progress != .auto)
        let style = progress
        let isSweep = plan.settings.sweep != nil
        let task = Task {
            try await installation.run(
                plan, client: client, logger: logger,
                acknowledged: { position in
                    if style == .json { try? Console.errorLine(["acknowledged": position]) }
                },
                observe: { progress in
                    line.update(progress.done, of: progress.planned, progress.inWords(namingEveryLevel: isSweep))
                })
        }
        let signals = Interrupts {
            line.end()
            Console.error("Stopping; what was measured is kept. Once more to stop at once.")
            task.cancel()
        }
        defer { signals.stop() }
        let end = try await task.value
        line.end()
        return end
    }
}

extension RunProgress {
    /// What is going on, for the end of the progress line.
    ///
    /// - Parameter namingEveryLevel: one stream too, which else goes without saying.
    fileprivate func inWords(namingEveryLevel: Bool) -> String {
        switch step {
        case .loading(let model): return "loading \(model)"
        case .sampled(let model, let scenario, let level, let sample):
            let isNamed = namingEveryLevel || level != .concurrency(1)
            return "\(model) · \(scenario)\(isNamed ? " · \(level)" : "")"
                + (sample.hasFirstContentNs && sample.error == .none
                    ? " · TTFT \(Figures.adaptive(Double(sample.firstContentNs - sample.startedNs) / 1e6)) ms" : "")
                + (sample.error == .none ? "" : " · failed: \(sample.errorMessage)")
        }
    }
}
