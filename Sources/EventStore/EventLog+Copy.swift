import Events
import Storage
import Transparency

// A copy of a log that another machine writes, event by event as it is stored there.
extension EventLog {
    /// Appends the next events of the log that this is a copy of: all of them or none, byte by byte as they are given.
    ///
    /// Not synced: what a power cut takes away is asked for again.
    /// - Parameters:
    ///   - events: as they are stored, one behind the other from `lastPosition + 1` on.
    ///   - root: of the hash tree over all events of that log through the last of these.
    /// - Throws: `LogError`: `.corrupted` when an event is not what was written; `.otherLog` when they do not follow on what is
    ///   here; `.forked` when the tree over what is here and these has another root; `.store`.
    public func appendStored(_ events: [UnsafeRawBufferPointer], root: Digest) throws {
        precondition(isCopy, "the events of a log of one's own are appended by what decides them")
        do {
            do {
                try store.write { try StoredAppend(self).append(events, root: root, in: $0) }
            } catch let error as StoreError where error.code == .mapFull && store.grow() {
                try store.write { try StoredAppend(self).append(events, root: root, in: $0) }
            }
        } catch let error as StoreError {
            throw LogError(error)
        }
    }

    /// The right edge of the tree over the first `size` events, to which those behind can be added.
    ///
    /// - Throws: `LogError`; also when there are fewer events.
    public func treeEdge(size: UInt64) throws -> CompactRange {
        try tree { tree in
            guard size <= tree.size else {
                throw LogError(
                    .otherLog, "Could not read the first \(size) events in '\(folder)': there are \(tree.size).")
            }
            var digests: [Digest] = []
            var first: UInt64 = 0
            for level in (0..<64).reversed() where size & 1 << UInt64(level) != 0 {
                digests.append(try tree.digest(level: level, index: first >> UInt64(level)))
                first += 1 << UInt64(level)
            }
            guard let edge = CompactRange(size: size, digests: digests) else {
                preconditionFailure("a tree has as many nodes on its edge as its size has bits")
            }
            return edge
        }
    }

    /// Whether the first `size` events are those of a tree with this root; nil when there are not so many.
    public func agrees(size: UInt64, root: Digest) throws -> Bool? {
        try tree { size <= $0.size ? try $0.root(size: size) == root : nil }
    }
}

/// Events that have their place, put behind the last one.
private struct StoredAppend {
    let log: EventLog

    init(_ log: EventLog) { self.log = log }

    /// Events of one stream that follow each other.
    private struct Run {
        var stream: StreamID
        var position: Position
        var version: UInt64
        var count: UInt64 = 0
        var ids: [(first: EventID, count: UInt64)] = []

        mutating func add(_ id: EventID) {
            count += 1
            if let last = ids.last, last.first.distance(to: id) == last.count {
                ids[ids.count - 1].count += 1
            } else {
                ids.append((id, 1))
            }
        }
    }

    func append(
        _ events: [UnsafeRawBufferPointer], root: Digest, in transaction: borrowing WriteTransaction
    ) throws {
        let end = try LogEnd(in: transaction, folder: log.folder)
        var run: Run?
        try LogTables.events.withAppender(in: transaction) { appender in
            for bytes in events {
                let position = end.position + 1
                let place = try place(of: bytes, at: position)
                if run?.stream != place.stream || run.map({ $0.version + $0.count }) != place.version {
                    if let run { try finish(run, end, in: transaction) }
                    run = Run(stream: place.stream, position: position, version: place.version)
                }
                run?.add(place.id)
                let isLast = try appender.append(position, bytes)
                precondition(isLast, "nothing in the log lies behind its last position")
                end.add(leaf: Digest(leaf: bytes))
            }
        }
        if let run { try finish(run, end, in: transaction) }
        guard end.edge.root == root else { throw LogError.forked(log.source, log.folder, before: end.position) }
        try end.write(in: transaction)
    }

    private func place(
        of bytes: UnsafeRawBufferPointer, at position: Position
    ) throws(LogError) -> (stream: StreamID, version: UInt64, id: EventID) {
        do throws(EnvelopeError) {
            let raw = try RawEvent(bytes)
            try raw.checkChecksum()
            guard raw.position == position else {
                throw .damaged("what came in its place says that it is event \(raw.position)")
            }
            return (try raw.stream(), raw.streamVersion, raw.id)
        } catch {
            throw LogError.unreadable(position, in: log.folder, error)
        }
    }

    private func finish(_ run: Run, _ end: LogEnd, in transaction: borrowing WriteTransaction) throws {
        let version = try end.version(of: run.stream, in: transaction)
        guard run.version == version + 1, try areNew(run.ids, end, in: transaction) else {
            throw LogError.otherLog(log.folder, last: run.position - 1, next: run.position)
        }
        try end.extend(
            run.stream, count: run.count, ids: run.ids, position: run.position, version: run.version, in: transaction)
    }

    private func areNew(
        _ ids: [(first: EventID, count: UInt64)], _ end: LogEnd, in transaction: borrowing WriteTransaction
    ) throws -> Bool {
        if try end.areNew(ids, in: transaction) { return true }
        return try ids.allSatisfy { run in
            try (0..<run.count).allSatisfy { offset in
                let id = EventID(high: run.first.high, low: run.first.low + offset)
                return try LogTables.position(of: id, in: transaction) == nil
            }
        }
    }
}
