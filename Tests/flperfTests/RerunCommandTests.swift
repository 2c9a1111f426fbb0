import Foundation
import TestSupport
import Testing

/// Sweeps, traces and repeated runs, as a person calls them.
extension CommandLineTests {
    @Test func aSweepEndsWithASentenceOnTheKnee() async throws {
        try await withTemporaryFolder { data in
            let run = try await Self.flperf(
                "run", "--simulate", "--suite", "quick", "--scenario", "Three Colours", "--max-tokens", "2", "--sweep",
                "concurrency", "--sweep-levels", "2", "--slo", "latency=30s", "--iterations", "2", data: data)

            #expect(run.status == 0, "\(run.errors)")
            #expect(
                run.output.contains(
                    "Three Colours: the most load that keeps latency ≤ 30 s for 95 % of the requests is 2 streams."),
                "\(run.output)")
            #expect(run.output.contains(/Three Colours +2 .*◄ knee/))
            #expect(run.output.contains("sweep over concurrency, at most 2 levels"))
        }
    }

    @Test func aTraceIsRunAndRepeatedFaster() async throws {
        try await withTemporaryFolder { data in
            let file = data + "/t.jsonl"
            try (0..<4).map { #"{"timestamp": \#($0 * 20), "input_length": 9, "output_length": 2}"# }
                .joined(separator: "\n").write(toFile: file, atomically: true, encoding: .utf8)

            let run = try await Self.flperf("run", "--simulate", "--trace", file, "--speed", "2", data: data)
            let again = try await Self.flperf("rerun", "latest", "--speed", "0.5", "--label", "slow", data: data)

            #expect(run.status == 0, "\(run.errors)")
            #expect(run.errors.contains("Trace t.jsonl: 4 requests in 60 ms, timestamps in ms."))
            #expect(run.output.contains("trace t.jsonl at 2 times its speed"))
            #expect(again.status == 0, "\(again.errors)")
            #expect(again.errors.contains("Repeating run"))
            #expect(again.output.contains("trace t.jsonl, started"), "half of twice its speed is its own")
        }
    }

    @Test func aClosedLoopHasNoSpeed() async throws {
        try await withTemporaryFolder { data in
            try await Self.measure(data)

            let again = try await Self.flperf("rerun", "latest", "--speed", "2", data: data)

            #expect(again.status == 64)
            #expect(again.errors.contains("'--speed' has nothing to change: run"))
            #expect(again.errors.contains("is a closed loop, in which one request starts another."))
        }
    }
}
