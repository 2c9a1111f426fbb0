import Events
import Foundation
import Testing

struct ChunksTests {
    @Test(arguments: [[], [0], [1, 127, 128, 300], [UInt64.max, 0, UInt64.max]])
    func numbersComeBackAsTheyWere(values: [UInt64]) {
        #expect(Varints.decode(Varints.encode(values)) == values)
    }

    @Test func bytesThatEndInANumberAreRefused() {
        #expect(Varints.decode([0x80] as [UInt8]) == nil)
        #expect(Varints.decode([UInt8](repeating: 0xff, count: 10) + [1]) == nil)
    }

    @Test func aGapOfTenMillisecondsTakesTwoBytes() {
        #expect(Varints.encode([9_950, 10_000, 10_420]).count == 6)
    }

    @Test func roundingToMicrosecondsNeverAddsUp() {
        var sample = InferenceSampled()
        sample.startedNs = 1_000
        let arrivals = (1...10_000).map { Int64(1_000 + $0 * 1_000_499) }

        sample.chunkArrivals = arrivals

        let kept = sample.chunkArrivals
        #expect(kept.count == arrivals.count)
        #expect(zip(kept, arrivals).allSatisfy { abs($0 - $1) <= 500 })
    }
}
