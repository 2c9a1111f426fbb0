#if os(Linux)
import Testing

@testable import Streaming

/// The loop leaves its sockets alone only where that loses no arrival.
@Suite struct ReadingPauseTests {
    /// After a look in which so many of the streams had something, each after that gap, milliseconds.
    private func pause(
        streams: Int = 64, unstamped: Int = 0, found: Int = 1, gaps: [Double?] = [10]
    ) -> Int64? {
        var pause = ReadingPause()
        for _ in 0..<streams { pause.reads(true, insteadOf: nil) }
        for _ in 0..<unstamped { pause.reads(false, insteadOf: nil) }
        pause.begin(finding: found)
        for gap in gaps { pause.saw(gap: gap.map { Int64($0 * 1_000_000) }) }
        return pause.length
    }

    @Test func itIsShortBesideTheShortestGap() {
        #expect(pause(gaps: [10, 4, 20]) == 250_000)
        #expect(pause(gaps: [100]) == ReadingPause.longest)
        #expect(pause(gaps: [10, 0.2]) == nil, "so short a pause costs more than it saves")
    }

    @Test func whatHasNoStampIsReadAtOnce() {
        #expect(pause(gaps: [10, nil]) == nil)
        #expect(pause(unstamped: 1) == nil)
    }

    @Test func itTakesManyStreamsThatAreNotInStep() {
        #expect(pause(streams: 7) == nil)
        #expect(pause(found: 0, gaps: []) == nil, "nothing was found, so there is nothing to gather")
        #expect(pause(found: 32) == nil, "the others have had theirs before")
        #expect(pause(found: 31) == ReadingPause.longest)
    }

    @Test func aStreamThatEndedCountsNoMore() {
        var pause = ReadingPause()
        for _ in 0..<8 { pause.reads(true, insteadOf: nil) }
        pause.reads(false, insteadOf: nil)
        pause.begin(finding: 1)
        pause.saw(gap: 10_000_000)
        #expect(pause.length == nil)
        pause.reads(nil, insteadOf: false)
        #expect(pause.length == ReadingPause.longest)
        pause.reads(nil, insteadOf: true)
        #expect(pause.length == nil)
    }
}
#endif
