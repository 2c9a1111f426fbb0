import Events
import Formulas
import Foundation
import Storage
import TestSupport
import Testing

@testable import SampleColumns

struct SampleBlockTests {
    /// Samples with everything that a sample can have, and with nothing of it, by a seed.
    private func samples(_ count: Int, chunks: Int = 6) -> [InferenceSampled] {
        var random = SplitMix(state: 11)
        return (0..<count).map { index in
            var sample = InferenceSampled.fixture(
                iteration: UInt32(index), warmup: index % 9 == 0, start: Double(index) * 40,
                ttft: 20 + Double(random.next() % 90), gap: Double(random.next() % 17) / 8, chunks: chunks,
                completionTokens: index % 4 == 0 ? nil : random.next() % 900,
                error: index % 5 == 1 ? [.timeout, .http, .cancelled, .truncated][index % 4] : .none)
            guard index % 3 > 0 else { return sample }
            sample.intendedStartNs -= Int64(random.next() % 1_000_000_000_000)
            sample.connectedNs = sample.startedNs + Int64(random.next() % 900)
            sample.headersNs = sample.startedNs - 5
            sample.firstByteNs = .max
            sample.originalTtftNs = -Int64(random.next() >> 1)
            sample.promptTokens = random.next()
            sample.askedPromptTokens = UInt32(truncatingIfNeeded: random.next())
            sample.reasoningTokens = 0
            sample.cachedTokens = random.next() % 3
            sample.turn = UInt32(index % 7)
            sample.clock = .kernel
            sample.cooldown = index % 2 == 0
            sample.streamed = index % 8 != 0
            sample.sharedReadRuns = Data(Varints.encode(index % 2 == 0 ? [0, 3] : [2, 2]))
            sample.chunkSizes = Data(Varints.encode((0..<random.next() % 5).map { $0 * 40 }))
            sample.server = .with { $0.promptNs = Int64(random.next() % 9_000_000) }
            sample.client = .with {
                ($0.reads, $0.readDelaySumNs, $0.readDelayMaxNs) = (random.next() % 2, 70, 40)
                $0.loopLagMaxNs = Int64(random.next() % 3)
            }
            return sample
        }
    }

    private func rows(_ samples: [InferenceSampled]) throws -> SampleRows {
        var rows = SampleRows()
        for sample in samples {
            try Event.inferenceSampled(sample).encoded().payload.withUnsafeBytes {
                rows.append(try SampleView($0, schemaVersion: EventType.inferenceSampled.schemaVersion))
            }
        }
        return rows
    }

    private func blocks(_ rows: SampleRows) -> [(numbers: [UInt8], chunks: [UInt8]?)] {
        var blocks: [(numbers: [UInt8], chunks: [UInt8]?)] = []
        rows.forEachBlock { blocks.append(([UInt8]($0), $1.map { [UInt8]($0) })) }
        return blocks
    }

    /// The table of all inputs, read from the blocks where they lie.
    private func table(_ blocks: [(numbers: [UInt8], chunks: [UInt8]?)]) throws -> SampleTable {
        // As in the store, bytes that stay where they are.
        let data = blocks.map { (NSData(data: Data($0.numbers)), $0.chunks.map { NSData(data: Data($0)) }) }
        return try withExtendedLifetime(data) {
            var packed = PackedSamples()
            for (numbers, chunks) in data {
                try packed.append(numbers: UnsafeRawBufferPointer(start: numbers.bytes, count: numbers.length)) {
                    chunks.map { UnsafeRawBufferPointer(start: $0.bytes, count: $0.length) }
                }
            }
            return packed.table(Set(InputCatalogue.all.map(\.name)))
        }
    }

    private func expectEqual(_ found: SampleTable, _ wanted: SampleTable) {
        #expect(found.count == wanted.count)
        for input in InputCatalogue.all {
            switch input.shape {
            case .sample:
                #expect(bits(found[input.name]) == bits(wanted[input.name]), "\(input.name)")
                #expect(wanted[input.name] != nil, "\(input.name)")
            case .chunk, .gap:
                #expect(found[array: input.name] == wanted[array: input.name], "\(input.name)")
                #expect(wanted[array: input.name] != nil, "\(input.name)")
            case .reading, .group: break
            }
        }
    }

