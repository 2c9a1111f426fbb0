/// The bytes around an event in the log. Little-endian; one stored value is header, stream name, payload.
///
/// ```
///  0  UInt8   format version, 1
///  1  UInt8   length of the stream's name, in bytes (1 to 200)
///  2  UInt16  event type
///  4  UInt16  schema version of the payload
///  6  UInt16  number of texts kept apart from the payload; 0 of most events
///  8  UInt64  position in the log, from 1
/// 16  Int64   when it was recorded: ns since the epoch, UTC
/// 24  16      event id, in the order of its text (big-endian)
/// 40  UInt64  version in the stream, from 1
/// 48  UInt32  length of the payload, in bytes
/// 52  UInt32  CRC32C of everything else: first the bytes from 56 to the end, then those from 0 to 51
/// 56          the stream's name (visible ASCII), then the payload (protobuf)
/// ```
///
/// The checksum begins with what the caller knows, so that the writer, which alone knows position, time and version, has
/// only 52 bytes left to add.
public enum Envelope {
    /// The format that this build writes, and the newest that it reads.
    public static let formatVersion: UInt8 = 1
    /// Bytes before the stream's name.
    public static let headerSize = 56
    /// The largest payload, in bytes.
    public static let payloadLimit = 16 << 20

    /// How many bytes an event takes.
    public static func size(stream: StreamID, payload: Int) -> Int { headerSize + stream.name.utf8.count + payload }

    /// Writes all that is known before the event has its place: everything but position, time and version. The checksum
    /// so far stands where the whole one will.
    public static func prepare(
        _ bytes: UnsafeMutableRawBufferPointer, type: UInt16, schemaVersion: UInt16, id: EventID, stream: StreamID,
        payload: UnsafeRawBufferPointer, texts: UInt16 = 0
    ) {
        let nameLength = stream.name.utf8.count
        precondition(bytes.count == headerSize + nameLength + payload.count, "the buffer is made for this event")
        precondition(payload.count <= payloadLimit, "a payload is checked before it gets here")
        bytes.storeBytes(of: formatVersion, toByteOffset: 0, as: UInt8.self)
        bytes.storeBytes(of: UInt8(nameLength), toByteOffset: 1, as: UInt8.self)
        bytes.storeBytes(of: type.littleEndian, toByteOffset: 2, as: UInt16.self)
        bytes.storeBytes(of: schemaVersion.littleEndian, toByteOffset: 4, as: UInt16.self)
        bytes.storeBytes(of: texts.littleEndian, toByteOffset: 6, as: UInt16.self)
        bytes.storeBytes(of: id.high.bigEndian, toByteOffset: 24, as: UInt64.self)
        bytes.storeBytes(of: id.low.bigEndian, toByteOffset: 32, as: UInt64.self)
        bytes.storeBytes(of: UInt32(payload.count).littleEndian, toByteOffset: 48, as: UInt32.self)
        var name = stream.name
        name.withUTF8 { UnsafeMutableRawBufferPointer(rebasing: bytes[headerSize...]).copyMemory(from: .init($0)) }
        UnsafeMutableRawBufferPointer(rebasing: bytes[(headerSize + nameLength)...]).copyMemory(from: payload)
        let body = CRC32C.of(UnsafeRawBufferPointer(rebasing: bytes[headerSize...]))
        bytes.storeBytes(of: body.littleEndian, toByteOffset: 52, as: UInt32.self)
    }

    /// Gives a prepared event its place. May be done again with another place: `bodyChecksum` is what `prepare` left at 52.
    public static func seal(
        _ bytes: UnsafeMutableRawBufferPointer, position: UInt64, recordedAt: Int64, streamVersion: UInt64,
        bodyChecksum: UInt32
    ) {
        bytes.storeBytes(of: position.littleEndian, toByteOffset: 8, as: UInt64.self)
        bytes.storeBytes(of: recordedAt.littleEndian, toByteOffset: 16, as: Int64.self)
        bytes.storeBytes(of: streamVersion.littleEndian, toByteOffset: 40, as: UInt64.self)
        let checksum = CRC32C.of(UnsafeRawBufferPointer(rebasing: bytes[..<52]), continuing: bodyChecksum)
        bytes.storeBytes(of: checksum.littleEndian, toByteOffset: 52, as: UInt32.self)
    }

