import Testing

@testable import Streaming

/// A wall clock that is ahead of the monotonic one by so many nanoseconds.
private let ahead: Int64 = 1_790_000_000_000_000_000

@Test func aStampOfTheWallClockIsFoundOnTheMonotonicOne() throws {
    var clock = WallClock()
    #expect(clock.monotonic(ahead + 500) == nil, "nothing is known before the first reading")

    clock.take(ahead + 1_000_040, between: 1_000_000, and: 1_000_080)

    #expect(clock.monotonic(ahead + 900_000) == 900_000)
}

@Test func aReadingThatWasInterruptedSpoilsNothing() throws {
    var clock = WallClock()
    // 8 ms passed between its wall clock and the monotonic clock after it.
    clock.take(ahead + 1_000_000, between: 1_000_000, and: 9_000_000)
    let rough = try #require(clock.monotonic(ahead + 500_000))
    #expect(abs(rough - 500_000) <= 4_000_000)

    clock.take(ahead + 20_000_030, between: 20_000_000, and: 20_000_060)
    let fine = try #require(clock.monotonic(ahead + 500_000))
    #expect(abs(fine - 500_000) <= 30)

    clock.take(ahead + 30_000_000, between: 30_000_000, and: 39_000_000)
    #expect(clock.monotonic(ahead + 500_000) == fine)
}

@Test(arguments: [5_000_000, -5_000_000, 3_600_000_000_000, -20_000] as [Int64])
func aWallClockThatWasSetIsNotTrustedForASecond(_ step: Int64) {
    var clock = WallClock()
    clock.take(ahead + 1_000_040, between: 1_000_000, and: 1_000_080)

    clock.take(ahead + step + 2_000_040, between: 2_000_000, and: 2_000_080)
    #expect(clock.monotonic(ahead + 1_900_000) == nil, "a stamp of the clock before")
    #expect(clock.monotonic(ahead + step + 1_900_000) == nil)

    clock.take(ahead + step + 900_000_040, between: 900_000_000, and: 900_000_080)
    #expect(clock.monotonic(ahead + step + 900_000_000) == nil)

    let later = 2_000_080 + WallClock.settling
    clock.take(ahead + step + later + 40, between: later, and: later + 80)
    #expect(clock.monotonic(ahead + step + later) == later)
}
