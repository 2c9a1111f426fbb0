import Events
import Foundation
import Storage
import TestSupport
import Testing

@testable import EventStore

struct OpeningTests {
    @Test func aLogKeepsItsEventsAndItsIdentity() async throws {
        try await withTemporaryFolder { folder in
            let first = try EventLog(folder: folder)
            let source = first.source
            _ = try await first.append([note("a")], to: .system)
            first.close()

            let second = try EventLog(folder: folder)
            defer { second.close() }

            #expect(second.source == source)
            #expect(SourceID(source.description) == source)
            #expect(try second.event(at: 1)?.message == "a")
            #expect(try await second.append([note("b")], to: .system, expecting: .exactly(1)).last == 2)
        }
    }

    @Test func readingOnlyReadsAndRefusesToAppend() async throws {
        try await withTemporaryFolder { folder in
            #expect(
                LogError.code { _ = try EventLog(folder: folder + "/absent", access: .readOnly) } == .store(.missing))
            let writer = try EventLog(folder: folder)
            _ = try await writer.append([note("a")], to: .system)
            writer.close()

            let log = try EventLog(folder: folder, access: .readOnly)
            defer { log.close() }

            #expect(log.source == writer.source)
            #expect(try log.read(from: 1, limit: 5).map(\.message) == ["a"])
            let error = await #expect(throws: LogError.self) { try await log.append([note("b")], to: .system) }
            #expect(error?.code == .readOnly)
        }
    }

    @Test func aLogOfANewerFormatIsRefusedWithASentence() throws {
        try withTemporaryFolder { folder throws in
            try EventLog(folder: folder).close()
            let store = try Store(folder: folder)
            try store.write { try LogTables.meta.put("format", "3", in: $0) }
            store.close()

            let error = #expect(throws: LogError.self) { _ = try EventLog(folder: folder) }

            #expect(error?.code == .newerFormat)
            #expect(
                error?.description
                    == "Could not open the log in '\(folder)': it has format 3 and this flperf reads up to 2. "
                    + "It was written by a newer flperf: use that one.")
        }
    }

    @Test func anEventOfANewerEnvelopeIsRefusedWithASentence() async throws {
        try await withLog { log in
            _ = try await log.append([note("a")], to: .system)
            try log.store.write { transaction in
                var bytes = try LogTables.events.get(1, in: transaction) ?? []
                bytes[0] = 9
                try LogTables.events.put(1, bytes, in: transaction)
            }

            let error = #expect(throws: LogError.self) { try log.event(at: 1) }

            #expect(error?.code == .newerFormat)
            #expect(error?.description.contains("newer flperf") == true)
        }
    }

    @Test func anEventOfAnUnknownTypeIsWholeButNotDecoded() async throws {
        try await withLog { log in
            _ = try await log.append(count: 1, expecting: .any) {
                let events = EncodedEvents(stream: .system, count: 1, size: Envelope.size(stream: .system, payload: 3))
                ([1, 2, 3] as [UInt8]).withUnsafeBytes {
                    events.add(type: 9999, schemaVersion: 1, id: .make(), payload: $0)
                }
                return events
            }

            #expect(LogError.code { _ = try log.event(at: 1) } == .undecodable(1))
            #expect(try log.verify().isClean)
        }
    }

    @Test func aSecondOpeningInThisProcessIsRefused() throws {
        try withTemporaryFolder { folder throws in
            let log = try EventLog(folder: folder)
            defer { log.close() }

            #expect(LogError.code { _ = try EventLog(folder: folder) } == .store(.locked))
        }
    }

    @Test func aFileThatWasCutShortIsRefused() async throws {
        try await withTemporaryFolder { folder in
            let log = try EventLog(folder: folder)
            _ = try await log.append((0..<500).map { note("\($0)") }, to: .system)
            log.close()
            let size = try #require(FileManager.default.contents(atPath: folder + "/data.mdb")).count

            for cut in [size - 4096, size / 2 / 4096 * 4096, 4096] {
                truncate(folder + "/data.mdb", off_t(cut))
                #expect(LogError.code { _ = try EventLog(folder: folder) } == .store(.corrupted))
            }
        }
    }

    @Test func aLogThatIsDroppedClosesItself() async throws {
        try await withTemporaryFolder { folder in
            do {
                let log = try EventLog(folder: folder)
                _ = try await log.append([note("a")], to: .system)
            }
            let log = try EventLog(folder: folder)
            #expect(try log.lastPosition() == 1)
            log.close()
        }
    }
}
