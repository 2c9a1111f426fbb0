import Testing

@testable import Resources

@Suite struct DisturbanceWatchTests {
    func reading(
        throttles: UInt64? = nil, swap: UInt64? = nil, heldUp: UInt64? = nil, throttled: Bool? = nil
    ) -> ResourceReading {
        var reading = ResourceReading()
        reading.processorThrottles = throttles
        reading.swapUsedBytes = swap
        reading.controlGroup = ResourceReading.ControlGroup()
        reading.controlGroup?.throttledNanoseconds = heldUp
        reading.gpus = [ResourceReading.GPU(index: 0)]
        reading.gpus[0].throttled = throttled
        return reading
    }

    @Test func whatWasThereBeforeTheRunIsNoNews() {
        var watch = DisturbanceWatch()

        for _ in 0..<3 { watch.take(reading(throttles: 12, swap: 1 << 30, heldUp: 99_000_000, throttled: false)) }
        watch.take(reading())

        #expect(watch.warnings.isEmpty)
    }

    @Test func whatGrewDuringTheRunIsTold() {
        var watch = DisturbanceWatch()

        watch.take(reading(throttles: 12, swap: 0, heldUp: 1_000_000, throttled: false))
        watch.take(reading(throttles: 15, swap: 5 << 20, heldUp: 41_000_000, throttled: true))

        #expect(
            watch.warnings == [
                "The processor was slowed down for its heat 3 times during the run: let it cool, or cool it better.",
                "The clock of GPU 0 was held down for heat or power in 1 of 2 readings.",
                "The server was held up for 40 ms by the CPU limit of its control group.",
                "Swap in use grew by 5 MiB during the run: a model that is paged out is slow.",
            ])
    }

    @Test func anotherServersCounterStartsAnew() {
        var watch = DisturbanceWatch()

        watch.take(reading(heldUp: 1_000_000))
        watch.changeProcess()
        watch.take(reading(heldUp: 9_000_000_000))

        #expect(watch.warnings.isEmpty)
    }
}
