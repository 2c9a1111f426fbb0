import Events
import Storage
import Transparency

/// The tables of a log's store.
///
/// ```
/// events   UInt64 position (MDB_INTEGERKEY)              → envelope and payload, see Envelope
/// texts    UInt64 position, UInt16 slot, big-endian      → 16 bytes of salt, then the text, see ErasableText
/// streams  name, 00 00, UInt64 first version, big-endian → UInt64 first position, UInt64 count, little-endian
/// ids      16 bytes of the first id, as in its text      → the same; of format 1 without the count, which is 1
/// tiles    UInt64 level << 56 | index (MDB_INTEGERKEY)   → 32 bytes: the hash of a tree node that is a tile's root
/// meta     "format", "source", "copy"                    → decimal number, UUID as text, "yes" of another machine's log
///          "edge"                                        → UInt64 size, little-endian, and the hashes of the right edge
/// ```
/// An entry of `streams` is a run: that many events of the stream, one behind the other in the log. An append that goes on
/// where the stream's last run ends makes that run longer, so a stream that is alone in writing has one entry. In the same
/// way an entry of `ids` stands for ids that follow one another by 1 and belong to events that do so too.
enum LogTables {
    static let events = Table<UInt64, [UInt8]>("events", integerKeys: true)
    static let texts = Table<TextKey, [UInt8]>("texts")
    static let streams = Table<StreamKey, PositionRun>("streams")
    static let ids = Table<EventID, PositionRun>("ids")
    static let tiles = Table<UInt64, Digest>("tiles", integerKeys: true)
    static let meta = Table<String, String>("meta")
    static let edge = Table<String, CompactRange>("meta")

    /// The layout above. A log of a newer one is refused, one of format 1 (no tree) is brought up to this when it is opened
    /// for writing.
    static let format = 2

    static func lastPosition(in transaction: borrowing some Transaction & ~Copyable) throws -> Position {
        var last: Position = 0
        try events.scanBytes(.descending, in: transaction) { key, _ in
            last = key.loadUnaligned(as: UInt64.self)
            return false
        }
        return last
    }

    /// The stream's last run; nil when it has no events.
    static func lastRun(of stream: String, in transaction: borrowing some Transaction & ~Copyable) throws -> StreamRun?
    {
        try run(of: stream, through: .max, in: transaction)
    }

    /// The run that holds a version, or the last one before it; nil when there is none.
    static func run(
        of stream: String, through version: UInt64, in transaction: borrowing some Transaction & ~Copyable
    ) throws -> StreamRun? {
        let key = StreamKey(stream: stream, version: version)
        guard let found = try streams.last(through: key, in: transaction), found.key.stream == stream else {
            return nil
        }
        return StreamRun(firstVersion: found.key.version, positions: found.value)
    }

    /// The position of the event with that id; nil when there is none.
    static func position(of id: EventID, in transaction: borrowing some Transaction & ~Copyable) throws -> Position? {
        guard let found = try ids.last(through: id, in: transaction),
            let distance = found.key.distance(to: id), distance < found.value.count
        else { return nil }
        return found.value.first + distance
    }

    /// The texts that are kept apart of the event at a position; those that were erased are not among them.
    static func texts(
        of position: Position, in transaction: borrowing some Transaction & ~Copyable
    ) throws -> [ErasableText] {
        var found: [ErasableText] = []
        try texts.scan(prefix: KeyBuilder.bytes { $0.append(position) }, in: transaction) { key, bytes in
            guard bytes.count >= ErasableText.saltSize else {
                throw EnvelopeError.damaged("one of its texts is cut short")
            }
            let text = Array(bytes[ErasableText.saltSize...])
            found.append(ErasableText(slot: key.slot, salt: Array(bytes[..<ErasableText.saltSize]), text: text))
            return true
        }
        return found
    }

    static func tileKey(level: Int, index: UInt64) -> UInt64 { UInt64(level) << 56 | index }
}

/// Events that follow each other in the log.
struct PositionRun: StoreValue, Equatable {
    /// More events than any log has: a damaged number must not overflow what is computed with it.
    private static let limit: UInt64 = 1 << 48

    var first: Position
    var count: UInt64

    /// The position after the last of them.
    var end: Position { first + count }

    init(first: Position, count: UInt64) {
        self.first = first
        self.count = count
    }

    func withStoredBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        try withUnsafeBytes(of: (first.littleEndian, count.littleEndian), body)
    }

    init(storedBytes: UnsafeRawBufferPointer) throws {
        guard storedBytes.count == 16 || storedBytes.count == 8 else {
            throw EnvelopeError.damaged("an entry of an index has a wrong length")
        }
        first = UInt64(littleEndian: storedBytes.loadUnaligned(as: UInt64.self))
        count =
            storedBytes.count == 8
            ? 1 : UInt64(littleEndian: storedBytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        guard (1..<PositionRun.limit).contains(first), (1..<PositionRun.limit).contains(count) else {
            throw EnvelopeError.damaged("an entry of an index counts \(count) events from \(first)")
        }
    }
}

/// Events of one stream that follow each other in the log.
struct StreamRun: Equatable {
    var firstVersion: UInt64
    var positions: PositionRun

    var lastVersion: UInt64 { firstVersion &+ positions.count &- 1 }
}

/// One of the texts of an event.
struct TextKey: StoreKey, Hashable {
    var position: Position
    var slot: UInt16

    init(position: Position, slot: UInt16) {
        self.position = position
        self.slot = slot
    }

    func write(to key: inout KeyBuilder) {
        key.append(position)
        key.append(slot)
    }

    init(from key: inout KeyReader) throws(StoreError) {
        position = try key.uint64()
        slot = try key.uint16()
    }
}

struct StreamKey: StoreKey {
    var stream: String
    var version: UInt64

    init(stream: String, version: UInt64) {
        self.stream = stream
        self.version = version
    }

    func write(to key: inout KeyBuilder) {
        key.append(stream)
        key.append(version)
    }

    init(from key: inout KeyReader) throws(StoreError) {
        stream = try key.string()
        version = try key.uint64()
    }
}

extension EventID: StoreKey {
    public func write(to key: inout KeyBuilder) {
        key.append(high)
        key.append(low)
    }

    public init(from key: inout KeyReader) throws(StoreError) {
        self.init(high: try key.uint64(), low: try key.uint64())
    }
}

extension Digest: StoreValue {
    public func withStoredBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        try withUnsafeBytes(body)
    }

    public init(storedBytes: UnsafeRawBufferPointer) throws {
        guard let digest = Digest(bytes: storedBytes) else {
            throw EnvelopeError.damaged("a stored hash has \(storedBytes.count) bytes")
        }
        self = digest
    }
}

extension CompactRange: StoreValue {
    public func withStoredBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        let size = withUnsafeBytes(of: end.littleEndian) { Array($0) }
        return try nodes.reduce(into: size) { $0 += $1.digest.bytes }.withUnsafeBytes(body)
    }

    public init(storedBytes: UnsafeRawBufferPointer) throws {
        let digests = stride(from: 8, to: storedBytes.count, by: Digest.byteCount).compactMap { start in
            Digest(bytes: storedBytes[start..<min(start + Digest.byteCount, storedBytes.count)])
        }
        guard storedBytes.count >= 8,
            let range = CompactRange(
                size: UInt64(littleEndian: storedBytes.loadUnaligned(as: UInt64.self)), digests: digests)
        else { throw EnvelopeError.damaged("the stored right edge of the hash tree is none") }
        self = range
    }
}
