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

    @Test(arguments: [8.0, 10, 16.5, 30, 60], [0.1, 0.5, 1, 2])
    func aChunkTakesTwoBytesWhateverTheGap(gap: Double, jitter: Double) {
        var random = SeededBits(7)
        var at = 50_000_000.0
        let arrivals = (0..<1_000).map { _ in
            // Twelve uniform numbers add up to one that is normal, with a deviation of 1.
            let normal = (0..<12).reduce(-6.0) { sum, _ in sum + Double(random.next() >> 11) / 0x1p53 }
            at += max(0, gap + jitter * normal) * 1e6
            return Int64(at)
        }
        var sample = InferenceSampled()

        sample.chunkArrivals = arrivals

        #expect(sample.chunkTimes.count <= 2 * arrivals.count + 8)
        #expect(zip(sample.chunkArrivals, arrivals).allSatisfy { abs($0 - $1) <= 500 })
    }

    @Test(arguments: [[], [5_000], [5_000, 6_000], [5_000, 905_000, 905_000, 906_000], [0, .max / 2]] as [[Int64]])
    func arrivalsComeBackAsTheyWere(arrivals: [Int64]) throws {
        var sample = InferenceSampled()
        sample.startedNs = 1_000

        sample.chunkArrivals = arrivals

        let kept = arrivals.map { max(1_000, ($0 - 1_000 + 500) / 1000 * 1000 + 1_000) }
        #expect(sample.chunkArrivals == kept)
        let payload: [UInt8] = try sample.serializedBytes()
        try payload.withUnsafeBytes {
            let view = try SampleView($0, schemaVersion: 3)
            #expect(Array(view.chunkArrivals) == kept)
        }
    }

    @Test func gapsOfOlderVersionsAreRead() throws {
        var sample = InferenceSampled.with {
            ($0.startedNs, $0.chunkGapsUs) = (1_000, Data(Varints.encode([7, 0, 300])))
        }

        #expect(sample.chunkArrivals == [8_000, 8_000, 308_000])
        let payload: [UInt8] = try sample.serializedBytes()
        try payload.withUnsafeBytes {
            let view = try SampleView($0, schemaVersion: 2)
            #expect(Array(view.chunkGaps) == [7, 0, 300])
        }

        sample.chunkArrivals = [2_000]
        #expect(sample.chunkGapsUs.isEmpty && sample.chunkArrivals == [2_000])
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
    func readsOfSeveralChunksAreCountedInOlderSamples(arrivals: [Int64], reads: Int) {
        var sample = InferenceSampled()
        let gaps = zip(arrivals, [1_000] + arrivals).map { UInt64(($0 - $1 + 500) / 1_000) }

        sample.chunkGapsUs = Data(Varints.encode(gaps))

        #expect(sample.sharedReads == reads)
    }

    @Test func readsOfSeveralChunksAreCountedByTheirMark() {
        var sample = InferenceSampled()
        sample.chunkArrivals = [1_000, 1_000, 9_000, 9_000]
        #expect(sample.sharedReads == 0)

        sample.sharedReadRuns = Data(Varints.encode([1, 2]))
        #expect(sample.sharedReads == 1)
    }
}
