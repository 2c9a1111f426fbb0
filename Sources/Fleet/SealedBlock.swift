import EventStore
import Events
import Foundation
import Transparency

/// Events of one log as they lie there, byte by byte, sealed for the way to another machine.
///
/// Little-endian:
/// ```
///  0  4       "FLPB"
///  4  UInt32  format version, 1
///  8  16      the log's source
/// 24  UInt64  position of the first event
/// 32  UInt64  position of the last event
/// 40  UInt64  the highest position that has been sealed so far: that of the last event, unless the block is sent once more
/// 48  32      root of the log's hash tree (RFC 6962) over its events 1 to the last of these
/// 80  UInt32  CRC32C of everything else: first the bytes from 84 to the end, then those from 0 to 79
/// 84          for each event UInt32 length and the stored bytes
/// ```
public struct SealedBlock: Sendable, Equatable {
    static let headerSize = 84
    private static let magic = Array("FLPB".utf8)
    private static let formatVersion: UInt32 = 1

    /// The log that the events come from.
    public let source: SourceID
    /// Position of the first event.
    public let first: Position
    /// Position of the last event.
    public let last: Position
    /// The highest position that was sealed when this was: never falls from one block of a stream to the next.
    public let through: Position
    /// The root of the log's hash tree over its events through `last`.
    public let root: Digest
    /// The whole block.
    public let bytes: [UInt8]

    /// Seals events.
    ///
    /// - Parameters:
    ///   - events: from `first` on, each with its length before it, as `append` of a `BlockSealer` lays them down.
    init(source: SourceID, first: Position, last: Position, through: Position, root: Digest, events: [UInt8]) {
        var bytes = Self.magic
        bytes.reserveCapacity(Self.headerSize + events.count)
        withUnsafeBytes(of: Self.formatVersion.littleEndian) { bytes += $0 }
        withUnsafeBytes(of: source.uuid.uuid) { bytes += $0 }
        for number in [first, last, through] { withUnsafeBytes(of: number.littleEndian) { bytes += $0 } }
        bytes += root.bytes
        let body = events.withUnsafeBytes { CRC32C.of($0) }
        let checksum = bytes.withUnsafeBytes { CRC32C.of($0, continuing: body) }
        withUnsafeBytes(of: checksum.littleEndian) { bytes += $0 }
        bytes += events
        (self.source, self.first, self.last, self.through) = (source, first, last, through)
        (self.root, self.bytes) = (root, bytes)
    }

    /// Reads a block and checks all of it.
    ///
    /// - Throws: `FleetError.damagedBlock`.
    public init(_ bytes: [UInt8]) throws(FleetError) {
        guard bytes.count > Self.headerSize, bytes.starts(with: Self.magic) else {
            throw .damagedBlock("it is no block of events")
        }
        let header = bytes.withUnsafeBytes { bytes in
            (
                version: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)),
                source: bytes.loadUnaligned(fromByteOffset: 8, as: uuid_t.self),
                first: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self)),
                last: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 32, as: UInt64.self)),
                through: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 40, as: UInt64.self)),
                root: Digest(bytes: bytes[48..<80]),
                checksum: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 80, as: UInt32.self)),
                found: CRC32C.of(
                    UnsafeRawBufferPointer(rebasing: bytes[..<80]),
                    continuing: CRC32C.of(UnsafeRawBufferPointer(rebasing: bytes[Self.headerSize...])))
            )
        }
        guard header.version == Self.formatVersion else {
            throw .damagedBlock("it has format version \(header.version), and this flperf reads \(Self.formatVersion)")
        }
        guard header.checksum == header.found, let root = header.root else {
            throw .damagedBlock("its checksum is wrong")
        }
        guard header.first > 0, header.first <= header.last, header.last <= header.through else {
            throw .damagedBlock("it says that it holds events \(header.first) to \(header.last)")
        }
        source = SourceID(UUID(uuid: header.source))
        (first, last, through) = (header.first, header.last, header.through)
        self.root = root
        self.bytes = bytes
        let places = bytes.withUnsafeBytes(Self.places)
        guard UInt64(places.count) == last - first + 1, places.last?.upperBound == bytes.count else {
            throw .damagedBlock("it holds \(places.count) events and says \(last - first + 1)")
        }
    }

    /// What a server recognises the block by when it is sent again: where its events stand and what their history is.
    public var id: String { "\(first)-\(last)-\(root.base64)" }

    /// Lends the stored bytes of the events, in order, without the first few.
    public func events<Result>(
        dropping skipped: UInt64 = 0, _ body: ([UnsafeRawBufferPointer]) throws -> Result
    ) rethrows -> Result {
        try bytes.withUnsafeBytes { bytes in
            try body(Self.places(in: bytes).dropFirst(Int(skipped)).map { UnsafeRawBufferPointer(rebasing: bytes[$0]) })
        }
    }

    /// Where the events lie; the last one ends where the block does, unless it is cut short.
    private static func places(in bytes: UnsafeRawBufferPointer) -> [Range<Int>] {
        var places: [Range<Int>] = []
        var offset = headerSize
        while offset + 4 <= bytes.count {
            let length = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            guard length <= bytes.count - offset - 4 else { break }
            places.append(offset + 4..<offset + 4 + length)
            offset += 4 + length
        }
        return places
    }
}
