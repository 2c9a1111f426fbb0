import EventStore
import Events
import Storage

/// A fold of the log into tables of its own.
///
/// Its rows are a function of the events up to its checkpoint, whatever the batches were. What it keeps in memory is a cache
/// that can be dropped at any time; everything else lies in its tables.
public protocol Projection: Sendable {
    /// What `flperf rebuild NAME` calls it, and its tables' first name.
    static var name: String { get }
    /// Raised when the rows' meaning or shape changes: the tables are then built anew beside the old.
    static var version: UInt32 { get }
    /// The types that it folds. The checkpoint moves for the others too.
    static var handles: Set<EventType> { get }

    /// A fold into the tables of this space.
    init(_ space: TableSpace)

    /// Takes one event in, of any type but a sample. Throws what the store throws.
    mutating func fold(_ event: RecordedEvent, from source: SourceID, in transaction: borrowing WriteTransaction) throws

    /// Takes one sample in. Nearly all events are samples: they are read in place, and good for the length of this call.
    ///
    /// - Parameter recordedAt: ns since the epoch, UTC.
    mutating func fold(_ sample: borrowing SampleView, at position: Position, recordedAt: Int64) throws

    /// Ends a batch: brings the rows up to date with all that was folded. The log is there to read samples of earlier batches.
    mutating func finishBatch(in transaction: borrowing WriteTransaction, log: EventLog) throws

    /// Drops what is kept in memory, because a transaction failed or another process has folded on.
    mutating func forget()
}

extension Projection {
    public mutating func fold(_ sample: borrowing SampleView, at position: Position, recordedAt: Int64) throws {}
    public mutating func finishBatch(in transaction: borrowing WriteTransaction, log: EventLog) throws {}
    public mutating func forget() {}
}

/// The names of one generation of one projection's tables, so that a rebuild can stand beside the live one.
public struct TableSpace: Sendable, Hashable {
    /// The projection's name.
    public let projection: String
    /// `<projection>@<version>.<generation>/`
    public let prefix: String

    init(_ projection: String, version: UInt32, generation: UInt64) {
        self.init(projection, prefix: "\(projection)@\(version).\(generation)/")
    }

    init(_ projection: String, prefix: String) {
        self.projection = projection
        self.prefix = prefix
    }

    /// The full name of one of its tables.
    public func table(_ name: String) -> String { prefix + name }

    /// The version that made the tables; nil when the prefix is not one of ours.
    var version: UInt32? { numbers.first.flatMap { UInt32($0) } }

    /// Which of the generations it is; nil when the prefix is not one of ours.
    var generation: UInt64? { numbers.last.flatMap { UInt64($0) } }

    private var numbers: [Substring] {
        prefix.dropFirst(projection.count + 1).dropLast().split(separator: ".")
    }
}

extension RecordedEvent {
    /// When it happened: as it says itself if it was imported, else when it was recorded.
    ///
    /// - Unit: milliseconds since the epoch, UTC.
    public var occurredMilliseconds: Int64 { (event.occurredUnixNanoseconds ?? recordedAt) / 1_000_000 }
}
