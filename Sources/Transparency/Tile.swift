/// A file of a log in the form of C2SP tlog-tiles (c2sp.org/tlog-tiles): up to 256 hashes of one level, or the entries under
/// them.
///
/// Level `L` has the nodes of height `8 × L`; only nodes that have all their leaves are in a tile.
public struct Tile: Hashable, Sendable {
    /// How many hashes a full tile has.
    public static let fullWidth = 256
    /// How many levels of the tree one level of tiles spans.
    public static let height = 8

    /// 0 is the leaves.
    public let level: Int
    /// Its number among the tiles of its level, from 0.
    public let index: UInt64
    /// How many hashes it has, 1 to 256; fewer than 256 only at the right edge.
    public let width: Int

    /// A tile of these parts.
    public init(level: Int, index: UInt64, width: Int = Tile.fullWidth) {
        precondition((0...63).contains(level) && (1...Tile.fullWidth).contains(width), "there is no such tile")
        self.level = level
        self.index = index
        self.width = width
    }

    /// One more than the last leaf that it covers; a tree of that size has all of it.
    public var endLeaf: UInt64 { (index * UInt64(Tile.fullWidth) + UInt64(width)) << UInt64(Tile.height * level) }

    /// Its file in a log's folder, such as `tile/0/x001/x234/067.p/8`.
    public var path: String { "tile/\(level)/\(number)" }

    /// The file of the entries whose hashes it has; of level 0 only.
    public var entriesPath: String { "tile/entries/\(number)" }

    /// The index in groups of three digits, so that no folder gets more than a thousand entries.
    private var number: String {
        func padded(_ group: UInt64) -> String { String(String(group + 1000).dropFirst()) }
        var text = padded(index % 1000)
        var rest = index / 1000
        while rest > 0 {
            text = "x\(padded(rest % 1000))/\(text)"
            rest /= 1000
        }
        return width == Tile.fullWidth ? text : "\(text).p/\(width)"
    }

    /// How many tiles a tree of that size has.
    public static func count(size: UInt64) -> UInt64 {
        levels(size: size).reduce(0) { $0 + UInt64($1.count) }
    }

    /// The tiles of a tree of that size, level by level from the leaves.
    public static func levels(size: UInt64) -> [some RandomAccessCollection<Tile>] {
        var levels: [LazyMapCollection<Range<UInt64>, Tile>] = []
        var (level, nodes) = (0, size)
        while nodes > 0 {
            let (here, count) = (level, nodes)
            let tiles = (count + UInt64(fullWidth) - 1) / UInt64(fullWidth)
            levels.append(
                (0..<tiles).lazy.map { index in
                    Tile(
                        level: here, index: index, width: Int(min(UInt64(fullWidth), count - index * UInt64(fullWidth)))
                    )
                })
            (level, nodes) = (level + 1, nodes / UInt64(fullWidth))
        }
        return levels
    }

    /// The content of its file: its hashes one after another.
    public func hashes(from nodes: some TreeNodes) throws -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(width * Digest.byteCount)
        for place in 0..<UInt64(width) {
            let digest = try nodes.digest(
                level: level * Tile.height, index: index * UInt64(Tile.fullWidth) + place)
            digest.withUnsafeBytes { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    /// The content of its entries' file: each entry behind its length in two bytes, big-endian.
    ///
    /// - Throws: `ProofError` that names the position of an entry which is too long for that.
    public func entries(from leaves: some TreeLeaves) throws -> [UInt8] {
        precondition(level == 0, "only leaves have entries")
        var bytes: [UInt8] = []
        for leaf in index * UInt64(Tile.fullWidth)..<endLeaf {
            try leaves.leafBytes(leaf) { entry in
                guard let length = UInt16(exactly: entry.count) else {
                    throw ProofError(
                        "Event \(leaf + 1) has \(entry.count) bytes, and an entry of a tlog-tiles bundle can't have more than \(UInt16.max). `--no-entries` leaves the bundles out."
                    )
                }
                bytes.append(UInt8(length >> 8))
                bytes.append(UInt8(truncatingIfNeeded: length))
                bytes.append(contentsOf: entry)
            }
        }
        return bytes
    }
}
