import Testing

@testable import Streaming

@Test func theLongestLagSinceAnInstantIsKnown() {
    var lag = LoopLag()
    for (length, end) in [(5, 100), (9, 200), (3, 300), (7, 400), (2, 500)] as [(Int64, Int64)] {
        lag.add(length, until: end)
    }

    #expect(lag.longest(since: 0) == 9)
    #expect(lag.longest(since: 195) == 7, "of the one that was going on, 5 were left")
    #expect(lag.longest(since: 250) == 7)
    #expect(lag.longest(since: 450) == 2)
    #expect(lag.longest(since: 600) == 0)
}

@Test func whatIsKeptOfLagsIsLimited() {
    var lag = LoopLag()

    for step in 0..<Int64(LoopLag.peakLimit + 10) { lag.add(1_000_000 - step, until: step) }

    #expect(lag.longest(since: -2_000_000) == 1_000_000 - 10, "the first ten are forgotten")
    #expect(lag.longest(since: Int64(LoopLag.peakLimit + 9)) == 0)
}
