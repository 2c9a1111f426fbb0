import Foundation
import Testing

@testable import Resources

@Suite struct ResourceSamplerTests {
    #if os(Linux)
    @Test func ratesNeedTwoReadings() {
        var sampler = ResourceSampler()

        let first = sampler.read()
        spin(for: .milliseconds(60))
        let second = sampler.read()

        #expect(first.hostPercent == nil)
        #expect(first.corePercents.isEmpty)
        #expect((first.memoryUsedBytes ?? 0) > 0)
        #expect((second.hostPercent ?? 0) > 0)
        #expect(second.corePercents.compactMap(\.self).allSatisfy { (0...100).contains($0) })
        #expect(!second.corePercents.isEmpty)
    }

    @Test func aBusyProcessIsSeenAtWork() throws {
        let process = ProcessInfo.processInfo.processIdentifier
        var sampler = ResourceSampler(process: process)

        let start = ContinuousClock.now
        let first = sampler.read()
        let spent = spin(for: .milliseconds(200))
        let second = sampler.read()
        let elapsed = ContinuousClock.now - start

        #expect(first.processPercent == nil)
        // This thread alone spent that share of the time; the half allows for ticks of 10 ms.
        let percent = try #require(second.processPercent)
        #expect(percent >= spent / elapsed * 100 * 0.5)
        #expect(try #require(second.processMemoryBytes) > 1 << 20)
        #expect(try #require(second.processThreads) >= 1)
        #expect(first.ownPercent == nil)
        #expect(try #require(second.ownPercent) >= spent / elapsed * 100 * 0.9)
    }

    @Test func aProcessThatIsGoneIsUnknownAndNamed() {
        var sampler = ResourceSampler(process: Int32.max)

        let reading = sampler.read()

        #expect(reading.processMemoryBytes == nil)
        #expect(sampler.unavailable.contains("process: no process \(Int32.max) on this host"))
    }
    #endif

    @Test func aHostThatTellsNothingGivesUnknownsWithTheirReasons() throws {
        try withFiles([:]) { root in
            var sampler = ResourceSampler(process: nil, root: root, nvml: GraphicsTests.noLibrary)

            var reading = sampler.read()

            reading.ownPercent = nil
            #expect(reading == ResourceReading())
            #if os(Linux)
            #expect(
                sampler.unavailable.map { String($0.prefix { $0 != ":" }) } == [
                    "cpu", "memory, swap", "disk", "network", "cpu throttling", "gpu", "energy",
                ])
            #endif
        }
    }

    @Test func everyMissingSourceHasAReason() {
        var sampler = ResourceSampler()
        let reading = sampler.read()

        #expect(!reading.gpus.isEmpty || sampler.unavailable.contains { $0.hasPrefix("gpu: ") })
        for (isKnown, what) in [
            (reading.packageEnergyJoules != nil, "energy"), (reading.disk != nil, "disk"),
            (reading.network != nil, "network"), (reading.processorThrottles != nil, "cpu throttling"),
        ] {
            #expect(isKnown || sampler.unavailable.contains { $0.contains(what) }, "no reason for \(what)")
        }
    }

    /// Keeps this thread busy for a time of its own, however slowly it gets on; what it spent.
    @discardableResult
    private func spin(for budget: Duration) -> Duration {
        func spent() -> Duration {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
        }
        let start = spent()
        while spent() - start < budget {}
        return spent() - start
    }
}
