import Events
import Storage
import Transparency

/// The hash tree of a log (RFC 6962) as it is in one snapshot: leaf i is the event at position i + 1, as it is stored.
///
/// Only the hashes of whole tiles are kept, 256 leaves or 256 tiles of the level below each; what lies between is computed
/// from the stored events when it is asked for.
public final class LogTree: TreeLeaves {
    /// How many levels of the tree a tile has (C2SP tlog-tiles).
    static let tileHeight = 8
    /// How many nodes the lowest level of a tile has.
    static let tileWidth = 1 << tileHeight

    /// Whether the nodes of this level are the roots of tiles, and kept.
    static func isTile(level: Int) -> Bool { level > 0 && level % tileHeight == 0 }

    /// How many leaves there are: the position of the last event.
    public let size: UInt64
    private let transaction: Lent
    private let folder: String
    /// As it was written with the last event; nil in a log that has none yet.
    private let edge: CompactRange?
    /// The leaves that were hashed last.
    private var tile: (index: UInt64, digests: [Digest])?

    init(in transaction: borrowing some Transaction & ~Copyable, folder: String) throws {
        self.transaction = Lent(transaction.snapshot)
        self.folder = folder
        size = try LogTables.lastPosition(in: transaction)
        edge = try LogTables.edge.get("edge", in: transaction)
    }

    /// The hash of the whole tree.
    ///
    /// - Throws: `LogError.corrupted` when the hashes that are kept and the last events do not give the one that the writer
    ///   had: nobody is to sign it.
    public func root() throws -> Digest {
        let root = try self.root(size: size)
        guard let edge, edge.end != size || edge.root != root else { return root }
        throw LogError(
            .corrupted(size),
            "Could not compute the root of the log in '\(folder)': its hash tree is damaged, or its last events are. Run "
                + "'flperf log verify', and restore the log from a backup.")
    }

    /// The hash of a node all of whose leaves are in the tree.
    public func digest(level: Int, index: UInt64) throws -> Digest {
        precondition((index + 1) << UInt64(level) <= size, "only whole nodes have a hash for good")
        if level == 0 { return try leaves(ofTile: index / 256)[Int(index % 256)] }
        if LogTree.isTile(level: level),
            let stored = try LogTables.tiles.get(LogTables.tileKey(level: level, index: index), in: transaction)
        {
            return stored
        }
        return Digest(
            node: try digest(level: level - 1, index: 2 * index), try digest(level: level - 1, index: 2 * index + 1))
    }

    /// Lends the stored bytes of a leaf.
    public func leafBytes<Result>(_ index: UInt64, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        guard let result = try LogTables.events.withBytes(of: index + 1, in: transaction, body) else {
            throw LogError.unreadable(index + 1, in: folder, .damaged("it is missing"))
        }
        return result
    }

    private func leaves(ofTile index: UInt64) throws -> [Digest] {
        if let tile, tile.index == index { return tile.digests }
        let first = index * UInt64(LogTree.tileWidth)
        let count = min(UInt64(LogTree.tileWidth), size - first)
        var digests: [Digest] = []
        digests.reserveCapacity(Int(count))
        try LogTables.events.scanBytes(from: first + 1, in: transaction) { key, bytes in
            guard key.loadUnaligned(as: UInt64.self) == first + UInt64(digests.count) + 1 else { return false }
            digests.append(Digest(leaf: bytes))
            return digests.count < count
        }
        guard digests.count == count else {
            throw LogError.unreadable(first + UInt64(digests.count) + 1, in: folder, .damaged("it is missing"))
        }
        tile = (index, digests)
        return digests
    }
}

/// A transaction of the caller's, where a copy is needed. It is good as long as that one.
struct Lent: Transaction {
    let snapshot: Snapshot

    init(_ snapshot: Snapshot) { self.snapshot = snapshot }
}

extension EventLog {
    /// Lends the log's hash tree as it is now. It is good for the length of the call; keep it short (see `Store.read`).
    public func tree<Result>(_ body: (LogTree) throws -> Result) throws -> Result {
        try reading { try body(LogTree(in: $0, folder: folder)) }
    }

    /// Returns when everything that could be seen when it was called is on the disk: an event is seen shortly before that,
    /// and what is signed must not be undone by a power cut.
    public func sync() throws {
        guard access == .readWrite else { return }
        do { try store.sync() } catch { throw LogError(error) }
    }
}
