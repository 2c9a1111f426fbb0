import Events
import Foundation
import Storage
import TestSupport
import Testing
import Transparency

@testable import EventStore

struct DamageTests {
    @Test func aFlippedBitInTheFileIsFoundOnReadAndByVerify() async throws {
        try await withTemporaryFolder { folder in
            let log = try EventLog(folder: folder)
            _ = try await log.append((1...40).map { note("the needle number \($0)") }, to: .system)
            log.close()
            let file = URL(fileURLWithPath: folder + "/data.mdb")
            let whole = try Data(contentsOf: file)
            let needle = try #require(whole.range(of: Data("the needle number 17".utf8)))

            for offset in [0, 7, 19, -20, -60] {
                var damaged = whole
                damaged[needle.lowerBound + offset] ^= 0x10
                try damaged.write(to: file)
                let log = try EventLog(folder: folder)

                #expect(LogError.code { _ = try log.event(at: 17) } == .corrupted(17))
                #expect(LogError.code { _ = try log.read(from: 1, limit: 40) } == .corrupted(17))
                #expect(try log.read(from: 1, limit: 16).count == 16)
                let verification = try log.verify()
                #expect(verification.events == 39)
                #expect(verification.problems.contains { $0.position == 17 && $0.reason.contains("checksum") })
                log.close()
            }
        }
    }

    @Test func everyFlippedBitOfAStoredEventIsFound() async throws {
        try await withLog { log in
            _ = try await log.append([note("a"), note("b"), note("c")], to: .system)
            let whole = try log.store.read { try LogTables.events.get(2, in: $0) } ?? []
            #expect(!whole.isEmpty)

            for bit in 0..<whole.count * 8 {
                var damaged = whole
                damaged[bit / 8] ^= 1 << (bit % 8)
                try log.store.write { try LogTables.events.put(2, damaged, in: $0) }

                #expect(throws: LogError.self, "bit \(bit)") { try log.event(at: 2) }
            }
        }
    }

    @Test func anEntryOfAnIndexThatCannotBeIsToldInASentence() async throws {
        try await withLog { log in
            let first = note("a")
            _ = try await log.append([first, note("b")], to: .system)
            try log.store.write {
                let endless = PositionRun(first: 1, count: 1 << 63 | 2)
                try LogTables.streams.put(StreamKey(stream: "system", version: 1), endless, in: $0)
                try LogTables.ids.put(first.id, endless, in: $0)
            }

            let read = #expect(throws: LogError.self) { try log.readStream(.system) }
            let appended = await #expect(throws: LogError.self) { try await log.append([first], to: .system) }

            for error in [read, appended] {
                #expect(error?.code == .store(.corrupted) || error?.code == .writesStopped)
                #expect(error?.description.contains("'\(log.folder)': an entry of an index counts") == true)
            }
            #expect(try !log.verify().isClean)
        }
    }

    @Test func aLogThatIsClosedWhileATextIsReadSaysSo() async throws {
        try await withLog { log in
            var sample = InferenceSampled()
            sample.outputText = "text"
            _ = try await log.append([NewEvent(.inferenceSampled(sample))], to: .run("1"))
            let bytes = try log.store.read { try LogTables.events.get(1, in: $0) } ?? []
            log.close()

            #expect(LogError.code { try bytes.withUnsafeBytes { _ = try log.decoded(RawEvent($0)) } } == .closed)
        }
    }

    @Test func aMissingEventIsFound() async throws {
        try await withLog { log in
            _ = try await log.append((1...5).map { note("\($0)") }, to: .system)
            try log.store.write { _ = try LogTables.events.delete(3, in: $0) }

            #expect(LogError.code { _ = try log.read(from: 1, limit: 10) } == .corrupted(3))
            #expect(try log.verify().problems.first == .init(position: 3, reason: "it is missing"))
        }
    }

    @Test func indexesThatDisagreeAreFound() async throws {
        try await withLog { log in
            _ = try await log.append(
                (1...5).map { note("\($0)", id: EventID(deterministicFrom: "\($0)")) }, to: .system)
            let id = try #require(try log.event(at: 4)).id
            #expect(try log.verify().isClean)

            try log.store.write { _ = try LogTables.ids.delete(id, in: $0) }
            let withoutID = try log.verify()
            try log.store.write { transaction in
                try LogTables.ids.put(id, PositionRun(first: 4, count: 1), in: transaction)
                let run = PositionRun(first: 1, count: 3)
                try LogTables.streams.put(StreamKey(stream: "system", version: 1), run, in: transaction)
            }
            let withShortRun = try log.verify()

            #expect(withoutID.problemCount == 2)
            #expect(withoutID.problems.first?.position == 4)
            #expect(withShortRun.problems.map(\.position) == [4, 5, 5])
        }
    }

    @Test func aHashTreeThatDisagreesIsFound() async throws {
        try await withLog { log in
            _ = try await log.append((1...300).map { note("\($0)") }, to: .system)
            let (tile, edge) = try log.store.read { transaction in
                (
                    try LogTables.tiles.get(LogTables.tileKey(level: 8, index: 0), in: transaction),
                    try LogTables.edge.get("edge", in: transaction)
                )
            }
            let other = try log.tree { try $0.digest(level: 0, index: 7) }

            try log.store.write { try LogTables.tiles.put(LogTables.tileKey(level: 8, index: 0), other, in: $0) }
            let wrongTile = try log.verify()
            try log.store.write { transaction in
                try LogTables.tiles.put(
                    LogTables.tileKey(level: 8, index: 0), try #require(tile), in: transaction)
                var digests = try #require(edge).nodes.map(\.digest)
                digests[1] = other
                let wrong = try #require(CompactRange(size: 300, digests: digests))
                try LogTables.edge.put("edge", wrong, in: transaction)
            }
            let wrongEdge = try log.verify()

            #expect(wrongTile.problems.map(\.position) == [256])
            #expect(wrongTile.problems.first?.reason.contains("events 1 to 256") == true)
            #expect(wrongEdge.problems.map(\.position) == [300])
        }
    }

    @Test func aPartOfTheLogCanBeVerified() async throws {
        try await withLog { log in
            for number in 1...30 { _ = try await log.append([note("\(number)")], to: .run("\(number % 3)")) }
            var progress: [Position] = []

            let verification = try log.verify(from: 10, through: 20) { progress.append($0) }

            #expect(verification == Verification(first: 10, last: 20, events: 11))
            #expect(progress == [20])
            #expect(try log.verify(from: 25, through: 99).last == 30)
        }
    }

    @Test func anEmptyLogIsClean() async throws {
        try await withLog { log async throws in #expect(try log.verify().isClean) }
    }
}
