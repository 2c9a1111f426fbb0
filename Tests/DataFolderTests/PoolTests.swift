import DataFolder
import EventStore
import Events
import Foundation
import Formulas
import TestSupport
import Testing

/// The samples of several runs as one result.
struct PoolTests {
    /// Runs r1, r2 … of five requests each, as they are requested.
    private static func with(
        _ requests: [RunRequested], _ body: (Installation) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let installation = try Installation(folder: folder)
            defer { installation.close() }
            for request in requests {
                var events: [Event] = [.runRequested(request)]
                events += (0..<6).map { index in
                    .inferenceSampled(
                        .fixture(
                            run: request.runID, iteration: UInt32(index), warmup: index == 0,
                            start: Double(index) * 200, completionTokens: 5))
                }
                events.append(.runCompleted(.with { $0.runID = request.runID }))
                _ = try await installation.log.append(events.map { NewEvent($0) }, to: .run(request.runID))
            }
            try installation.projector.catchUp()
            try await body(installation)
        }
    }

    private static func request(_ id: String, _ change: (inout RunRequested) -> Void = { _ in }) -> RunRequested {
        var request = RunRequested.fixture(id: id)
        change(&request)
        return request
    }

    @Test func theSamplesOfAllRunsCount() async throws {
        try await Self.with([Self.request("r1"), Self.request("r2"), Self.request("r3")]) { installation in
            let pooling = try installation.pool(ResultFilter())

            let pooled = try #require(pooling.results.first)
            #expect(pooling.results.count == 1)
            #expect(pooling.refused.isEmpty)
            #expect(pooled.run_ids.sorted() == ["r1", "r2", "r3"])
            #expect(pooled.result.row.total_iterations == 15)
            #expect(pooled.result.row.samples == 18)
            #expect(pooled.result.row.total_tokens == 75)
        }
    }

    @Test func whatGoesByTimeAddsUp() async throws {
        // The runs have the same clock readings: side by side they would seem three times as fast.
        try await Self.with([Self.request("r1"), Self.request("r2"), Self.request("r3")]) { installation in
            let one = try installation.pool(ResultFilter(runs: ["r1"])).results[0].result.row
            let all = try installation.pool(ResultFilter()).results[0].result.row

            for metric in ["output_tps", "ttft_p50", "latency_p50", "gap_mean"] {
                guard let single = one.metrics["standard/1"]?[metric] ?? nil else { continue }
                let pooled = try #require(all.metrics["standard/1"]?[metric] ?? nil)
                #expect(abs(pooled - single) < 1e-9 * abs(single), "\(metric)")
            }
            #expect(one.metrics["standard/1"]?["output_tps"] != nil)
        }
    }

    @Test func aPoolOfOneRunIsItsResult() async throws {
        try await Self.with([Self.request("r1")]) { installation in
            let own = try #require(try installation.results(run: "r1").value.first)
            let pooled = try installation.pool(ResultFilter()).results[0].result.row

            for metric in ["output_tps", "ttft_p50", "ttft_mean", "latency_p50", "error_rate", "total_tokens"] {
                #expect(pooled.metrics["standard/1"]?[metric] == own.metrics["standard/1"]?[metric], "\(metric)")
            }
        }
    }

    /// What is changed, and how it is named.
    static let changes: [(@Sendable (inout RunRequested) -> Void, String)] = [
        ({ $0.suiteDigest = "sha256:ff" }, "suite text"),
        ({ $0.configuration.seed = 7 }, "config.seed"),
        ({ $0.configuration.temperature = 0.5 }, "config.temperature"),
        ({ $0.models[0].variant = "phi-4-generic-gpu:1" }, "model"),
        ({ $0.models[0].backend = "ollama" }, "server"),
        ({ $0.models[0].runtimeVersion = "2.0" }, "runtime version"),
    ]

    @Test(arguments: changes.indices)
    func whatDiffersIsNotPooledUnlessAllowed(index: Int) async throws {
        let (change, what) = Self.changes[index]
        try await Self.with([Self.request("r1"), Self.request("r2", change)]) { installation in
            let strict = try installation.pool(ResultFilter())
            let other = try installation.pool(ResultFilter(), tolerating: .of(["something else"]))
            let named = try installation.pool(ResultFilter(), tolerating: .of([what]))
            let all = try installation.pool(ResultFilter(), tolerating: .all)

            #expect(strict.results.isEmpty && other.results.isEmpty)
            #expect(strict.refused.first?.differences.map(\.what) == [what])
            #expect(strict.refused.first?.run_ids == ["r2", "r1"])
            for pooling in [named, all] {
                #expect(pooling.refused.isEmpty)
                #expect(pooling.results.first?.differences.map(\.what) == [what])
                #expect(pooling.results.first?.result.row.total_iterations == 10)
            }
        }
    }

    @Test func howMuchWasMeasuredKeepsNothingApart() async throws {
        let requests = [
            Self.request("r1"),
            Self.request("r2") {
                $0.configuration.iterations = 50
                $0.configuration.keepOutput = false
            },
        ]
        try await Self.with(requests) { installation in
            let pooling = try installation.pool(ResultFilter())
            #expect(pooling.results.count == 1)
        }
    }

    @Test func otherSuitesAndLevelsAreOtherThings() async throws {
        let requests = [Self.request("r1"), Self.request("r2") { $0.suiteName = "long" }]
        try await Self.with(requests) { installation in
            let pooling = try installation.pool(ResultFilter())

            #expect(pooling.results.map(\.suite_name) == ["long", "quick"])
            #expect(try installation.pool(ResultFilter(suite: "long")).results.map(\.run_ids) == [["r2"]])
            #expect(try installation.pool(ResultFilter(model: "nobody")).results.isEmpty)
        }
    }

    @Test func readingsOfTheHostAreNotPooled() async throws {
        try await Self.with([Self.request("r1"), Self.request("r2")]) { installation in
            let pooled = try #require(try installation.pool(ResultFilter()).results.first)
            #expect(pooled.result.row.cpu_avg == nil)
        }
    }
}
