import ArgumentParser
import Benchmarking
import DataFolder
import Foundation
import Orchestrator
import Streaming

/// How a run is carried out and shown, once it is known what is to be measured.
struct RunSession: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "auto (a bar, or a line every 10 s), json (a line per recorded event on standard error) or none.",
            valueName: "style")) var progress: ProgressStyle = .auto

    @OptionGroup var failures: FailuresOption
    @OptionGroup var course: CourseOptions
    @OptionGroup var schedule: ScheduleOptions
    @OptionGroup var gate: GateOptions

    enum ProgressStyle: String, ExpressibleByArgument, CaseIterable { case auto, json, none }

    /// Chooses the models, carries out the run, prints its report, and goes on so if it has a schedule.
    ///
    /// - Parameter endpoints: the servers that were named, in their order.
    /// - Throws: `Failure` when it failed, in part too, or was interrupted; what was measured is kept.
    func carryOut(
        _ options: GlobalOptions, endpoints: [Endpoint], choose: (StreamingClient) async throws -> ChosenModels,
        plan: (ChosenModels) throws -> RunPlan
    ) async throws {
        _ = try schedule.chosen(now: Scheduler.Clock.wall.now())
        let gate = try gate.gate()
        let client = StreamingClient()
        let chosen = try await choose(client)
        let plan = try await course.prepare(try plan(chosen), endpoints: endpoints)
        let installation = try options.open(folding: false)
        let recorder = LogRecorder(installation.log)
        let bench = Workbench(
            installation: installation, client: client, logger: LogSetup.logger(recorder, console: .error),
            style: progress, failures: failures.failures, gate: gate, json: options.json)
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await carryOut(plan, bench)) } catch { outcome = .failure(error) }
        // Everything is written down and stopped that goes on beside a run.
        await recorder.finish()
        await client.shutdown()
        await chosen.simulator?.stop()
        installation.close()
        try outcome.get()
    }

    private func carryOut(_ plan: RunPlan, _ bench: Workbench) async throws {
        let now = Scheduler.Clock.wall.now()
        guard let (every, until) = try schedule.chosen(now: now) else {
            if let failure = try await bench.carryOut(plan).failure { throw failure }
            return
        }
        var plan = plan
        let occasion = try await bench.installation.addSchedule(of: plan.runID, every: every, until: until, now: now)
        plan.occasion = occasion
        let outcome = try await bench.carryOut(plan)
        if let failure = outcome.failure {
            guard outcome.end != .cancelled else {
                throw Failure(
                    .interrupted, "\(failure.sentence) `flperf schedules end \(occasion.scheduleID)` ends its schedule."
                )
            }
            Console.error(failure.sentence)
        }
        try await bench.follow(occasion.scheduleID)
    }
}
