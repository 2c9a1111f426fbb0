import Benchmarking
import DataFolder
import EventStore
import Events
import ProjectionKit
import Testing

/// Open loops, time limits and cool-down: whole runs against the simulator.
struct LoadShapeTests {
    /// The run's samples of scenario A at this rate, in the order in which they were to start.
    private func samples(_ installation: Installation, _ run: String, rateMillionths: UInt64 = 0) throws
        -> [InferenceSampled]
    {
        try installation.log.readStream(.run(run)).compactMap { recorded in
            guard case .inferenceSampled(let sample) = recorded.event else { return nil }
            return sample.scenario == "A" && sample.rateMillionths == rateMillionths ? sample : nil
        }.sorted { $0.intendedStartNs < $1.intendedStartNs }
    }

    /// Measured ones of those, in nanoseconds from the first intended start.
    private func intendedStarts(_ samples: [InferenceSampled]) -> [Int64] {
        let measured = samples.filter { !$0.warmup && !$0.cooldown }.map(\.intendedStartNs)
        return measured.map { $0 - (measured.first ?? 0) }
    }

    @Test func anOpenLoopMeansToStartExactlyAtTheSeededSchedule() async throws {
        try await RunTests.run(settings: { settings in
            settings.rates = [200, 400]
            settings.iterations = 10
            settings.seed = 7
        }) { installation, end, detail in
            #expect(end == .completed(failedPhases: 0))
            for rate in [200, 400] as [Double] {
                let samples = try samples(installation, detail.run.id, rateMillionths: UInt64(rate) * 1_000_000)
                let schedule = ArrivalSchedule(rate: rate, distribution: .poisson, seed: 7).prefix(10)
                #expect(intendedStarts(samples) == Array(schedule))
                #expect(samples.allSatisfy { $0.startedNs >= $0.intendedStartNs && $0.level == 0 })
                #expect(samples.count { $0.warmup } == 1)
            }
            #expect(detail.results.map(\.rate) == [200, 400, 200, 400])
            #expect(detail.results.allSatisfy { $0.concurrency == nil && $0.shed == 0 && $0.total_iterations == 10 })
            #expect(Set(detail.results.map(\.id)).count == 4)
            let row = try #require(detail.results.first)
            #expect(row.latency_p50 == row.metrics["standard/1"]?["scheduled_e2e_p50"])
            #expect(row.latency_p50 != nil)
            #expect(detail.run.planned_samples == 44)
            #expect(detail.run.samples == 44)
            #expect(detail.run.config.rate == [200, 400])
            #expect(detail.run.config.arrivals == "poisson")
            #expect(detail.run.config.concurrency == nil)
        }
    }

    @Test func aServerThatStallsDelaysNoStart() async throws {
        try await RunTests.run(
            { $0.hangRate = 1 },
            settings: { settings in
                settings.rates = [500]
                settings.arrivals = .constant
                settings.iterations = 8
                settings.warmup = 0
                settings.timeout = .seconds(2)
            }
        ) { installation, _, detail in
            let samples = try samples(installation, detail.run.id, rateMillionths: 500_000_000)
            #expect(intendedStarts(samples) == (0..<8).map { $0 * 2_000_000 })
            // All were under way before the first of them had ended.
            let lastStart = try #require(samples.map(\.startedNs).max())
            #expect(try #require(samples.map(\.endedNs).min()) > lastStart)
        }
    }

    @Test func whatIsOneTooManyInFlightIsShedAndCounted() async throws {
        try await RunTests.run(
            { $0.hangRate = 1 },
            settings: { settings in
                settings.rates = [1_000]
                settings.arrivals = .constant
                settings.maxInFlight = 2
                settings.iterations = 10
                settings.warmup = 0
                settings.timeout = .milliseconds(500)
            }
        ) { installation, _, detail in
            let samples = try samples(installation, detail.run.id, rateMillionths: 1_000_000_000)
            #expect(samples.map(\.error) == [.timeout, .timeout] + Array(repeating: .shed, count: 8))
            #expect(samples.last?.errorMessage == "Not sent: 2 requests were in flight, and more were not allowed.")
            #expect(intendedStarts(samples) == (0..<10).map { $0 * 1_000_000 })
            let row = try #require(detail.results.first)
            #expect(row.shed == 8)
            #expect(row.total_iterations == 2)
            #expect(row.timeout_rate == 100)
            #expect(row.error_rate == 0)
            #expect(row.samples == 10)
            let times = samples.map(\.startedNs)
            let arrivals = 9e9 / Double(try #require(times.max()) - (try #require(times.min())))
            #expect(abs(try #require(row.reached_rate) - 0.2 * arrivals) < 1e-6)
            #expect(detail.run.shed_samples == 16)
            #expect(detail.run.failed_samples == 4)
            #expect(detail.run.samples == detail.run.planned_samples)
            #expect(try installation.projector.check().isEmpty)
        }
    }

    @Test func aDurationLimitsAnOpenLoop() async throws {
        try await RunTests.run(settings: { settings in
            settings.rates = [300]
            settings.duration = .milliseconds(50)
            settings.cooldown = 2
        }) { installation, end, detail in
            #expect(end == .completed(failedPhases: 0))
            let samples = try samples(installation, detail.run.id, rateMillionths: 300_000_000)
            let schedule = Array(ArrivalSchedule(rate: 300, distribution: .poisson, seed: 0).prefix(200))
            let within = schedule.filter { $0 < 50_000_000 }
            #expect(intendedStarts(samples) == within)
            let cooldown = samples.filter(\.cooldown).map { $0.intendedStartNs - samples[1].intendedStartNs }
            #expect(cooldown == Array(schedule[within.count..<within.count + 2]))
            #expect(samples.allSatisfy { $0.error == .none })
            #expect(detail.run.planned_samples == nil)
            #expect(detail.run.config.iterations == nil)
            #expect(detail.run.config.duration == 50)
        }
    }

    @Test func aDurationLimitsAClosedLoopAndWhatIsUnderWayIsFinished() async throws {
        try await RunTests.run(settings: { settings in
            settings.concurrency = [2]
            settings.duration = .milliseconds(100)
            settings.iterations = 1
        }) { installation, end, detail in
            #expect(end == .completed(failedPhases: 0))
            let measured = try samples(installation, detail.run.id).filter { !$0.warmup }
            #expect(!measured.isEmpty)
            #expect(Set(measured.map(\.iteration)) == Set(0..<UInt32(measured.count)))
            #expect(measured.allSatisfy { $0.error == .none && $0.startedNs == $0.intendedStartNs })
            #expect(detail.run.planned_samples == nil)
            #expect(detail.results.first?.total_iterations == Double(measured.count))
        }
    }

    @Test func theCooldownIsKeptMarkedAndInNoFigure() async throws {
        try await RunTests.run(settings: { settings in
            settings.concurrency = [2]
            settings.cooldown = 3
        }) { installation, _, detail in
            let samples = try samples(installation, detail.run.id)
            #expect(Set(samples.filter(\.cooldown).map(\.iteration)) == [4, 5, 6])
            let row = try #require(detail.results.first)
            #expect(row.total_iterations == 4)
            #expect(row.total_tokens == 32)
            #expect(row.samples == 8)
            #expect(detail.run.planned_samples == 16)
            #expect(detail.run.samples == 16)
            #expect(detail.run.config.cooldown == 3)
        }
    }
}
