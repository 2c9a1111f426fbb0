import Foundation
import TestSupport
import Testing

/// What is read of runs that are over, as a person calls it.
extension CommandLineTests {
    private static func object(_ outcome: Outcome) throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
        return try #require(object as? [String: Any], "\(outcome.errors)")
    }

    @Test func aRunIsPlayedAgainAndItsRowsAreEqual() async throws {
        try await withTemporaryFolder { data in
            try await Self.measure(data)

            let replay = try await Self.flperf("replay", "latest", "--speed", "max", data: data)
            let json = try await Self.flperf("replay", "latest", "--speed", "1000", "--json", data: data)
            let half = try await Self.flperf("replay", "latest", "--speed", "max", "--until", "12", data: data)
            let early = try await Self.flperf("replay", "latest", "--until", "1", data: data)

            #expect(replay.status == 0, "\(replay.errors)")
            #expect(replay.output.contains(/Equal: what \d+ events up to \d+ come to is what the tables say\./))
            #expect(replay.output.contains("Tokens/s"))
            #expect(replay.errors.contains("  simulated · Three Colours · 1 stream\n"), "\(replay.errors)")
            #expect(replay.errors.contains("  completed\n"))
            #expect(try Self.object(json)["equal"] as? Bool == true)
            #expect(half.status == 0, "\(half.errors)")
            #expect(half.output.contains("up to 12 come to"), "\(half.output)")
            #expect(early.status == 64)
            #expect(early.errors.contains(/Run .* begins with event \d+, after 1\./))
        }
    }

    @Test func readsAnswerAsOfAPointAndSayWhich() async throws {
        try await withTemporaryFolder { data in
            try await Self.measure(data)

            let before = try await Self.flperf("runs", "list", "--json", "--as-of", "12", data: data)
            let future = try await Self.flperf("runs", "list", "--as-of", "999", data: data)
            let past = try await Self.flperf("results", "--as-of", "2020-01-31T18:00:00Z", data: data)
            let none = try await Self.flperf("models", "list", "--as-of", "soon", data: data)
            let now = try await Self.flperf("results", "--as-of", "0s", data: data)

            let run = (try Self.object(before)["runs"] as? [[String: Any]])?.first
            #expect(run?["status"] as? String == "running")
            #expect(try Self.object(before)["position"] as? Int == 12)
            #expect(before.errors.contains(/As of event 12, recorded .* UTC\./))
            #expect(future.status == 1)
            #expect(future.errors.contains("Could not answer as of event 999: the log's events are 1 to"))
            #expect(past.errors.contains("the log's first event was recorded at"))
            #expect(none.status == 64)
            #expect(now.status == 0, "\(now.errors)")
        }
    }

    @Test func resultsArePrintedAndPooled() async throws {
        try await withTemporaryFolder { data in
            for seed in ["1", "2"] {
                let run = try await Self.flperf(
                    "run", "--simulate", "--suite", "quick", "--iterations", "1", "--max-tokens", "2", "--seed", seed,
                    data: data)
                #expect(run.status == 0, "\(run.errors)")
            }

            let all = try await Self.flperf("results", "--json", data: data)
            let some = try await Self.flperf("results", "--run", "latest", "--scenario", "Three Colours", data: data)
            let refused = try await Self.flperf("results", "--pool", "--scenario", "Three Colours", data: data)
            let pooled = try await Self.flperf("results", "--pool", "--allow", "config.seed", "--json", data: data)
            let anyway = try await Self.flperf("results", "--pool", "--pool-anyway", data: data)
            let odd = try await Self.flperf("results", "--allow", "config.seed", data: data)

            #expect((try Self.object(all)["results"] as? [Any])?.count == 6)
            #expect(some.output.split(separator: "\n").count == 3, "\(some.output)")
            #expect(refused.status == 1)
            #expect(
                refused.errors.contains(
                    "simulated, quick, Three Colours, 1 stream: 2 runs with another config.seed (1, 2)"),
                "\(refused.errors)")
            let rows = try #require(try Self.object(pooled)["results"] as? [[String: Any]])
            #expect(rows.map { $0["total_iterations"] as? Int } == [2, 2, 2])
            #expect(anyway.output.contains("Pooled although they differ: config.seed."), "\(anyway.output)")
            #expect(odd.status == 64)
        }
    }

    @Test func aRebuildThatIsKilledLeavesTheTables() async throws {
        try await withTemporaryFolder { data in
            try await Self.measure(data)
            try ChildProcess(Self.program, ["rebuild", "--data", data]).end(SIGKILL)

            let check = try await Self.flperf("rebuild", "--check", data: data)
            let both = try await Self.flperf("rebuild", "--check", "--skip-poisoned", data: data)

            #expect(check.status == 0, "\(check.output)")
            #expect(both.status == 64)
        }
    }
}