    /// What `prepare` left at 52.
    public static func bodyChecksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 52, as: UInt32.self))
    }
}

/// An event as it lies in the log. Its bytes are lent: it is good for the length of the call that it was given to.
public struct RawEvent: ~Copyable {
    /// The whole stored value.
    public let bytes: UnsafeRawBufferPointer

    /// Looks at stored bytes, and checks that their lengths agree. The checksum is another matter: `checkChecksum`.
    ///
    /// - Throws: `EnvelopeError`.
    public init(_ bytes: UnsafeRawBufferPointer) throws(EnvelopeError) {
        guard bytes.count > Envelope.headerSize else {
            throw .damaged("it has \(bytes.count) bytes, less than its header and a name take")
        }
        guard bytes[0] <= Envelope.formatVersion else { throw .newerFormat(bytes[0]) }
        guard bytes[0] == Envelope.formatVersion else { throw .damaged("its format version is \(bytes[0])") }
        let payloadLength = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 48, as: UInt32.self))
        let length = Envelope.headerSize + Int(bytes[1]) + Int(payloadLength)
        guard bytes.count == length, bytes[1] > 0 else {
            throw .damaged("it has \(bytes.count) bytes and its header says \(length)")
        }
        self.bytes = bytes
    }

    /// Compares the bytes with their checksum.
    public func checkChecksum() throws(EnvelopeError) {
        let body = CRC32C.of(UnsafeRawBufferPointer(rebasing: bytes[Envelope.headerSize...]))
        let found = CRC32C.of(UnsafeRawBufferPointer(rebasing: bytes[..<52]), continuing: body)
        guard found == checksum else { throw .damaged("its checksum is wrong") }
    }

    /// The kind of event.
    public var type: EventType { EventType(rawValue: UInt16(littleEndian: load(2))) }
    /// The payload's schema version.
    public var schemaVersion: UInt16 { UInt16(littleEndian: load(4)) }
    /// How many texts are kept apart from the payload, erased ones included.
    public var textCount: UInt16 { UInt16(littleEndian: load(6)) }
    /// Its place in the log, from 1.
    public var position: UInt64 { UInt64(littleEndian: load(8)) }
    /// When it was recorded: ns since the epoch, UTC.
    public var recordedAt: Int64 { Int64(littleEndian: load(16)) }
    /// Its identity.
    public var id: EventID { EventID(high: UInt64(bigEndian: load(24)), low: UInt64(bigEndian: load(32))) }
    /// Its place in its stream, from 1.
    public var streamVersion: UInt64 { UInt64(littleEndian: load(40)) }
    /// CRC32C of everything else.
    public var checksum: UInt32 { UInt32(littleEndian: load(52)) }

    /// The stream's name as it is stored.
    public var streamName: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[Envelope.headerSize..<Envelope.headerSize + Int(bytes[1])])
    }

    /// The stream.
    ///
    /// - Throws: `EnvelopeError` when the stored name is none.
    public func stream() throws(EnvelopeError) -> StreamID {
        do { return try StreamID(String(decoding: streamName, as: UTF8.self)) } catch { throw .damaged("\(error)") }
    }

    /// The payload as it is stored.
    public var payload: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[(Envelope.headerSize + Int(bytes[1]))...])
    }

    /// The event itself, decoded, with those of its texts that are given; the others read as erased.
    ///
    /// - Throws: `EventError`.
    public func decode(texts: [ErasableText] = []) throws -> Event {
        try Event(type: type, schemaVersion: schemaVersion, payload: payload, texts: texts)
    }

    private func load<Number: FixedWidthInteger & BitwiseCopyable>(_ offset: Int) -> Number {
        bytes.loadUnaligned(fromByteOffset: offset, as: Number.self)
    }
}

/// Why stored bytes are no event.
public enum EnvelopeError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A format version that this build does not know.
    case newerFormat(UInt8)
    /// The bytes are not what was written.
    case damaged(String)

    /// What completes "Could not read the event: …".
    public var description: String {
        switch self {
        case .newerFormat(let version):
            "it has format version \(version) and this flperf reads up to \(Envelope.formatVersion); it was written by a newer "
                + "flperf, use that one"
        case .damaged(let reason): reason
        }
    }
}
