import Foundation
import SwiftProtobuf
import Testing

@testable import Events

/// The view and SwiftProtobuf read the same bytes: they must both refuse them, or agree on every field.
struct SampleViewTests {
    @Test(arguments: 0..<4)
    func bothReadersAgreeOnGeneratedAndMutatedBytes(seed: UInt64) throws {
        var random = SeededBits(seed)
        var accepted = 0
        var refused = 0
        for _ in 0..<60 {
            let fields = GeneratedSample.fields(&random)
            var inputs = [fields.flatMap(\.self)]
            for _ in 0..<10 { inputs.append(GeneratedSample.rearranged(fields, &random)) }
            for _ in 0..<12 { inputs.append(GeneratedSample.damaged(inputs[Int(random.next() % 11)], &random)) }
            for input in inputs {
                for version in 1...EventType.inferenceSampled.schemaVersion {
                    if try agree(on: input, version) { accepted += 1 } else { refused += 1 }
                }
            }
        }
        #expect(accepted > 1_000)
        #expect(refused > 200)
    }

    @Test(arguments: Payloads.accepted)
    func unusualBytesAreAccepted(name: String, bytes: [UInt8]) throws {
        for version in 1...EventType.inferenceSampled.schemaVersion {
            #expect(try agree(on: bytes, version), "\(name)")
        }
    }

    @Test(arguments: Payloads.refused)
    func wrongBytesAreRefused(name: String, bytes: [UInt8]) throws {
        for version in 1...EventType.inferenceSampled.schemaVersion {
            #expect(try !agree(on: bytes, version), "\(name)")
        }
    }

    @Test func everyFieldIsRead() throws {
        let payload: [UInt8] = try EventExamples.sample.serializedBytes()
        try payload.withUnsafeBytes { bytes in
            let view = try SampleView(bytes, schemaVersion: 3)
            #expect(InferenceSampled(view) == EventExamples.sample)
            #expect(Array(view.chunkArrivals) == EventExamples.sample.chunkArrivals)
        }
    }

    @Test func theLevelOfAnOpenLoopAndTheCooldownAreRead() throws {
        var sample = EventExamples.sample
        (sample.level, sample.rateMillionths, sample.cooldown, sample.error) = (0, 2_500_000, true, .shed)
        let payload: [UInt8] = try sample.serializedBytes()
        try payload.withUnsafeBytes { bytes in
            let view = try SampleView(bytes, schemaVersion: 3)
            #expect(InferenceSampled(view) == sample)
            let isAllKnown = !view.hasUnknownFields
            #expect(isAllKnown)
        }
    }

    @Test func theOutputOfVersionOneIsRead() throws {
        let path = EventGoldenTests.folder + "/InferenceSampled-1.bin"
        try #require(FileManager.default.contents(atPath: path)).withUnsafeBytes { bytes in
            let view = try SampleView(bytes, schemaVersion: 1)
            #expect(InferenceSampled(view) == EventExamples.olderSample)
        }
    }

    @Test(arguments: [0, 4] as [UInt16])
    func otherVersionsAreRefusedAsEventsAre(version: UInt16) {
        let empty = UnsafeRawBufferPointer(start: nil, count: 0)
        let asEvent = #expect(throws: EventError.self) {
            try Event(type: .inferenceSampled, schemaVersion: version, payload: empty)
        }
        let asView = #expect(throws: EventError.self) { _ = try SampleView(empty, schemaVersion: version) }
        #expect(asView == asEvent)
    }

    @Test(arguments: [
        [], [1], [0x80], [0x80, 1], [5, 0x80], [UInt8](repeating: 0xFF, count: 9) + [1],
        [UInt8](repeating: 0xFF, count: 9) + [2], [UInt8](repeating: 0x80, count: 10) + [1],
    ])
    func varintsAreReadOneAfterAnotherAsAllAtOnce(bytes: [UInt8]) {
        #expect(bytes.withUnsafeBytes { Array(VarintSequence($0)) } == Varints.decode(bytes) ?? [])
    }

    /// Whether both readers accept the bytes; records an issue where they differ.
    private func agree(on bytes: [UInt8], _ version: UInt16, _ location: SourceLocation = #_sourceLocation) throws
        -> Bool
    {
        let message = try? self.message(bytes, version)
        return bytes.withUnsafeBytes { lent in
            do {
                let view = try SampleView(lent, schemaVersion: version)
                #expect(message != nil, "only the view accepts \(bytes)", sourceLocation: location)
                guard let message else { return true }
                #expect(InferenceSampled(view) == message.known, "\(bytes)", sourceLocation: location)
                #expect(view.hasUnknownFields == message.hasUnknownFields, "\(bytes)", sourceLocation: location)
                #expect(
                    Array(view.chunkArrivals) == message.known.chunkArrivals, "\(bytes)", sourceLocation: location)
            } catch {
                #expect(message == nil, "only SwiftProtobuf accepts \(bytes)", sourceLocation: location)
                return false
            }
            return true
        }
    }

    /// What SwiftProtobuf reads: the fields that are known, and whether there are others.
    private func message(_ bytes: [UInt8], _ version: UInt16) throws -> (
        known: InferenceSampled, hasUnknownFields: Bool
    ) {
        var discarding = BinaryDecodingOptions()
        discarding.discardUnknownFields = true
        let whole = try InferenceSampled(serializedBytes: bytes)
        var known = try InferenceSampled(serializedBytes: bytes, options: discarding)
        var unknown = whole.unknownFields.data
        if version == 1 {
            let texts = try InferenceSampledTextsV1(serializedBytes: bytes)
            if texts.hasOutput { known.outputText = texts.output }
            unknown = try InferenceSampledTextsV1(serializedBytes: unknown).unknownFields.data
        }
        let others = [
            unknown, whole.server.unknownFields.data, whole.keptOutput.unknownFields.data,
            whole.connection.unknownFields.data, whole.client.unknownFields.data,
        ]
        return (known, others.contains { !$0.isEmpty })
    }
}

