import Foundation
import TestSupport
import Testing

@testable import Events

/// The bytes of every event type and version, as this project once wrote them: they must read as the same for ever.
///
/// A new type gets its file by running the tests once with `FLPERF_WRITE_GOLDEN=1`; a file that is there is never rewritten.
struct EventGoldenTests {
    static let folder = projectFolder + "/Tests/EventsTests/Golden"

    @Test func everyTypeHasAnExample() {
        #expect(Set(EventExamples.all.map(\.type)) == Set(Event.types))
    }

    @Test(arguments: EventExamples.all)
    func storedBytesReadAsTheyWereMeant(example: Event) throws {
        let path = "\(Self.folder)/\(example.type.name)-\(example.schemaVersion).bin"
        if ProcessInfo.processInfo.environment["FLPERF_WRITE_GOLDEN"] != nil,
            !FileManager.default.fileExists(atPath: path)
        {
            try FileManager.default.createDirectory(atPath: Self.folder, withIntermediateDirectories: true)
            try Data(example.encoded { EventExamples.salt }.payload).write(to: URL(fileURLWithPath: path))
        }

        let (payload, texts) = try example.encoded { EventExamples.salt }
        let stored = try #require(FileManager.default.contents(atPath: path), "no golden file \(path)")
        let event = try stored.withUnsafeBytes {
            try Event(type: example.type, schemaVersion: example.schemaVersion, payload: $0, texts: texts)
        }

        #expect(event == example)
        #expect(Data(payload) == stored)
    }

    @Test(arguments: EventExamples.older)
    func olderVersionsReadAsTheCurrentOne(example: Event, version: UInt16) throws {
        let path = "\(Self.folder)/\(example.type.name)-\(version).bin"
        let stored = try #require(FileManager.default.contents(atPath: path), "no golden file \(path)")

        // The first versions had their texts in the event.
        let texts = version == 1 ? [] : try example.encoded { EventExamples.salt }.texts
        let event = try stored.withUnsafeBytes {
            try Event(type: example.type, schemaVersion: version, payload: $0, texts: texts)
        }

        #expect(event == example)
    }

    @Test func everyGoldenFileHasItsExample() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder)
        let current = EventExamples.all.map { "\($0.type.name)-\($0.schemaVersion).bin" }
        let older = EventExamples.older.map { "\($0.example.type.name)-\($0.version).bin" }
        #expect(Set(files) == Set(current + older))
        #expect(files.count == EventExamples.all.reduce(0) { $0 + Int($1.schemaVersion) })
    }

    @Test func aTypeOfANewerVersionSaysSo() {
        let error = #expect(throws: EventError.self) {
            try Event(
                type: EventType(rawValue: 999), schemaVersion: 1, payload: UnsafeRawBufferPointer(start: nil, count: 0))
        }
        #expect(
            error?.description.contains("Upgrade flperf") == true
                || error?.description.contains("upgrade flperf") == true)
    }

    @Test(arguments: Event.types)
    func aVersionThatThisBuildDoesNotKnowIsRefused(type: EventType) throws {
        let empty = UnsafeRawBufferPointer(start: nil, count: 0)
        let newer = #expect(throws: EventError.self) {
            try Event(type: type, schemaVersion: type.schemaVersion + 1, payload: empty)
        }
        #expect(newer == .newerSchema(type.name, type.schemaVersion + 1, reads: type.schemaVersion))
        #expect(newer?.description.contains("Upgrade flperf") == true)
        #expect(throws: EventError.noSuchSchema(type.name, 0)) {
            try Event(type: type, schemaVersion: 0, payload: empty)
        }
    }

    @Test func bytesThatAreNoMessageAreRefused() {
        let bytes: [UInt8] = [0x0a, 0xff]
        #expect(throws: EventError.self) {
            try bytes.withUnsafeBytes { try Event(type: .runStarted, schemaVersion: 1, payload: $0) }
        }
    }
}
