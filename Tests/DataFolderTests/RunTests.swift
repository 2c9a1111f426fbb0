import Benchmarking
import DataFolder
import Events
import EventStore
import Formulas
import Foundation
import Logging
import Orchestrator
import Resources
import Runs
import Simulator
import Streaming
import TestSupport
import Testing

/// Whole runs: a real server on a free port, a real LMDB folder.
struct RunTests {
    /// Runs a small suite against a simulator of these settings, and hands on what came of it.
    static func run(
        _ configure: (inout SimulatorConfiguration) -> Void = { _ in },
        settings change: (inout RunSettings) -> Void = { _ in },
        model: String? = nil,
        _ body: (Installation, Runner.End, RunDetail) async throws -> Void
    ) async throws {
        var configuration = SimulatorConfiguration()
        configuration.ttft = .milliseconds(5)
        configuration.itl = .milliseconds(1)
        configure(&configuration)
        let simulator = try Simulator(configuration)
        let serving = Task { await simulator.run() }
        defer { serving.cancel() }
        var settings = RunSettings()
        settings.iterations = 4
        settings.timeout = .seconds(5)
        settings.resourceInterval = .milliseconds(20)
        change(&settings)
        let suite = try Suite(
            json: Array(
                #"{"name":"small","scenarios":[{"name":"A","prompt":"Say A.","max_tokens":8},{"name":"B","prompt":"Say B.","max_tokens":4}]}"#
                    .utf8), file: "small.json")
        let client = StreamingClient()
        let backend = BackendKind.simulator.backend(
            at: try Endpoint("http://127.0.0.1:\(simulator.port)"), using: client)
        let identity = ModelIdentity.with {
            $0.id = "simulated"
            $0.alias = "simulated"
            $0.modelID = model ?? "simulated"
            $0.backend = "simulator"
            $0.endpoint = "http://127.0.0.1:\(simulator.port)"
        }
        let plan = RunPlan(
            runID: EventID.make().description, suite: suite, scenarios: suite.scenarios,
            models: [PlannedModel(identity: identity, backend: backend)], settings: settings, simulated: true)
        try await withTemporaryFolder { folder in
            let installation = try Installation(folder: folder)
            defer { installation.close() }
            let recorder = LogRecorder(installation.log)
            let logger = Logger(label: "test") { _ in EventLogHandler(recorder: recorder, level: .info) }
            let end = try await installation.run(plan, client: client, logger: logger)
            await recorder.finish()
            try installation.projector.catchUp()
            let detail = try #require(try installation.run(plan.runID).value)
            try await body(installation, end, detail)
        }
        await client.shutdown()
    }

    @Test func anotherModelsFiguresAreNotReportedUnderTheNameThatWasAsked() async throws {
        try await Self.run({ $0.quirks = [.servesUnknownModels] }, model: "wanted") { installation, end, detail in
            guard case .failed(let reason) = end else {
                Issue.record("the run ended as \(end)")
                return
            }
            #expect(reason.contains("was asked for 'wanted' and says that 'simulated' answered."))
            #expect(detail.run.failed_samples == detail.run.samples)
            #expect(detail.results.allSatisfy { ($0.tps ?? 0) == 0 && $0.ttft == nil }, "\(detail.results)")
        }
    }

