import EventStore
import Events
import Transparency

/// Cuts a log into sealed blocks, one after another.
struct BlockSealer {
    private let log: EventLog
    /// The position that the next block begins with.
    private(set) var next: Position
    /// The last position that is sealed; nil goes on with the log.
    private let end: Position?
    /// What blocks that are sent once more say of how far the stream has come; nil when they carry on.
    private let through: Position?
    private let largest: Int
    private var edge: CompactRange

    /// - Parameter largest: bytes of a message that the server takes.
    init(
        _ log: EventLog, from first: Position, through end: Position? = nil, highest: Position? = nil, largest: Int
    ) throws {
        (self.log, next, self.end, through) = (log, first, end, highest)
        self.largest = largest - FleetLimits.messageOverhead
        edge = try log.treeEdge(size: first - 1)
    }

    /// Whether there are events that no block holds yet.
    func hasMore() throws -> Bool { try next <= min(end ?? .max, log.lastPosition()) }

    /// The next block; nil when there are no more events, or not enough for one of `least` bytes.
    ///
    /// - Throws: `LogError`, `FleetError.tooLarge`.
    mutating func seal(least: Int = 0) throws -> SealedBlock? {
        var events: [UInt8] = []
        events.reserveCapacity(FleetLimits.blockSize)
        var edge = edge
        var isFull = false
        try log.scan(from: next, through: end) { raw in
            let size = SealedBlock.headerSize + events.count + 4 + raw.bytes.count
            guard events.isEmpty || size <= min(FleetLimits.blockSize, largest) else {
                isFull = true
                return false
            }
            guard size <= largest else { throw FleetError.tooLarge(raw.position, bytes: size, limit: largest) }
            withUnsafeBytes(of: UInt32(raw.bytes.count).littleEndian) { events += $0 }
            events += raw.bytes
            edge.append(leaf: Digest(leaf: raw.bytes))
            return true
        }
        guard !events.isEmpty, isFull || SealedBlock.headerSize + events.count >= least else { return nil }
        defer {
            next = edge.end + 1
            self.edge = edge
        }
        return SealedBlock(
            source: log.source, first: next, last: edge.end, through: max(through ?? 0, edge.end), root: edge.root,
            events: events)
    }
}
