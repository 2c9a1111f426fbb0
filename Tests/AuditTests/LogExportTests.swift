import Audit
import EventStore
import Events
import Foundation
import TestSupport
import Testing

/// What an export holds, and in what form.
struct LogExportTests {
    /// Ten notes, recorded a second apart; each third one in a stream and of a type of its own.
    private func withNotes<Result>(_ body: (EventLog) throws -> Result) throws -> Result {
        try withLog { log in
            let notes = try StoredEvent.notes(10)
            var versions: [StreamID: UInt64] = [:]
            try log.appendRecorded(
                try notes.map { note in
                    var event = note
                    if note.position % 3 == 0 {
                        let stopped = Event.serviceStopped(.with { $0.reason = "\(note.position)" })
                        event = try StoredEvent(
                            stopped, position: note.position, stream: try .run("r"), recordedAt: note.recordedAt)
                    }
                    versions[event.stream, default: 0] += 1
                    event.version = versions[event.stream] ?? 0
                    return event
                })
            return try body(log)
        }
    }

    static let filters: [(select: @Sendable (inout LogSelection) -> Void, positions: [Int])] = [
        ({ _ in }, Array(1...10)),
        ({ $0.from = 4 }, Array(4...10)),
        ({ $0.through = 4 }, Array(1...4)),
        ({ ($0.from, $0.through) = (4, 6) }, [4, 5, 6]),
        ({ ($0.from, $0.through) = (7, 3) }, []),
        ({ $0.from = .max }, []),
        ({ $0.through = .max }, Array(1...10)),
        ({ $0.types = [.serviceStopped] }, [3, 6, 9]),
        ({ $0.types = [.serviceStopped, .logRecorded] }, Array(1...10)),
        ({ $0.stream = "run-r" }, [3, 6, 9]),
        ({ $0.stream = "run" }, []),
        ({ $0.since = 8_000_000_000 }, [8, 9, 10]),
        ({ $0.until = 3_000_000_000 }, [1, 2]),
        ({ ($0.types, $0.since) = ([.logRecorded], 6_000_000_001) }, [7, 8, 10]),
    ]

    @Test(arguments: filters.indices)
    func filtersNarrowIt(index: Int) throws {
        let (select, positions) = Self.filters[index]
        try withNotes { log in
            var export = LogExport(.ndjson)
            select(&export.selection)
            let found = try export.lines(log).map { line in
                try #require(line.firstMatch(of: /"position":(\d+)/).flatMap { Int($0.1) })
            }
            #expect(found == positions)
        }
    }

