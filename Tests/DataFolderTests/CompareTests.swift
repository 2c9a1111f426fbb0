import DataFolder
import EventStore
import Events
import Formulas
import TestSupport
import Testing

/// Runs held against each other, their samples made up so that what changed is known.
struct CompareTests {
    /// Runs of 24 requests each, whose waits for the first token spread by 8 ms from `ttft` on.
    private static func with(
        _ runs: [(id: String, model: String, ttft: Double, failures: Int)],
        change: (inout RunRequested) -> Void = { _ in },
        _ body: (Installation) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let installation = try Installation(folder: folder)
            defer { installation.close() }
            for (index, run) in runs.enumerated() {
                var requested = RunRequested.fixture(id: run.id, models: [run.model], iterations: 24)
                if index > 0 { change(&requested) }
                var events: [Event] = [.runRequested(requested), .runStarted(.with { $0.runID = run.id })]
                for iteration in 0..<24 {
                    // Not in the order of the waits, and not the same for both runs.
                    let wait = run.ttft + Double((iteration * (7 - 2 * index) + index) % 24) / 3
                    events.append(
                        .inferenceSampled(
                            .fixture(
                                run: run.id, model: run.model, iteration: UInt32(iteration),
                                start: Double(iteration) * 200, ttft: wait, completionTokens: 5,
                                error: iteration < run.failures ? .http : .none)))
                }
                events.append(.runCompleted(.with { $0.runID = run.id }))
                _ = try await installation.log.append(events.map { NewEvent($0) }, to: .run(run.id))
            }
            try installation.projector.catchUp()
            try await body(installation)
        }
    }

    private static func compare(
        _ installation: Installation, _ metrics: [String] = [], leastChange: Double = 0
    ) throws -> Comparison {
        let sides = try ["before", "after"].map { id in
            Installation.ComparedSide(try #require(try installation.run(id).value))
        }
        return try installation.compare(
            sides[0], sides[1], with: try #require(FormulaSet.named("standard/1")), metrics: metrics,
            leastChange: leastChange)
    }

    @Test func aSlowerStartIsWorseAndTheRestIsNot() async throws {
        try await Self.with([("before", "phi-4", 50, 0), ("after", "phi-4", 60, 0)]) { installation in
            let comparison = try Self.compare(installation)
            let rows = Dictionary(comparison.rows.map { ($0.metric, $0) }, uniquingKeysWith: { first, _ in first })

            let ttft = try #require(rows["ttft_p50"])
            #expect(ttft.verdict == .worse)
            #expect(ttft.test == "mann_whitney")
            #expect(try #require(ttft.p) < 0.001)
            let change = try #require(ttft.change)
            #expect(abs(change - 10 / 53.833) < 0.01)
            #expect(try #require(ttft.change_low) < change && change < #require(ttft.change_high))
            #expect(rows["e2e_p95"]?.verdict == .worse)
            #expect(rows["e2e_p95"]?.test == "bootstrap")
            #expect(rows["tpot_mean"]?.verdict == .noClearChange)
            #expect(rows["error_rate"]?.verdict == .noClearChange)
            #expect(rows["error_rate"]?.p == nil)
            // Of 24 requests there is no 99th percentile on either side.
            #expect(rows["e2e_p99"] == nil)
            #expect(comparison.hasRegression)
            #expect(comparison.differences.isEmpty)
            #expect(comparison.unmatched.isEmpty)
        }
    }

    @Test func theSameThingTwiceHasNoClearChange() async throws {
        try await Self.with([("before", "phi-4", 50, 0), ("after", "phi-4", 50, 0)]) { installation in
            let comparison = try Self.compare(installation)

            #expect(comparison.rows.filter { $0.verdict != .noClearChange }.map(\.metric).isEmpty)
            #expect(!comparison.hasRegression)
        }
    }

    @Test func aClearButSmallChangeDoesNotCount() async throws {
        try await Self.with([("before", "phi-4", 50, 0), ("after", "phi-4", 60, 0)]) { installation in
            let comparison = try Self.compare(installation, ["ttft_p50"], leastChange: 0.25)

            #expect(comparison.rows.map(\.verdict) == [.noClearChange])
            #expect(comparison.rows[0].p.map { $0 < 0.05 } == true)
        }
    }

    @Test func failuresThatCameFromNothingAreWorse() async throws {
        try await Self.with([("before", "phi-4", 50, 0), ("after", "phi-4", 50, 8)]) { installation in
            let row = try #require(try Self.compare(installation, ["failure_rate"]).rows.first)

            #expect(row.before == 0 && row.after.map { abs($0 - 33.333) < 0.001 } == true)
            #expect(row.change == nil)
            #expect(row.verdict == .worse)
        }
    }

    @Test func whatElseDifferedIsNamed() async throws {
        try await Self.with([("before", "phi-4", 50, 0), ("after", "phi-4", 50, 0)]) {
            $0.configuration.seed = 7
            $0.suiteDigest = "sha256:01"
            $0.models[0].modelID = "phi-4-generic-gpu:1"
        } _: { installation in
            let comparison = try Self.compare(installation)

            #expect(
                comparison.differences.map { [$0.what, $0.before, $0.after] } == [
                    ["config.seed", nil, "7"],
                    ["model of phi-4", "phi-4-generic-cpu:1", "phi-4-generic-gpu:1"],
                    ["suite text", "sha256:00", "sha256:01"],
                ])
        }
    }

    @Test func twoModelsAloneAreHeldAgainstEachOther() async throws {
        try await Self.with([("before", "phi-4", 50, 0), ("after", "qwen", 60, 0)]) { installation in
            let rows = try Self.compare(installation, ["ttft_p50"]).rows

            #expect(rows.map { [$0.model_before, $0.model_after] } == [["phi-4", "qwen"]])
        }
    }

    @Test func aScenarioThatOnlyOneSideHasIsNamed() async throws {
        try await Self.with([("before", "phi-4", 50, 0)]) { installation in
            var other = InferenceSampled.fixture(run: "after", scenario: "Story", completionTokens: 5)
            other.iteration = 0
            _ = try await installation.log.append(
                [
                    NewEvent(.runRequested(.fixture(id: "after", scenarios: ["Story"]))),
                    NewEvent(.runStarted(.with { $0.runID = "after" })), NewEvent(.inferenceSampled(other)),
                    NewEvent(.runCompleted(.with { $0.runID = "after" })),
                ], to: .run("after"))
            try installation.projector.catchUp()
            let comparison = try Self.compare(installation)

            #expect(comparison.rows.isEmpty)
            #expect(comparison.unmatched.count == 2)
            #expect(comparison.differences.map(\.what).contains("scenarios"))
        }
    }

    @Test func aLevelThatChangedIsMarkedInTheHistory() async throws {
        let runs = (0..<10).map {
            (id: "run-\($0)", model: "phi-4", ttft: $0 < 6 ? 50 + Double($0 % 3) : 70, failures: 0)
        }
        try await Self.with(runs) { installation in
            let set = try #require(FormulaSet.named("standard/1"))
            let metric = try #require(set.metrics.first { $0.section == .result && $0.name == "ttft_p50" })

            let series = try installation.history(of: metric, in: set, model: "phi-4", suite: "quick")

            #expect(series.count == 1)
            let points = try #require(series.first).points
            #expect(points.map(\.run_id) == runs.map(\.id))
            #expect(points.indices.filter { points[$0].is_change } == [6])
            #expect(try installation.history(of: metric, in: set, model: "qwen", suite: nil).isEmpty)
        }
    }
}
