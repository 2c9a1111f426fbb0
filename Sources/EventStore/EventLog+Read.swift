import Events
import Storage

// Reading: in short snapshots, which never wait for the writer, and with every checksum compared.
extension EventLog {
    /// The position of the last event; 0 when the log is empty.
    public func lastPosition() throws -> Position {
        try reading { try LogTables.lastPosition(in: $0) }
    }

    /// How many events the stream has; 0 when it has none.
    public func streamVersion(_ stream: StreamID) throws -> UInt64 {
        try reading { try LogTables.lastRun(of: stream.name, in: $0)?.lastVersion ?? 0 }
    }

    /// The event at a position; nil when the log does not go so far.
    public func event(at position: Position) throws -> RecordedEvent? {
        try read(from: position, limit: 1).first { $0.position == position }
    }

    /// The event with an id; nil when there is none.
    public func event(withID id: EventID) throws -> RecordedEvent? {
        try reading { try LogTables.position(of: id, in: $0) }.flatMap { try event(at: $0) }
    }

    /// At most `limit` events from a position on, in order. Empty when the log does not go so far.
    public func read(from position: Position, limit: Int) throws -> [RecordedEvent] {
        var events: [RecordedEvent] = []
        guard limit > 0 else { return events }
        try scan(from: position) { raw in
            events.append(try decoded(raw))
            return events.count < limit
        }
        return events
    }

    /// The stream's events from a version on, in order, at most `limit`.
    public func readStream(
        _ stream: StreamID, fromVersion version: UInt64 = 1, limit: Int = .max
    ) throws -> [RecordedEvent] {
        var events: [RecordedEvent] = []
        var next = max(1, version)
        while events.count < limit {
            let before = next
            try reading { transaction in
                guard let run = try LogTables.run(of: stream.name, through: next, in: transaction),
                    run.lastVersion >= next
                else {
                    return
                }
                let skipped = next - run.firstVersion
                let positions = run.positions.first + skipped..<run.positions.end
                try scanSnapshot(
                    from: positions.lowerBound,
                    limit: min(positions.count, LogLimits.eventsPerSnapshot, limit - events.count), transaction
                ) { raw in
                    let event = try decoded(raw)
                    guard event.stream == stream, event.version == next else {
                        throw LogError.unreadable(
                            event.position, in: folder,
                            .damaged("it is not version \(next) of stream '\(stream)', as the index says"))
                    }
                    events.append(event)
                    next += 1
                    return true
                }
            }
            if next == before { return events }
        }
        return events
    }

    /// Lends the events between two positions (both included) one after another, as they are stored, until `body` returns
    /// false. Decoding one is up to the caller.
    ///
    /// A snapshot is kept for `LogLimits.eventsPerSnapshot` events and taken anew after them, so events that are appended
    /// meanwhile are seen too unless `last` ends the scan.
    /// - Parameter checksums: false trusts the stored bytes: for a scan that only looks at headers.
    public func scan(
        from first: Position = 1, through last: Position? = nil, checksums: Bool = true,
        _ body: (borrowing RawEvent) throws -> Bool
    ) throws {
        var next = max(1, first)
        let end = last ?? .max
        var goesOn = true
        while goesOn && next <= end {
            let before = next
            let limit = Int(min(UInt64(LogLimits.eventsPerSnapshot) - 1, end - next)) + 1
            try reading { transaction in
                try scanSnapshot(from: next, limit: limit, checksums: checksums, transaction) { raw in
                    next += 1
                    goesOn = try body(raw)
                    return goesOn
                }
            }
            if next == before { return }
        }
    }

    /// Lends at most `limit` events of one snapshot.
    func scanSnapshot(
        from first: Position, limit: Int, checksums: Bool = true, _ transaction: borrowing ReadTransaction,
        _ body: (borrowing RawEvent) throws -> Bool
    ) throws {
        var next = first
        try LogTables.events.scanBytes(from: first, in: transaction) { key, bytes in
            let position = key.loadUnaligned(as: UInt64.self)
            guard position == next else {
                throw LogError.unreadable(next, in: folder, .damaged("it is missing, the next one is \(position)"))
            }
            next += 1
            let raw = try rawEvent(bytes, at: position, checksums: checksums)
            return try body(raw) && next - first < UInt64(limit)
        }
    }

    /// Stored bytes as an event, looked at as closely as was asked.
    private func rawEvent(_ bytes: UnsafeRawBufferPointer, at position: Position, checksums: Bool) throws(LogError)
        -> RawEvent
    {
        do throws(EnvelopeError) {
            let raw = try RawEvent(bytes)
            if checksums { try raw.checkChecksum() }
            guard raw.position == position else { throw .damaged("it says that it is event \(raw.position)") }
            return raw
        } catch {
            throw LogError.unreadable(position, in: folder, error)
        }
    }

    /// A copy of a lent event with its texts, or why there can be none.
    public func decoded(_ raw: borrowing RawEvent) throws -> RecordedEvent {
        do {
            return try RecordedEvent(raw, texts: texts(of: raw))
        } catch let error as EnvelopeError {
            throw LogError.unreadable(raw.position, in: folder, error)
        } catch let error as LogError {
            throw error
        } catch {
            throw LogError(.undecodable(raw.position), "Could not read event \(raw.position) in '\(folder)': \(error)")
        }
    }

    /// The texts of a lent event that are kept apart from it and were not erased.
    public func texts(of raw: borrowing RawEvent) throws -> [ErasableText] {
        guard raw.textCount > 0 else { return [] }
        let position = raw.position
        return try reading { transaction in
            do { return try LogTables.texts(of: position, in: transaction) } catch let error as EnvelopeError {
                throw LogError.unreadable(position, in: folder, error)
            }
        }
    }

    func reading<Result>(_ body: (borrowing ReadTransaction) throws -> Result) throws -> Result {
        do {
            return try store.read(body)
        } catch let error as StoreError {
            throw error.code == .closed ? LogError.closed(folder) : LogError(error)
        } catch let error as EnvelopeError {
            throw LogError.damaged(folder, error)
        }
    }
}
