import EventStore
import Events
import TestSupport
import Testing

@testable import Fleet

struct SealedBlockTests {
    @Test func blocksHoldTheStoredBytesOfTheLog() throws {
        try withTemporaryFolder { folder in
            let log = try makeLog(folder, events: 1_500)
            defer { log.close() }

            let sealed = try blocks(of: log)
            let read = try sealed.map { try SealedBlock($0.bytes) }

            #expect(read == sealed)
            #expect(sealed.count > 3)
            #expect(sealed.allSatisfy { $0.bytes.count <= FleetLimits.blockSize })
            #expect(sealed.dropLast().allSatisfy { $0.bytes.count > FleetLimits.leastBlockSize })
            #expect(read.flatMap { $0.events { $0.map { Array($0) } } } == (try storedBytes(of: log)))
            #expect(sealed.map(\.first) == [1] + sealed.dropLast().map { $0.last + 1 })
            for block in sealed { #expect(try log.agrees(size: block.last, root: block.root) == true) }
        }
    }

    @Test func sealingGoesOnAnywhere() throws {
        try withTemporaryFolder { folder in
            let log = try makeLog(folder, events: 700)
            defer { log.close() }

            for first in [1, 2, 255, 256, 257, 258, 512, 513, 700] as [UInt64] {
                let last = try #require(try blocks(of: log, from: first).last)
                #expect(last.last == 700)
                #expect(try log.agrees(size: 700, root: last.root) == true)
            }
            #expect(try blocks(of: log, from: 701).isEmpty)
        }
    }

    @Test func oneFlippedBitIsFound() throws {
        try withTemporaryFolder { folder in
            let log = try makeLog(folder, events: 5)
            defer { log.close() }
            let bytes = try #require(try blocks(of: log).first).bytes

            for place in bytes.indices {
                var damaged = bytes
                damaged[place] ^= 1 << UInt8(place % 8)
                #expect(throws: FleetError.self) { try SealedBlock(damaged) }
            }
            #expect(throws: FleetError.self) { try SealedBlock(bytes.dropLast()) }
            #expect(throws: FleetError.self) { try SealedBlock([]) }
        }
    }

    @Test func aFewEventsWaitForMore() throws {
        try withTemporaryFolder { folder in
            let log = try makeLog(folder, events: 10)
            defer { log.close() }
            var sealer = try BlockSealer(log, from: 1, largest: 1 << 20)

            #expect(try sealer.seal(least: FleetLimits.leastBlockSize) == nil)
            #expect(try sealer.hasMore())
            try fill(log, events: 100)

            let block = try #require(try sealer.seal(least: FleetLimits.leastBlockSize))
            #expect(block.first == 1 && block.last == 110)
            #expect(try !sealer.hasMore())
        }
    }

    @Test func aLargeEventIsABlockOfItsOwnAndATooLargeOneIsNamed() throws {
        try withTemporaryFolder { folder in
            let log = try makeLog(folder, events: 3)
            defer { log.close() }
            try fill(log, events: 1, size: 100_000)
            try fill(log, events: 2)

            #expect(try blocks(of: log).map(\.last) == [3, 4, 6])
            let refusal = #expect(throws: FleetError.self) { try blocks(of: log, largest: 65_536) }
            #expect("\(try #require(refusal))".contains("event 4"))
            #expect("\(try #require(refusal))".contains("max_payload"))
        }
    }
}
