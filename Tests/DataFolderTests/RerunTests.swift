import Benchmarking
import struct Benchmarking.Trace
import DataFolder
import Events
import Foundation
import TestSupport
import Testing

/// Runs that repeat an earlier run or a trace, against the simulator.
struct RerunTests {
    @Test func anOpenLoopIsRepeatedStartByStart() async throws {
        try await RunWorld.with { world in
            var settings = RunSettings()
            settings.rates = [100, 250]
            settings.iterations = 6
            settings.cooldown = 2
            settings.ramp = .milliseconds(40)
            settings.seed = 11
            let first = try await world.carryOut(world.plan(settings))

            let earlier = try #require(try world.installation.earlierRun(String(first.run.id.prefix(20))))
            let again = try await world.carryOut(world.plan(earlier.settings(), earlier.suite()))

            let samples = try world.samples(of: again.run.id)
            for rate in [100_000_000, 250_000_000] as [UInt64] {
                let starts = samples.starts(rateMillionths: rate)
                #expect(starts == (try world.samples(of: first.run.id)).starts(rateMillionths: rate))
                #expect(starts.count >= 8)
            }
            #expect(samples.count { !$0.warmup && !$0.cooldown } == 12)
            #expect(again.run.config.trace?.run_id == first.run.id)
            #expect(again.run.config.trace?.requests == samples.count - 2)
            #expect(again.run.config.arrivals == "recorded")
            #expect(again.run.suite_digest == first.run.suite_digest)
            #expect(earlier.requested.scenarios.map(\.promptText) == ["Say A."])
            #expect(try earlier.suite().scenarios == RunWorld.suite.get().scenarios)
        }
    }

    @Test func aSpeedBringsStartsAndLimitsCloserTogether() async throws {
        try await RunWorld.with { world in
            var settings = RunSettings()
            settings.rates = [100]
            settings.duration = .milliseconds(60)
            settings.arrivals = .constant
            let first = try await world.carryOut(world.plan(settings))

            let earlier = try #require(try world.installation.earlierRun(first.run.id))
            let twice = earlier.settings(speed: 2)

            #expect(twice.rates == [200])
            #expect(twice.duration == .milliseconds(30))
            let requests = twice.trace?.requests[Trace.Place(scenario: "A", level: .rate(200))]
            #expect(requests?.map(\.start) == (0..<6).map { $0 * 5_000_000 })
            #expect(twice.trace?.speed == 2)
        }
    }

    @Test func aClosedLoopIsRepeatedAsOne() async throws {
        try await RunWorld.with { world in
            var settings = RunSettings()
            settings.concurrency = [2]
            settings.iterations = 3
            let first = try await world.carryOut(world.plan(settings))

            let earlier = try #require(try world.installation.earlierRun("latest"))
            let again = try await world.carryOut(world.plan(earlier.settings(), earlier.suite()))

            #expect(!earlier.hasStarts)
            #expect(again.run.samples == first.run.samples)
            #expect(again.run.config.concurrency == first.run.config.concurrency)
            #expect(again.run.config.trace?.run_id == first.run.id)
            #expect(again.run.config.trace?.requests == 0)
        }
    }

    @Test func aRunWhoseTextsWereErasedCannotBeRepeated() async throws {
        try await RunWorld.with { world in
            let first = try await world.carryOut(world.plan(RunSettings()))
            _ = try await world.installation.log.eraseTexts(of: [first.run.first_position], reason: "asked for")

            let earlier = try #require(try world.installation.earlierRun(first.run.id))

            let error = #expect(throws: SuiteError.self) { try earlier.suite() }
            #expect(
                error?.description
                    == "Could not ask 'A' again: texts of it were erased from the log."
            )
            #expect(try world.installation.earlierRun("nobody") == nil)
        }
    }

    @Test func aTraceIsMadeWithItsStartsAndLengthsAndCanBeRepeated() async throws {
        try await withTemporaryFolder { folder in
            let lines = [(0, 40, 3), (0, 7, 5), (30, 90, 2), (45, 12, 4)].map {
                #"{"timestamp": \#($0.0), "input_length": \#($0.1), "output_length": \#($0.2)}"#
            }
            try lines.joined(separator: "\n").write(toFile: folder + "/t.jsonl", atomically: true, encoding: .utf8)
            let file = try TraceFile(path: folder + "/t.jsonl")
            var settings = RunSettings()
            settings.take(file, speed: 1)
            settings.iterations = 4
            settings.warmup = 0
            let traced = settings
            try await RunWorld.with { world in
                let first = try await world.carryOut(world.plan(traced, Suite(file)))
                let earlier = try #require(try world.installation.earlierRun(first.run.id))
                let again = try await world.carryOut(world.plan(earlier.settings(), earlier.suite()))

                for run in [first.run.id, again.run.id] {
                    let samples = try world.samples(of: run).sorted { $0.iteration < $1.iteration }
                    let start = samples.first?.intendedStartNs ?? 0
                    #expect(samples.map { $0.intendedStartNs - start } == [0, 0, 30_000_000, 45_000_000])
                    #expect(samples.map(\.askedPromptTokens) == [40, 7, 90, 12])
                    #expect(samples.map(\.maxTokens) == [3, 5, 2, 4])
                    #expect(samples.map(\.completionTokens) == [3, 5, 2, 4])
                    #expect(samples.allSatisfy { $0.error == .none })
                }
                #expect(again.run.config.trace?.name == "t.jsonl")
                #expect(again.run.config.trace?.digest == file.digest)
                #expect(again.run.config.trace?.run_id == first.run.id)
                #expect(first.run.config.trace?.run_id == nil)
                #expect(first.run.planned_samples == 4)
            }
        }
    }
}
