import Events
import Testing

struct EnvelopeTests {
    /// One event as this format will store it for ever: change a byte and old logs can't be read.
    @Test func theBytesAreTheDocumentedOnes() throws {
        let stored = try envelope()

        let expected: [UInt8] =
            [1, 6] + [0x25, 0x01] + [1, 0] + [0, 0]  // format, name length, type 293, schema version 1, no texts
            + [7, 0, 0, 0, 0, 0, 0, 0] + [0x15, 0xCD, 0x5B, 0x07, 0, 0, 0, 0]  // position 7, recorded at 123456789
            + Array(0x01...0x10) + [3, 0, 0, 0, 0, 0, 0, 0] + [5, 0, 0, 0]  // id, version 3, payload of 5
        #expect(Array(stored[..<52]) == expected)
        #expect(Array(stored[56...]) == Array("system".utf8) + [9, 8, 7, 6, 5])
        #expect(Array(stored[52..<56]) == [0x9F, 0x29, 0xFA, 0x40])
    }

    @Test func everyFieldIsReadBack() throws {
        try envelope().withUnsafeBytes { bytes in
            let raw = try RawEvent(bytes)
            try raw.checkChecksum()
            #expect(raw.type.rawValue == 293)
            #expect(raw.schemaVersion == 1)
            #expect(raw.textCount == 0)
            #expect(raw.position == 7)
            #expect(raw.recordedAt == 123_456_789)
            #expect(raw.id == EventID(high: 0x0102_0304_0506_0708, low: 0x090A_0B0C_0D0E_0F10))
            #expect(raw.streamVersion == 3)
            #expect(try raw.stream() == .system)
            #expect(Array(raw.payload) == [9, 8, 7, 6, 5])
        }
    }

    @Test func theNumberOfTextsIsReadBack() throws {
        let stored = try envelope(texts: 0x0201)

        #expect(Array(stored[6..<8]) == [0x01, 0x02])
        try stored.withUnsafeBytes { bytes in
            let raw = try RawEvent(bytes)
            try raw.checkChecksum()
            #expect(raw.textCount == 0x0201)
        }
    }

    @Test func everyFlippedBitIsFound() throws {
        let whole = try envelope()
        for bit in 0..<whole.count * 8 {
            var damaged = whole
            damaged[bit / 8] ^= 1 << (bit % 8)

            #expect(throws: EnvelopeError.self, "bit \(bit)") {
                try damaged.withUnsafeBytes { try RawEvent($0).checkChecksum() }
            }
        }
    }

    @Test func everyShorterValueIsRefused() throws {
        let whole = try envelope()
        for count in 0..<whole.count {
            #expect(throws: EnvelopeError.self) {
                try Array(whole[..<count]).withUnsafeBytes { _ = try RawEvent($0) }
            }
        }
    }

    @Test func aNewerFormatSaysThatANewerFlperfWroteIt() throws {
        var newer = try envelope()
        newer[0] = 2

        let error = #expect(throws: EnvelopeError.self) { try newer.withUnsafeBytes { _ = try RawEvent($0) } }

        #expect(error == .newerFormat(2))
        #expect(error?.description.contains("newer flperf") == true)
    }

    @Test func anEventCanBeGivenAnotherPlace() throws {
        var bytes = try envelope()
        let first = bytes
        let id = EventID(high: 0x0102_0304_0506_0708, low: 0x090A_0B0C_0D0E_0F10)
        bytes.withUnsafeMutableBytes { bytes in
            ([9, 8, 7, 6, 5] as [UInt8]).withUnsafeBytes {
                Envelope.prepare(bytes, type: 293, schemaVersion: 1, id: id, stream: .system, payload: $0)
            }
            let body = Envelope.bodyChecksum(UnsafeRawBufferPointer(bytes))
            Envelope.seal(bytes, position: 99, recordedAt: 1, streamVersion: 9, bodyChecksum: body)
            Envelope.seal(bytes, position: 7, recordedAt: 123_456_789, streamVersion: 3, bodyChecksum: body)
        }
        #expect(bytes == first)
    }

    private func envelope(texts: UInt16 = 0) throws -> [UInt8] {
        let payload: [UInt8] = [9, 8, 7, 6, 5]
        var stored = [UInt8](repeating: 0xFF, count: Envelope.size(stream: .system, payload: payload.count))
        stored.withUnsafeMutableBytes { bytes in
            payload.withUnsafeBytes {
                Envelope.prepare(
                    bytes, type: 293, schemaVersion: 1,
                    id: EventID(high: 0x0102_0304_0506_0708, low: 0x090A_0B0C_0D0E_0F10),
                    stream: .system, payload: $0, texts: texts)
            }
            let body = Envelope.bodyChecksum(UnsafeRawBufferPointer(bytes))
            Envelope.seal(bytes, position: 7, recordedAt: 123_456_789, streamVersion: 3, bodyChecksum: body)
        }
        return stored
    }
}

struct CRC32CTests {
    /// RFC 3720, appendix B.4, and the check value of the CRC catalogue.
    @Test(
        arguments: [
            ([UInt8](repeating: 0, count: 32), 0x8A91_36AA), ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
            (Array(0..<32), 0x46DD_794E), (Array((0..<32).reversed()), 0x113F_DB5C),
            (Array("123456789".utf8), 0xE306_9283),
            ([], 0),
        ] as [([UInt8], UInt32)])
    func publishedValuesComeOut(bytes: [UInt8], checksum: UInt32) {
        #expect(bytes.withUnsafeBytes { CRC32C.of($0) } == checksum)
    }

    @Test func partsGiveTheSameAsTheWhole() {
        let bytes = (0..<100).map { UInt8($0 * 37 % 251) }
        let whole = bytes.withUnsafeBytes { CRC32C.of($0) }
        for cut in 0...bytes.count {
            let first = Array(bytes[..<cut]).withUnsafeBytes { CRC32C.of($0) }
            #expect(Array(bytes[cut...]).withUnsafeBytes { CRC32C.of($0, continuing: first) } == whole)
        }
    }
}
