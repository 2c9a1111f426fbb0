import Audit
import EventStore
import Events
import Foundation
import TestSupport
import Testing

/// A log in a folder of the test's own.
func withLog<Result>(_ body: (EventLog) throws -> Result) throws -> Result {
    try withTemporaryFolder { folder in
        let log = try EventLog(folder: folder + "/log")
        defer { log.close() }
        return try body(log)
    }
}

/// An event as its log has it, byte by byte, with the texts that are kept apart.
struct Content: Equatable {
    var bytes: [UInt8]
    var texts: [ErasableText]

    static func of(_ log: EventLog) throws -> [Content] {
        var all: [Content] = []
        try log.scan { (raw: borrowing RawEvent) in
            all.append(Content(bytes: Array(raw.bytes), texts: try log.texts(of: raw)))
            return true
        }
        return all
    }
}

extension StoredEvent {
    /// An event with its place in the log; a test names only what it is about.
    init(
        _ event: Event, position: Position = 1, stream: StreamID = .system, version: UInt64 = 1,
        recordedAt: Int64 = 1_768_980_552_318_000_001
    ) throws {
        let (payload, texts) = try event.encoded()
        self.init(
            position: position, recordedAt: recordedAt, id: .make(), stream: stream, version: version, type: event.type,
            schemaVersion: event.schemaVersion, payload: payload, textCount: UInt16(texts.count), texts: texts)
    }

    /// Log lines that say 1, 2, 3 and so on.
    static func notes(_ count: Int) throws -> [StoredEvent] {
        try (1...count).map { number in
            try StoredEvent(
                .logRecorded(.with { $0.message = "\(number)" }), position: Position(number), version: UInt64(number),
                recordedAt: Int64(number) * 1_000_000_000)
        }
    }

    /// The stored payloads of every event type in every schema version, from the golden files.
    static func golden() throws -> [StoredEvent] {
        let folder = projectFolder + "/Tests/EventsTests/Golden"
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        return try files.enumerated().map { index, file in
            let parts = file.replacing(".bin", with: "").split(separator: "-")
            let payload = try #require(FileManager.default.contents(atPath: "\(folder)/\(file)"))
            return StoredEvent(
                position: Position(index + 1), recordedAt: 1_768_980_552_000_000_000 + Int64(index), id: .make(),
                stream: try .run("r\(index)"), version: 1, type: try #require(EventType(named: String(parts[0]))),
                schemaVersion: try #require(UInt16(parts[1])), payload: [UInt8](payload), textCount: 0, texts: [])
        }
    }
}

/// A sample that kept what the model answered.
func sample(_ text: String) -> Event {
    var sample = InferenceSampled.fixture()
    sample.outputText = text
    return .inferenceSampled(sample)
}

extension LogExport {
    /// What it writes, as text.
    func text(_ log: EventLog) throws -> String {
        var bytes: [UInt8] = []
        _ = try write(log, to: { bytes += $0 })
        return try #require(String(validating: bytes, as: UTF8.self))
    }

    /// Its lines.
    func lines(_ log: EventLog) throws -> [String] {
        let text = try text(log)
        #expect(text.isEmpty || text.hasSuffix("\n"))
        return text.split(separator: "\n").map(String.init)
    }
}

/// Reads an export into a new log, and lends that.
func importing<Result>(_ lines: [String], _ body: (EventLog, LogImport.Summary) throws -> Result) throws -> Result {
    try withTemporaryFolder { folder in
        let reader = try LogImport(path: try file(lines, in: folder))
        let log = try EventLog(folder: folder + "/log", source: reader.source)
        defer { log.close() }
        return try body(log, try reader.run(into: log))
    }
}

/// A file with these lines.
func file(_ lines: [String], in folder: String) throws -> String {
    let path = folder + "/export.jsonl"
    try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: URL(fileURLWithPath: path))
    return path
}