/// Bytes that a generator seldom finds.
private enum Payloads {
    static let accepted: [(String, [UInt8])] = [
        ("nothing", []),
        ("a negative time in ten bytes", [0x40] + [UInt8](repeating: 0xFF, count: 9) + [1]),
        ("bits beyond the 64th", [0x40] + [UInt8](repeating: 0xFF, count: 9) + [0x7F]),
        ("a number longer than it need be", [0x20, 0x81, 0x80, 0x80, 0x00]),
        ("a level of more than 32 bits", [0x20, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]),
        ("a tag longer than it need be", [0xA0, 0x80, 0x80, 0x80, 0x00, 7]),
        ("an empty server message", [0xE2, 0x01, 0]),
        ("two server messages, merged", [0xE2, 0x01, 2, 8, 1, 0xE2, 0x01, 4, 8, 2, 16, 3]),
        ("a case that the enumeration does not have", [0xA8, 0x01, 99]),
        ("a negative case", [0xA8, 0x01] + [UInt8](repeating: 0xFF, count: 9) + [1]),
        ("a known field of another wire type", [0x25, 1, 2, 3, 4, 0x0D, 1, 2, 3, 4]),
        ("a group", [0xA3, 0x06, 8, 1, 0xA4, 0x06]),
        ("groups in groups", [UInt8](repeating: 0x0B, count: 99) + [UInt8](repeating: 0x0C, count: 99)),
        ("the last of two", [0x20, 1, 0x20, 2]),
        ("a text and its commitment", [0xA2, 0x02, 6, 0x0A, 1, 0x61, 0x12, 1, 9]),
        (
            "groups in groups in a message",
            [0xE2, 0x01, 0xC4, 0x01] + [UInt8](repeating: 0x0B, count: 98) + [UInt8](repeating: 0x0C, count: 98)
        ),
        ("an empty output of version 1", [0xF2, 0x01, 0]),
        ("the output of version 1", [0xF2, 0x01, 2, 0x68, 0x69]),
    ]

    static let refused: [(String, [UInt8])] = [
        ("a number of eleven bytes", [0x40] + [UInt8](repeating: 0xFF, count: 10) + [1]),
        ("a number without its end", [0x40, 0x80]),
        ("a tag without a value", [0x40]),
        ("a tag without its end", [0x80]),
        ("a tag of six bytes", [0xA0, 0x80, 0x80, 0x80, 0x80, 0x00, 7]),
        ("a tag of more than 32 bits", [0xA0, 0x80, 0x80, 0x80, 0x10, 7]),
        ("field 0", [0x00, 1]),
        ("wire type 6", [0x26, 1]),
        ("wire type 7", [0x27, 1]),
        ("a length beyond the end", [0x0A, 5, 0x61]),
        ("a length beyond any end", [0x0A] + [UInt8](repeating: 0xFF, count: 9) + [1]),
        ("a name that is not UTF-8", [0x0A, 2, 0xC3, 0x28]),
        ("a name that is not UTF-8, then one that is", [0x0A, 1, 0xFF, 0x0A, 1, 0x61]),
        ("half a surrogate pair", [0x0A, 3, 0xED, 0xA0, 0x80]),
        ("a slash longer than it may be", [0x0A, 2, 0xC0, 0xAF]),
        ("the end of no group", [0x0C]),
        ("a group without its end", [0xA3, 0x06, 8, 1]),
        ("a group with another's end", [0xA3, 0x06, 0xAC, 0x06]),
        ("groups too deep", [UInt8](repeating: 0x0B, count: 100) + [UInt8](repeating: 0x0C, count: 100)),
        (
            "groups too deep in a message",
            [0xE2, 0x01, 0xC6, 0x01] + [UInt8](repeating: 0x0B, count: 99) + [UInt8](repeating: 0x0C, count: 99)
        ),
        ("a server message that goes too far", [0xE2, 0x01, 1, 8]),
    ]
}