    @Test func aLineOfJSONIsWhatShowPrints() throws {
        try withLog { log in
            try log.appendRecorded([try StoredEvent(sample("Paris"), stream: try .run("r"))])
            let line = try LogExport(.ndjson).lines(log)[0]
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            #expect(
                object.keys.sorted() == [
                    "data", "id", "position", "recorded_at", "schema_version", "stream", "stream_version", "type",
                ])
            #expect(object["recorded_at"] as? String == "2026-01-21T07:29:12.318000001Z")
            #expect(object["type"] as? String == "InferenceSampled")
            #expect(object["position"] as? Int == 1)
            #expect((object["data"] as? [String: Any])?["kept_output"] as? [String: String] == ["text": "Paris"])
        }
    }

    @Test func aTableReadsBackAsItWasWritten() throws {
        try withLog { log in
            let messages = ["plain", "a,b", "say \"hi\"", "two\nlines\r\nthree", "=1+1"]
            try log.appendRecorded(
                try messages.enumerated().map { index, message in
                    try StoredEvent(
                        .logRecorded(.with { $0.message = message }), position: Position(index + 1),
                        stream: try StreamID(["system", "=1+1", "@a,b", "-\"x\"", "+"][index]))
                })
            let rows = try CSVReader.rows(try LogExport(.csv).text(log))
            #expect(
                rows[0] == [
                    "position", "recorded_at", "type", "schema_version", "stream", "stream_version", "id", "data",
                ])
            #expect(rows.dropFirst().map { $0[0] } == ["1", "2", "3", "4", "5"])
            #expect(rows.dropFirst().map { $0[4] } == ["system", "'=1+1", "'@a,b", "'-\"x\"", "'+"])
            #expect(rows[1][1] == "2026-01-21T07:29:12.318000001Z")
            for (row, message) in zip(rows.dropFirst(), messages) {
                let data = try JSONSerialization.jsonObject(with: Data(row[7].utf8)) as? [String: Any]
                #expect(data?["message"] as? String == message)
            }
        }
    }

    @Test func anEmptyLogIsAnEmptyExport() throws {
        try withLog { log in
            let texts = try LogFormat.allCases.map { try LogExport($0).text(log) }
            #expect(texts == ["", "", "position,recorded_at,type,schema_version,stream,stream_version,id,data\r\n"])
        }
    }

    @Test func itComesInPiecesAndTellsHowFarItIs() throws {
        try withLog { log in
            try log.appendRecorded(try StoredEvent.notes(2_000))
            var pieces: [Int] = []
            var progress: [UInt64] = []
            let summary = try LogExport(.cloudevents).write(
                log, to: { pieces.append($0.count) },
                progress: { done, total in
                    #expect(total == 2_000)
                    progress.append(done)
                })
            #expect(pieces.count > 3)
            #expect(pieces.allSatisfy { $0 < 257 << 10 })
            #expect(progress == progress.sorted())
            #expect(progress.last == 2_000)
            #expect(summary.events == 2_000)
            #expect(summary.bytes == UInt64(pieces.reduce(0, +)))
            #expect(summary.asOf == 2_000)
        }
    }

    @Test func whatComesLaterIsNotInIt() throws {
        try withLog { log in
            try log.appendRecorded(try StoredEvent.notes(2_000))
            var text = 0
            // Appends in the middle of the export: neither waits for the other.
            let summary = try LogExport(.cloudevents).write(
                log,
                to: { bytes in
                    text += bytes.count { $0 == 0x0A }
                    try log.appendBlocking([NewEvent(.logRecorded(.init()))], to: .system)
                })
            #expect(summary.events == 2_000)
            #expect(text == 2_000)
            #expect(try log.lastPosition() > 2_000)
        }
    }

    @Test func anEventThatCantBeReadIsNamed() throws {
        try withLog { log in
            var events = try StoredEvent.notes(3)
            events[1].payload = [0xFF]
            try log.appendRecorded(events)
            let error = #expect(throws: AuditError.self) { try LogExport(.csv).text(log) }
            guard case .unreadableEvent(2, _) = error else { throw try #require(error) }
        }
    }

    @Test func aCancelledOneStops() async throws {
        try await withTemporaryFolder { folder in
            let log = try EventLog(folder: folder)
            defer { log.close() }
            try log.appendRecorded(try StoredEvent.notes(2_000))
            let task = Task {
                try LogExport(.cloudevents).write(log, to: { _ in withUnsafeCurrentTask { $0?.cancel() } })
            }
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }
}

/// A strict reader of RFC 4180: lines end with CR LF, the last one too; quotes only around a whole cell, doubled inside.
enum CSVReader {
    struct Malformed: Error { var offset: Int }

    static func rows(_ text: String) throws -> [[String]] {
        let bytes = Array(text.utf8)
        var rows: [[String]] = []
        var row: [String] = []
        var next = 0
        func at(_ index: Int) -> UInt8? { index < bytes.count ? bytes[index] : nil }
        while next < bytes.count {
            var cell: [UInt8] = []
            if at(next) == UInt8(ascii: "\"") {
                next += 1
                while true {
                    guard let byte = at(next) else { throw Malformed(offset: next) }
                    if byte == UInt8(ascii: "\"") {
                        guard at(next + 1) == UInt8(ascii: "\"") else { break }
                        next += 1
                    }
                    cell.append(byte)
                    next += 1
                }
                next += 1
            } else {
                while let byte = at(next), !",\r\n".utf8.contains(byte) {
                    guard byte != UInt8(ascii: "\"") else { throw Malformed(offset: next) }
                    cell.append(byte)
                    next += 1
                }
            }
            row.append(String(decoding: cell, as: UTF8.self))
            if at(next) == UInt8(ascii: ",") {
                next += 1
            } else {
                guard at(next) == 0x0D, at(next + 1) == 0x0A else { throw Malformed(offset: next) }
                next += 2
                rows.append(row)
                row = []
            }
        }
        guard row.isEmpty, Set(rows.map(\.count)).count == 1 else { throw Malformed(offset: next) }
        return rows
    }
}
