import Testing

@testable import Benchmarking

struct ArrivalScheduleTests {
    @Test func constantArrivalsAreEquallyFarApart() {
        let schedule = ArrivalSchedule(rate: 3, distribution: .constant, seed: 1)
        #expect(Array(schedule.prefix(4)) == [0, 333_333_333, 666_666_666, 1_000_000_000])
    }

    /// The mean gap of a Poisson process is 1 / rate, and so is its standard deviation.
    @Test func poissonArrivalsHaveExponentialGaps() {
        let arrivals = Array(ArrivalSchedule(rate: 50, distribution: .poisson, seed: 3).prefix(20_001))
        let gaps = zip(arrivals.dropFirst(), arrivals).map { Double($0 - $1) / 1e9 }
        let mean = gaps.reduce(0, +) / Double(gaps.count)
        let variance = gaps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(gaps.count)
        #expect(arrivals[0] == 0)
        #expect(abs(mean * 50 - 1) < 0.03)
        #expect(abs(variance.squareRoot() * 50 - 1) < 0.05)
        #expect(gaps.allSatisfy { $0 >= 0 })
    }

    @Test func theSeedDecidesTheScheduleAndTheRateStretchesIt() {
        func arrivals(_ rate: Double, _ seed: UInt64) -> [Int64] {
            Array(ArrivalSchedule(rate: rate, distribution: .poisson, seed: seed).prefix(20))
        }
        #expect(arrivals(4, 7) == arrivals(4, 7))
        #expect(arrivals(4, 7) != arrivals(4, 8))
        #expect(zip(arrivals(4, 7), arrivals(2, 7)).allSatisfy { abs($0 * 2 - $1) <= 2 })
    }
}

struct IterationQueueTests {
    @Test func aCountEndsTheMeasuredOnesAndTheCooldownFollows() {
        let queue = IterationQueue(.measured, .count(2), cooldown: 1)
        #expect(queue.take(after: 0) == .init(index: 0, part: .measured))
        #expect(queue.take(after: 0) == .init(index: 1, part: .measured))
        #expect(queue.take(after: 0) == .init(index: 2, part: .cooldown))
        #expect(queue.take(after: 0) == nil)
    }

    @Test func noMeasuredOneStartsAtTheEndOfTheDurationOrLater() {
        let queue = IterationQueue(.measured, .duration(.seconds(1)), cooldown: 2)
        #expect(queue.take(after: 0) == .init(index: 0, part: .measured))
        #expect(queue.take(after: 999_999_999) == .init(index: 1, part: .measured))
        #expect(queue.take(after: 1_000_000_000) == .init(index: 2, part: .cooldown))
        // Another stream may have looked at the clock before.
        #expect(queue.take(after: 999_999_999) == .init(index: 3, part: .cooldown))
        #expect(queue.take(after: 2_000_000_000) == nil)
    }

    @Test func aDurationThatIsOverBeforeTheFirstOneStillGivesOne() {
        let queue = IterationQueue(.measured, .duration(.seconds(1)))
        #expect(queue.take(after: 2_000_000_000) == .init(index: 0, part: .measured))
        #expect(queue.take(after: 2_000_000_000) == nil)
    }

    @Test func noWarmupIsNone() {
        #expect(IterationQueue(.warmup, .count(0)).take(after: 0) == nil)
    }
}
