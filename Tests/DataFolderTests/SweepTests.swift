import Benchmarking
import struct Benchmarking.Sweep
import DataFolder
import Events
import Runs
import Testing

/// Sweeps and ramps: whole runs against the simulator.
struct SweepTests {
    private func settings(_ over: Sweep.Over, _ objective: Objective, levels: Int = 3) -> RunSettings {
        var settings = RunSettings()
        settings.objective = objective
        settings.sweep = Sweep(over: over, objective: objective, levels: levels)
        settings.iterations = 2
        return settings
    }

    /// How many streams a server with two slots bears depends on how busy the host is; that the knee is what was measured
    /// does not.
    @Test func theKneeIsTheMostLoadThatKeptToTheObjective() async throws {
        try await RunWorld.with {
            $0.ttft = .milliseconds(10)
            $0.itl = .milliseconds(15)
            $0.slots = 2
        } _: { world in
            var settings = settings(.concurrency, Objective(ttft: .milliseconds(80), share: 0.75), levels: 10)
            settings.iterations = 9

            let detail = try await world.carryOut(world.plan(settings))

            let measured = try world.samples(of: detail.run.id).filter { !$0.warmup }
            let shares = Dictionary(grouping: measured, by: { Int($0.level) }).mapValues { samples in
                Double(samples.count { $0.firstContentNs - $0.sentNs <= 80_000_000 }) / Double(samples.count)
            }
            #expect(detail.run.sweeps.count == 1)
            let sweep = try #require(detail.run.sweeps.first)
            #expect(sweep.knee_rate == nil)
            #expect(sweep.knee_concurrency == shares.filter { $0.value >= 0.75 }.keys.max())
            // A host that is busy enough answers two streams no faster than one.
            let isSaturated = sweep.reason.contains("brings no more answers")
            let next = shares[(sweep.knee_concurrency ?? 0) + 1]
            #expect(isSaturated || next.map { $0 < 0.75 } == true, "\(shares): \(sweep.reason)")
            #expect(Set(detail.results.compactMap(\.concurrency)) == Set(shares.keys))
            #expect(detail.run.planned_samples == nil)
            #expect(detail.run.config.sweep?.over == "concurrency")
            #expect(detail.run.config.sweep?.levels == 10)
            #expect(detail.run.config.objective?.ttft == 80)
            #expect(detail.run.config.concurrency == nil)
            #expect(try world.installation.projector.check().isEmpty)
        }
    }

    @Test func aSweepOverRatesBeginsWithOneRequestAtATime() async throws {
        try await RunWorld.with { world in
            var settings = settings(.rate, Objective(latency: .seconds(30)))
            settings.iterations = 5
            settings.arrivals = .constant

            let detail = try await world.carryOut(world.plan(settings))

            let rates = detail.results.compactMap(\.rate).sorted()
            #expect(detail.results.compactMap(\.concurrency) == [1])
            #expect(rates.count == 2)
            #expect(abs(rates[1] / rates[0] - 2) < 0.01)
            #expect(detail.run.sweeps.map(\.knee_rate) == [rates[1]])
            #expect(detail.run.config.arrivals == "constant")
            #expect(detail.run.config.rate == nil)
            #expect(detail.run.config.max_in_flight == 512)
        }
    }

    @Test func anObjectiveThatIsNeverKeptGivesNoKnee() async throws {
        try await RunWorld.with { world in
            let detail = try await world.carryOut(
                world.plan(settings(.concurrency, Objective(latency: .nanoseconds(1)))))

            #expect(detail.run.status == .completed)
            let sweep = try #require(detail.run.sweeps.first)
            #expect(sweep.knee_rate == nil && sweep.knee_concurrency == nil)
            #expect(sweep.reason == "Not even one request at a time kept to the objective: 0 of 2 did.")
            #expect(detail.results.count == 1)
        }
    }

    @Test func aSweepThatIsCancelledKeepsItsSamplesAndHasNoEnd() async throws {
        try await RunWorld.with { world in
            var settings = settings(.concurrency, Objective(latency: .seconds(30)))
            settings.iterations = 100_000
            let plan = try world.plan(settings)
            let (samples, counted) = AsyncStream.makeStream(of: Int.self)
            let run = Task { try await world.carryOut(plan) { counted.yield($0.done) } }

            for await done in samples where done >= 3 { break }
            run.cancel()

            let detail = try await run.value
            #expect(detail.run.status == .cancelled)
            #expect(detail.run.samples >= 3)
            #expect(detail.run.sweeps.isEmpty)
        }
    }

    @Test func inARampStreamsStartOneAfterAnotherAndTheirRequestsAreWarmup() async throws {
        try await RunWorld.with { world in
            var settings = RunSettings()
            settings.concurrency = [4]
            settings.iterations = 6
            settings.ramp = .milliseconds(200)
            settings.warmup = 1

            let detail = try await world.carryOut(world.plan(settings))

            let samples = try world.samples(of: detail.run.id)
            let ramp = samples.filter { $0.warmup && $0.iteration >= 1 }
            #expect(Set(ramp.map(\.iteration)) == Set((0..<ramp.count).map { UInt32($0 + 1) }))
            // The ramp began no sooner than the warm-up before it had ended, and stream n a quarter of it later than n - 1.
            let begin = try #require(samples.first { $0.warmup && $0.iteration == 0 }?.endedNs)
            for stream in 1..<4 {
                let before = ramp.filter { $0.startedNs < begin + Int64(stream) * 50_000_000 }
                #expect(Self.mostAtOnce(before) <= stream)
            }
            #expect(Set(samples.filter { !$0.warmup }.map(\.iteration)) == Set(0..<6))
            #expect(detail.run.config.ramp == 200)
            #expect(detail.run.planned_samples == nil)
            #expect(detail.results.first?.total_iterations == 6)
        }
    }

    /// Most of these requests that were under way at the start of one of them.
    private static func mostAtOnce(_ samples: [InferenceSampled]) -> Int {
        samples.map { one in samples.count { $0.startedNs <= one.startedNs && one.startedNs < $0.endedNs } }.max() ?? 0
    }

    @Test func inARampTheRateRises() async throws {
        try await RunWorld.with { world in
            var settings = RunSettings()
            settings.rates = [200]
            settings.iterations = 5
            settings.ramp = .milliseconds(100)
            settings.seed = 4

            let detail = try await world.carryOut(world.plan(settings))

            let samples = try world.samples(of: detail.run.id)
            let schedule = Array(
                ArrivalSchedule(rate: 200, distribution: .poisson, ramp: .milliseconds(100), seed: 4).prefix(200))
            let inRamp = schedule.count { $0 < 100_000_000 }
            #expect(samples.starts(rateMillionths: 200_000_000) == Array(schedule.prefix(inRamp + 5)))
            #expect(samples.count { $0.warmup } == 1 + inRamp)
        }
    }
}
