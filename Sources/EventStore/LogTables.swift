import Events
import Storage

/// The tables of a log's store.
///
/// ```
/// events   UInt64 position (MDB_INTEGERKEY)              → envelope and payload, see Envelope
/// streams  name, 00 00, UInt64 first version, big-endian → UInt64 first position, UInt64 count, little-endian
/// ids      16 bytes of the event id, as in its text      → UInt64 position, little-endian
/// meta     "format", "source"                            → decimal number, UUID as text
/// ```
/// An entry of `streams` is a run: that many events of the stream, one behind the other in the log. An append that goes on
/// where the stream's last run ends makes that run longer, so a stream that is alone in writing has one entry.
enum LogTables {
    static let events = Table<UInt64, [UInt8]>("events", integerKeys: true)
    static let streams = Table<StreamKey, StreamRun>("streams")
    static let ids = Table<EventID, UInt64>("ids")
    static let meta = Table<String, String>("meta")

    /// The layout above. A log of a newer one is refused.
    static let format = 1

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
        var run = found.value
        run.firstVersion = found.key.version
        return run
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

/// Events of one stream that follow each other in the log.
struct StreamRun: StoreValue, Equatable {
    /// Part of the key; 0 as long as only the value has been read.
    var firstVersion: UInt64 = 0
    var firstPosition: Position
    var count: UInt64

    var lastVersion: UInt64 { firstVersion + count - 1 }
    var nextPosition: Position { firstPosition + count }

    init(firstVersion: UInt64, firstPosition: Position, count: UInt64) {
        self.firstVersion = firstVersion
        self.firstPosition = firstPosition
        self.count = count
    }

    func withStoredBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        try withUnsafeBytes(of: (firstPosition.littleEndian, count.littleEndian), body)
    }

    init(storedBytes: UnsafeRawBufferPointer) throws {
        guard storedBytes.count == 16 else {
            throw EnvelopeError.damaged("an entry of its stream index has a wrong length")
        }
        firstPosition = UInt64(littleEndian: storedBytes.loadUnaligned(as: UInt64.self))
        count = UInt64(littleEndian: storedBytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
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
