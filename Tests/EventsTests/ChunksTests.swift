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

    @Test(
        arguments: [
            ([], 0), ([1_000], 0), ([1_000, 1_000], 1), ([1_000, 9_000, 20_000], 0),
            ([9_000, 9_000, 9_000, 20_000], 1),
            ([1_000, 9_000, 9_000, 20_000, 20_300], 2), ([1_000, 1_000, 1_000, 5_000, 9_000, 9_000, 9_000], 2),
        ] as [([Int64], Int)])
    func readsOfSeveralChunksAreCounted(arrivals: [Int64], reads: Int) {
        var sample = InferenceSampled()
        sample.startedNs = 1_000

        sample.chunkArrivals = arrivals

        #expect(sample.sharedReads == reads)
    }
}
