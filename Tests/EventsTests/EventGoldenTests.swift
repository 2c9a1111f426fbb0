import Events
import Foundation
import TestSupport
import Testing

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
            try Data(example.payload()).write(to: URL(fileURLWithPath: path))
        }

        let stored = try #require(FileManager.default.contents(atPath: path), "no golden file \(path)")
        let event = try stored.withUnsafeBytes {
            try Event(type: example.type, schemaVersion: example.schemaVersion, payload: $0)
        }

        #expect(event == example)
        #expect(try Data(example.payload()) == stored)
    }

    @Test func everyGoldenFileHasItsExample() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder)
        #expect(Set(files) == Set(EventExamples.all.map { "\($0.type.name)-\($0.schemaVersion).bin" }))
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

    @Test func bytesThatAreNoMessageAreRefused() {
        let bytes: [UInt8] = [0x0a, 0xff]
        #expect(throws: EventError.self) {
            try bytes.withUnsafeBytes { try Event(type: .runStarted, schemaVersion: 1, payload: $0) }
        }
    }
}
