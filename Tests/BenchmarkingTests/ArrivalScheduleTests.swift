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

    /// Of a rate that rises from 0 to 4/s in 2 s, the integral is t² up to then: the nth request starts at √n.
    @Test func inARampTheRateRisesEvenly() {
        let schedule = ArrivalSchedule(rate: 4, distribution: .constant, ramp: .seconds(2), seed: 1)
        #expect(
            Array(schedule.prefix(7)) == [
                0, 1_000_000_000, 1_414_213_562, 1_732_050_807, 2_000_000_000, 2_250_000_000, 2_500_000_000,
            ])
        // Half as many as at the full rate, a quarter of them in the first half.
        let starts = ArrivalSchedule(rate: 1_000, distribution: .poisson, ramp: .seconds(10), seed: 5)
            .prefix { $0 < 10_000_000_000 }
        #expect(abs(Double(starts.count) / 5_000 - 1) < 0.05)
        #expect(abs(Double(starts.count { $0 < 5_000_000_000 }) / Double(starts.count) - 0.25) < 0.02)
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

    @Test func requestsOfTheRampAreWarmupAndTheLimitCountsFromItsEnd() {
        let queue = IterationQueue(.measured, .duration(.seconds(1)), ramp: .seconds(2), firstOfRamp: 3)
        #expect(queue.take(after: 0) == .init(index: 3, part: .warmup))
        #expect(queue.take(after: 1_999_999_999) == .init(index: 4, part: .warmup))
        #expect(queue.take(after: 2_000_000_000) == .init(index: 0, part: .measured))
        // Another stream may have looked at the clock before.
        #expect(queue.take(after: 1_999_999_999) == .init(index: 1, part: .measured))
        #expect(queue.take(after: 2_999_999_999) == .init(index: 2, part: .measured))
        #expect(queue.take(after: 3_000_000_000) == nil)
    }

    @Test func noWarmupIsNone() {
        #expect(IterationQueue(.warmup, .count(0)).take(after: 0) == nil)
    }
}
