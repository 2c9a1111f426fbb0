import Events
import Storage
import Transparency

/// Some events that were looked at, by one thread and in one snapshot: what is wrong with them, and what those before and
/// behind them have to agree with.
struct VerifiedPart: Sendable {
    /// Events of one stream, or ids that follow one another by 1, at positions that follow one another.
    struct Piece<Key: Sendable>: Sendable {
        var first: Key
        var positions: PositionRun
    }

    let positions: ClosedRange<Position>
    private(set) var events: UInt64 = 0
    private(set) var problems: [(position: Position, reason: String)] = []
    /// Stream, first version, positions; in the order of the log.
    private(set) var streams: [Piece<(stream: [UInt8], version: UInt64)>] = []
    /// The hashes of the events, up to the first that could not be read.
    private(set) var leaves: CompactRange
    /// Positions of events that lack a text, and those that `TextsErased` events name.
    private(set) var withoutText: [Position] = []
    private(set) var erased: [Position] = []

    private var next: Position
    private var ids: Piece<EventID>?

    init(_ positions: ClosedRange<Position>, in transaction: borrowing ReadTransaction) throws {
        self.positions = positions
        next = positions.lowerBound
        leaves = CompactRange(begin: positions.lowerBound - 1)
        let snapshot = Lent(transaction.snapshot)
        try LogTables.events.scanBytes(from: next, in: transaction) { key, bytes in
            let position = key.loadUnaligned(as: UInt64.self)
            skip(to: min(position, positions.upperBound + 1))
            guard next <= positions.upperBound else { return false }
            try check(bytes, in: snapshot)
            next += 1
            return next <= positions.upperBound
        }
        skip(to: positions.upperBound + 1)
        if let ids { try lookUp(ids, in: snapshot) }
        for piece in streams { try lookUp(piece, in: snapshot) }
        problems.sort { $0.position < $1.position }
    }

    private mutating func skip(to position: Position) {
        while next < position {
            add(next, "it is missing")
            next += 1
        }
    }

    private mutating func add(_ position: Position, _ reason: String) { problems.append((position, reason)) }

    private mutating func check(_ bytes: UnsafeRawBufferPointer, in transaction: Lent) throws {
        do {
            let raw = try RawEvent(bytes)
            try raw.checkChecksum()
            events += 1
            if raw.position != next { add(next, "it says that it is event \(raw.position)") }
            if leaves.end == next - 1 { try hash(bytes, in: transaction) }
            if let piece = ids, piece.first.distance(to: raw.id) == piece.positions.count, piece.positions.end == next {
                ids?.positions.count += 1
            } else {
                if let ids { try lookUp(ids, in: transaction) }
                ids = Piece(first: raw.id, positions: PositionRun(first: next, count: 1))
            }
            note(raw)
            if raw.textCount > 0 { try checkTexts(of: raw, in: transaction) }
            if raw.type == .textsErased, case .textsErased(let event) = try raw.decode() { erased += event.positions }
        } catch let error as EnvelopeError {
            add(next, error.description)
        } catch let error as EventError {
            add(next, error.description)
        }
    }

    /// The tiles that become whole are compared with those that are kept.
    private mutating func hash(_ bytes: UnsafeRawBufferPointer, in transaction: Lent) throws {
        var tiles: [TreeNode] = []
        leaves.append(leaf: Digest(leaf: bytes)) { if LogTree.isTile(level: $0.level) { tiles.append($0) } }
        for tile in tiles {
            if let problem = try LogTree.problem(with: tile, in: transaction) { add(next, problem) }
        }
    }

    private mutating func note(_ raw: borrowing RawEvent) {
        if let last = streams.last, last.positions.end == next,
            last.first.version &+ last.positions.count == raw.streamVersion,
            raw.streamName.elementsEqual(last.first.stream)
        {
            streams[streams.count - 1].positions.count += 1
        } else {
            streams.append(
                Piece(
                    first: (Array(raw.streamName), raw.streamVersion),
                    positions: PositionRun(first: next, count: 1)))
        }
    }

    private mutating func checkTexts(of raw: borrowing RawEvent, in transaction: Lent) throws {
        let texts = try LogTables.texts(of: next, in: transaction)
        if texts.count < raw.textCount { withoutText.append(next) }
        do { _ = try raw.decode(texts: texts) } catch EventError.alteredText, EventError.strayText {
            add(next, "one of its texts is not the one that was recorded")
        }
    }

    // MARK: - Indexes

    private mutating func lookUp(_ piece: Piece<EventID>, in transaction: Lent) throws {
        do { try checkIndex(of: piece, in: transaction) } catch let error as EnvelopeError {
            add(piece.positions.first, error.description)
        }
    }

    private mutating func lookUp(_ piece: Piece<(stream: [UInt8], version: UInt64)>, in transaction: Lent) throws {
        do { try checkIndex(of: piece, in: transaction) } catch let error as EnvelopeError {
            add(piece.positions.first, error.description)
        }
    }

    private mutating func checkIndex(of piece: Piece<EventID>, in transaction: Lent) throws {
        let entry = try LogTables.ids.last(through: piece.first, in: transaction)
        let distance = entry?.key.distance(to: piece.first)
        for offset in 0..<piece.positions.count {
            let position = piece.positions.first + offset
            if let run = entry?.value, let distance, distance < run.count, offset < run.count - distance,
                run.first + distance + offset == position
            {
                continue
            }
            // Two entries may stand for one piece.
            let id = EventID(high: piece.first.high, low: piece.first.low &+ offset)
            let indexed = try LogTables.position(of: id, in: transaction)
            guard indexed != position else { continue }
            add(position, "the index of ids has \(indexed.map { "event \($0)" } ?? "nothing") for its id \(id)")
        }
    }

    private mutating func checkIndex(
        of piece: Piece<(stream: [UInt8], version: UInt64)>, in transaction: Lent
    ) throws {
        let name = String(decoding: piece.first.stream, as: UTF8.self)
        var offset: UInt64 = 0
        while offset < piece.positions.count {
            let version = piece.first.version &+ offset
            let run = try LogTables.run(of: name, through: version, in: transaction)
            let indexed = run.flatMap {
                version <= $0.lastVersion ? $0.positions.first &+ (version &- $0.firstVersion) : nil
            }
            if let run, indexed == piece.positions.first + offset {
                offset += run.lastVersion - version + 1
            } else {
                let found = indexed.map { "event \($0)" } ?? "nothing"
                add(
                    piece.positions.first + offset,
                    "the index of streams has \(found) for version \(version) of '\(name)'")
                offset += 1
            }
        }
    }
}

extension LogTree {
    /// What is wrong with the stored hash of a tile; nil when it is this one.
    static func problem(with tile: TreeNode, in transaction: borrowing some Transaction & ~Copyable) throws -> String? {
        let stored = try LogTables.tiles.get(LogTables.tileKey(level: tile.level, index: tile.index), in: transaction)
        // A log that was never opened for writing since format 1 has no tiles.
        guard let stored, stored != tile.digest else { return nil }
        let first = tile.index << UInt64(tile.level) + 1
        let last = (tile.index + 1) << UInt64(tile.level)
        return "the hash that is kept of events \(first) to \(last) is not that of the stored events"
    }
}