    @Test func aRunLeavesItsSamplesAndItsFigures() async throws {
        try await Self.run { installation, end, detail in
            #expect(end == .completed(failedPhases: 0))
            #expect(detail.run.status == .completed)
            #expect(detail.run.simulated)
            #expect(detail.run.samples == 10)
            #expect(detail.run.planned_samples == 10)
            #expect(detail.results.map(\.scenario) == ["A", "B"])
            let row = try #require(detail.results.first)
            #expect(row.total_iterations == 4)
            #expect(row.total_tokens == 32)
            #expect(row.token_source == "server_usage")
            #expect(row.error_rate == 0)
            #expect(try #require(row.ttft) >= 4)
            #expect(try #require(row.tps) > 0)
            #expect(detail.scores.first?.metrics["standard/1"]?["score"] != nil)
            let types = Set(try installation.log.read(from: 1, limit: 1_000).map(\.type))
            #expect(
                types.isSuperset(of: [
                    .formulaSetAdopted, .modelAdded, .runRequested, .runStarted, .inferenceSampled, .resourceSampled,
                    .runCompleted,
                ]))
            #expect(try installation.models().value.map(\.id) == ["simulated"])
            let reasons = Set(detail.run.hardware_info?.unavailable ?? [])
            #expect(reasons.isSuperset(of: ResourceSampler().unavailable), "a null reading has its reason, once a run")
        }
    }

    @Test func severalLevelsAreRowsOfTheirOwn() async throws {
        try await Self.run(settings: { $0.concurrency = [1, 8] }) { _, _, detail in
            #expect(detail.results.map(\.concurrency) == [1, 8, 1, 8])
            // Four iterations would not reach eight streams.
            #expect(detail.results.map(\.total_iterations) == [4, 8, 4, 8])
            #expect(detail.run.planned_samples == detail.run.samples)
        }
    }

    @Test func aModelOrLevelGivenTwiceIsMeasuredOnce() throws {
        let suite = try Suite(
            json: Array(#"{"name":"s","scenarios":[{"name":"A","prompt":"Go."}]}"#.utf8), file: "s")
        let backend = BackendKind.simulator.backend(
            at: try Endpoint("http://127.0.0.1:1"), using: StreamingClient())
        let model = PlannedModel(identity: .fixture(), backend: backend)
        var settings = RunSettings()
        settings.concurrency = [4, 1, 4]
        settings.rates = [2, 0.5, 2.000_000_1]

        let plan = RunPlan(
            runID: "r", suite: suite, scenarios: suite.scenarios, models: [model, model], settings: settings)

        #expect(plan.models.count == 1)
        #expect(plan.settings.concurrency == [4, 1])
        #expect(plan.settings.rates == [2, 0.5])
    }

    @Test func aRunThatCannotBeRecordedIsInterruptedAtTheNextStart() async throws {
        let simulator = try Simulator(SimulatorConfiguration())
        let serving = Task { await simulator.run() }
        defer { serving.cancel() }
        let client = StreamingClient()
        try await withTemporaryFolder { folder in
            let suite = try Suite(
                json: Array(#"{"name":"s","scenarios":[{"name":"A","prompt":"Go.","max_tokens":2}]}"#.utf8), file: "s")
            let backend = BackendKind.simulator.backend(
                at: try Endpoint("http://127.0.0.1:\(simulator.port)"), using: client)
            var identity = ModelIdentity.fixture(id: "simulated")
            identity.modelID = "simulated"
            let plan = RunPlan(
                runID: "unrecorded", suite: suite, scenarios: suite.scenarios,
                models: [PlannedModel(identity: identity, backend: backend)], settings: RunSettings())
            let installation = try Installation(folder: folder)

            await #expect(throws: LogError.self) {
                try await installation.run(
                    plan, client: client, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                    observe: { if $0.done == 2 { installation.log.close() } })
            }
            installation.close()

            let reopened = try Installation(folder: folder)
            defer { reopened.close() }
            try reopened.projector.catchUp()
            #expect(try reopened.run("unrecorded").value?.run.status == .interrupted)
        }
        await client.shutdown()
    }

    @Test func withoutTheServersCountsChunksAreCountedAndLabelled() async throws {
        try await Self.run({ $0.quirks.insert(.noUsage) }) { installation, _, detail in
            let row = try #require(detail.results.first)
            #expect(row.token_source == "chunks")
            #expect(row.total_tokens == 32)
            #expect(row.metrics["standard/1"]?["tokens_from_server"] == 0)
            #expect(row.metrics["standard/1"]?["prompt_tps_mean"] == .some(nil))
        }
    }

    @Test func aRunThatIsToBePreciseIsRecordedSoAndLimited() async throws {
        try await Self.run(settings: { settings in
            settings.minPrecision = 0.001
            settings.iterationsLimit = 12
        }) { installation, end, detail in
            #expect(end == .completed(failedPhases: 0))
            #expect(detail.run.config.min_precision == 0.001)
            #expect(detail.run.config.iterations_limit == 12)
            #expect(detail.run.config.iterations == 4)
            #expect(detail.run.planned_samples == nil)
            for row in detail.results {
                // No fewer than an interval takes; the limit where the answers' times vary, as those over a network do.
                #expect((10...12).contains(Int(try #require(row.total_iterations))))
            }
            let evaluated = try installation.evaluate(detail, with: FormulaSet.standard)
            #expect(evaluated.results.map(\.row) == detail.results)
            #expect(evaluated.scores == detail.scores)
            #expect(evaluated.results.allSatisfy { $0.intervals["ttft"] != nil })
        }
    }

    @Test func aFailingServerFailsTheRunAndKeepsTheSamples() async throws {
        try await Self.run({ $0.errorRate = 1 }) { installation, end, detail in
            guard case .failed(let reason) = end else {
                Issue.record("ended as \(end)")
                return
            }
            #expect(reason.contains("500"))
            #expect(detail.run.status == .failed)
            #expect(detail.run.failed_samples == 10)
            #expect(detail.run.phases.map(\.status) == [.failed])
            #expect(detail.results.first?.error_rate == 100)
            #expect(detail.results.first?.tps == nil || detail.results.first?.tps == 0)
            #expect(detail.scores.first?.metrics["standard/1"]?["score"] == 0)
            let lines = try installation.logs(10, entityID: detail.run.id).value
            #expect(lines.contains { $0.level == "warn" && $0.entity_type == "benchmark" })
        }
    }

    @Test func aTimeoutIsCountedOnce() async throws {
        try await Self.run(
            { $0.hangRate = 1 },
            settings: {
                $0.timeout = .milliseconds(100)
                $0.iterations = 1
                $0.warmup = 0
            }
        ) { _, _, detail in
            let row = try #require(detail.results.first)
            #expect(row.timeout_rate == 100)
            #expect(detail.run.failed_samples == 2)
        }
    }

    @Test func anUnknownModelFailsWithTheServersReason() async throws {
        try await Self.run(settings: { $0.iterations = 1 }, model: "nobody") { _, end, detail in
            guard case .failed(let reason) = end else {
                Issue.record("ended as \(end)")
                return
            }
            #expect(reason.contains("nobody") || reason.contains("404"), "\(reason)")
            #expect(detail.run.phases.first?.reason?.isEmpty == false)
        }
    }

    @Test func withoutStreamingThereIsNoTimeToFirstToken() async throws {
        try await Self.run(settings: { $0.streaming = false }) { _, _, detail in
            let row = try #require(detail.results.first)
            #expect(row.ttft == nil)
            #expect(row.total_tokens == 32)
            #expect(row.latency_p50 != nil)
        }
    }

    @Test func cancellingKeepsWhatWasMeasured() async throws {
        let simulator = try Simulator(SimulatorConfiguration())
        let serving = Task { await simulator.run() }
        defer { serving.cancel() }
        let client = StreamingClient()
        try await withTemporaryFolder { folder in
            let installation = try Installation(folder: folder)
            defer { installation.close() }
            var settings = RunSettings()
            settings.iterations = 10_000
            let suite = try Suite(
                json: Array(#"{"name":"s","scenarios":[{"name":"A","prompt":"Go.","max_tokens":2}]}"#.utf8), file: "s")
            let backend = BackendKind.simulator.backend(
                at: try Endpoint("http://127.0.0.1:\(simulator.port)"), using: client)
            let plan = RunPlan(
                runID: "cancelled", suite: suite, scenarios: suite.scenarios,
                models: [PlannedModel(identity: .fixture(id: "simulated"), backend: backend)], settings: settings)
            let (samples, counted) = AsyncStream.makeStream(of: Int.self)
            var fixture = plan.models[0].identity
            fixture.modelID = "simulated"
            var chosen = plan
            chosen.models[0].identity = fixture
            let final = chosen
            let task = Task {
                try await installation.run(
                    final, client: client, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                ) {
                    _ in
                } observe: {
                    counted.yield($0.done)
                }
            }

            for await done in samples where done >= 3 { break }
            task.cancel()

            #expect(try await task.value == .cancelled)
            try installation.projector.catchUp()
            let run = try #require(try installation.run("cancelled").value).run
            #expect(run.status == .cancelled)
            #expect(run.samples >= 3)
        }
        await client.shutdown()
    }
}