    /// Null is one value, whatever the NaN.
    private func bits(_ values: [Double]?) -> [UInt64]? { values?.map { $0.isNaN ? 1 : $0.bitPattern } }

    @Test(arguments: [(1, 6), (200, 6), (2_500, 6), (200, 0), (90, 2_000)])
    func everyInputIsWhatTheEventsSay(count: Int, chunks: Int) throws {
        let samples = samples(count, chunks: chunks)
        let wanted = try InputsOfEvents.table(of: samples)
        let rows = try rows(samples)

        expectEqual(rows.table(Set(InputCatalogue.all.map(\.name))), wanted)
        expectEqual(try table(blocks(rows)), wanted)
    }

    @Test func aBlockIsReadBackWhole() throws {
        let rows = try rows(samples(2_100))
        var back = SampleRows()

        for block in blocks(rows) {
            try block.numbers.withUnsafeBytes { numbers in
                try (block.chunks ?? []).withUnsafeBytes { chunks in
                    back.append(contentsOf: try SampleRows(block: numbers) { chunks })
                }
            }
        }

        #expect(blocks(rows).count == 3)
        #expect(back == rows)
    }

    @Test func blocksEndAfterSoManySamplesOrSoManyChunks() throws {
        #expect(blocks(try rows(samples(1_025, chunks: 1))).count == 2)
        #expect(blocks(try rows(samples(80, chunks: 2_000))).count == 3)
    }

    @Test func withoutChunksThereIsNothingOfThem() throws {
        let silent = try rows((0..<5).map { .fixture(start: Double($0), error: .timeout) })

        #expect(blocks(silent).map { $0.chunks == nil } == [true])
    }

    @Test func chunksThatAreMissingOrOfOtherSamplesAreRefused() throws {
        let block = blocks(try rows(samples(20)))[0]
        let other = blocks(try rows(samples(21)))[0]

        #expect(throws: StoreError.self) { try table([(block.numbers, nil)]) }
        #expect(throws: StoreError.self) { try table([(block.numbers, other.chunks)]) }
    }

    @Test func everyInputOfTheCatalogueIsKnown() {
        for (place, input) in InputCatalogue.all.enumerated() {
            switch input.shape {
            case .sample: #expect(SampleInput.byPlace[place] != nil, "\(input.name)")
            case .chunk, .gap: #expect(ChunkInput.byPlace[place] != nil, "\(input.name)")
            case .reading: #expect(ReadingInput.all.contains { $0.name == input.name }, "\(input.name)")
            case .group: break
            }
        }
        #expect(SampleInput.byName.count == InputCatalogue.all.count { $0.shape == .sample })
    }

    @Test func readingsComeOutAsTheyWentIn() throws {
        let readings = (0..<1_500).map { index in
            ResourceSampled.with {
                ($0.atNs, $0.hostCpuPercent) = (Int64(index) * 250_000_000, Double(index % 100) / 7)
                if index % 2 == 0 { $0.processMemoryBytes = UInt64(index) << 20 }
                $0.gpus = [.with { $0.powerWatts = 250.5 }]
                $0.afterSample = index % 3 == 0
            }
        }
        var rows = ReadingRows()
        for reading in readings { rows.append(reading) }
        var back = ReadingRows()
        try rows.forEachBlock { try back.append(block: $0) }

        let wanted = InputsOfEvents.table(of: readings)
        let found = back.table(Set(ReadingInput.all.map(\.name)))
        #expect(back == rows)
        #expect(found.count == 1_500)
        for input in ReadingInput.all { #expect(bits(found[input.name]) == bits(wanted[input.name]), "\(input.name)") }
    }
}

/// Numbers that look random and are the same each time.
private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
