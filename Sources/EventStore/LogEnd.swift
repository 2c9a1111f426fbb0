import Events
import Storage
import Transparency

/// The end of the log as the writer knows it: the last position, the tree's right edge, the ends of streams and ids.
///
/// What an append changes of it is written once, at the end of the transaction.
final class LogEnd {
    /// The last position; 0 in an empty log.
    var position: Position { edge.end }

    private(set) var edge: CompactRange
    private var tiles: [TreeNode] = []
    private var streams: [StreamID: StreamRun?] = [:]
    private var changedStreams: Set<StreamID> = []
    private typealias IDRun = (first: EventID, positions: PositionRun)
    /// The run of the greatest ids.
    private var greatest: IDRun?
    /// Runs that are not written yet.
    private var changedIDs: [IDRun] = []

    /// As it is in this transaction.
    ///
    /// - Throws: `LogError.corrupted`, when the stored edge is not that of the stored events.
    init(in transaction: borrowing some Transaction & ~Copyable, folder: String) throws {
        edge = try LogTables.edge.get("edge", in: transaction) ?? CompactRange()
        greatest = try LogTables.ids.last(in: transaction).map { ($0.key, $0.value) }
        let last = try LogTables.lastPosition(in: transaction)
        guard edge.end == last else {
            throw LogError(
                .corrupted(last),
                "Could not append in '\(folder)': the log has \(last) events and its hash tree "
                    + "\(edge.end). Run 'flperf log verify', and restore the log from a backup.")
        }
    }

    // MARK: - Streams

    /// How many events the stream has.
    func version(of stream: StreamID, in transaction: borrowing some Transaction & ~Copyable) throws -> UInt64 {
        if let known = streams[stream] { return known?.lastVersion ?? 0 }
        let run = try LogTables.lastRun(of: stream.name, in: transaction)
        streams[stream] = .some(run)
        return run?.lastVersion ?? 0
    }

    // MARK: - Appending

    /// Takes in the hashes of events that were appended.
    func add(_ chunk: SealedChunk) {
        tiles += chunk.tiles
        edge.append(chunk.leaves) { node in
            if LogTree.isTile(level: node.level) { tiles.append(node) }
        }
    }

    /// Takes in the hash of one event that was appended.
    func add(leaf digest: Digest) {
        edge.append(leaf: digest) { node in
            if LogTree.isTile(level: node.level) { tiles.append(node) }
        }
    }

    /// Takes in streams and ids of events that were appended.
    func extend(
        _ events: EncodedEvents, from place: EncodedEvents.Place, in transaction: borrowing WriteTransaction
    ) throws {
        try extend(
            events.stream, count: UInt64(events.records.count), ids: events.idRuns, position: place.position,
            version: place.version, in: transaction)
    }

    /// Takes in that so many events of one stream were appended, with these ids, from this position and version on.
    func extend(
        _ stream: StreamID, count: UInt64, ids: [(first: EventID, count: UInt64)], position: Position, version: UInt64,
        in transaction: borrowing WriteTransaction
    ) throws {
        guard count > 0 else { return }
        if var run = streams[stream] ?? nil, run.positions.end == position {
            run.positions.count += count
            streams[stream] = run
        } else {
            if changedStreams.contains(stream) { try writeRun(of: stream, in: transaction) }
            streams[stream] = StreamRun(
                firstVersion: version, positions: PositionRun(first: position, count: count))
        }
        changedStreams.insert(stream)

        var next = position
        for run in ids {
            add((run.first, PositionRun(first: next, count: run.count)))
            next += run.count
        }
    }

    private func add(_ run: IDRun) {
        if let last = changedIDs.last ?? greatest, last.positions.end == run.positions.first,
            last.first.distance(to: run.first) == last.positions.count
        {
            let longer = (
                last.first, PositionRun(first: last.positions.first, count: last.positions.count + run.positions.count)
            )
            if changedIDs.isEmpty { changedIDs.append(longer) } else { changedIDs[changedIDs.count - 1] = longer }
        } else {
            changedIDs.append(run)
        }
        if let newest = changedIDs.last, greatest.map({ newest.first >= $0.first }) ?? true { greatest = newest }
    }

    /// Whether none of these ids is in the log, or among those that are to be written, and none comes twice. False also when
    /// that can't be told at once.
    func areNew(_ runs: [(first: EventID, count: UInt64)], in transaction: borrowing WriteTransaction) throws -> Bool {
        var before = greatest
        let ascend = runs.allSatisfy { run in
            defer { before = (run.first, PositionRun(first: 1, count: run.count)) }
            guard let before, before.first < run.first else { return before == nil }
            return (before.first.distance(to: run.first) ?? .max) >= before.positions.count
        }
        if ascend { return true }
        try writeIDs(in: transaction)
        guard runs.count == 1, let run = runs.first else { return false }
        let last = EventID(high: run.first.high, low: run.first.low + (run.count - 1))
        guard let near = try LogTables.ids.last(through: last, in: transaction) else { return true }
        return near.key < run.first && (near.key.distance(to: run.first) ?? .max) >= near.value.count
    }

    // MARK: - Writing

    /// Writes what has changed.
    func write(in transaction: borrowing WriteTransaction) throws {
        for stream in changedStreams { try writeRun(of: stream, in: transaction) }
        if !changedStreams.isEmpty { try LogTables.edge.put("edge", edge, in: transaction) }
        changedStreams.removeAll(keepingCapacity: true)
        if streams.count > LogLimits.streamsInMind { streams.removeAll() }
        try writeIDs(in: transaction)
        for tile in tiles {
            try LogTables.tiles.put(
                LogTables.tileKey(level: tile.level, index: tile.index), tile.digest, in: transaction)
        }
        tiles.removeAll(keepingCapacity: true)
    }

    private func writeRun(of stream: StreamID, in transaction: borrowing WriteTransaction) throws {
        guard let run = streams[stream] ?? nil else { return }
        try LogTables.streams.put(
            StreamKey(stream: stream.name, version: run.firstVersion), run.positions, in: transaction)
    }

    private func writeIDs(in transaction: borrowing WriteTransaction) throws {
        // In ascending order: then most go behind the last one.
        for run in changedIDs.sorted(by: { $0.first < $1.first }) {
            try LogTables.ids.put(run.first, run.positions, in: transaction)
        }
        changedIDs.removeAll(keepingCapacity: true)
    }
}
