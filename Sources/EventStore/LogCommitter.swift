import Events
import Storage

/// Puts appends into the log, several in one transaction, each refused or accepted by itself.
///
/// Only the writer's thread uses it. It keeps the streams' ends in mind, and forgets them when another process has written.
final class LogCommitter {
    struct Outcome {
        /// One for each request, in order.
        var results: [Result<Appended, LogError>]
        /// Set when nothing more may be written.
        var stop: LogError?
    }

    /// After these nothing was written and the next commit may well succeed. After anything else nobody knows.
    private static let harmless: [StoreError.Code] = [
        .mapFull, .diskFull, .readersFull, .locked, .invalidRecord, .closed,
    ]

    private let store: Store
    private let clock: @Sendable () -> Int64
    private var ends: [StreamID: StreamRun?] = [:]
    private var lastPosition: Position = 0
    private var unwritten: Set<StreamID> = []

    init(store: Store, clock: @escaping @Sendable () -> Int64) {
        self.store = store
        self.clock = clock
    }

    func commit(_ requests: [AppendRequest]) -> Outcome {
        do {
            return try attempt(requests)
        } catch let error as StoreError where error.code == .mapFull && store.grow() {
            do { return try attempt(requests) } catch { return failure(error, requests) }
        } catch {
            return failure(error, requests)
        }
    }

    private func attempt(_ requests: [AppendRequest]) throws -> Outcome {
        do {
            let results = try store.write { transaction in
                try withAppenders(in: transaction) { events, ids in
                    let last = try LogTables.lastPosition(in: transaction)
                    if last != lastPosition || ends.count > LogLimits.streamsInMind { ends = [:] }
                    lastPosition = last
                    var greatestID = try LogTables.ids.last(in: transaction)?.key ?? EventID(high: 0, low: 0)
                    let results = try requests.map { try append($0, events, ids, &greatestID, transaction) }
                    for stream in unwritten { try writeRun(of: stream, transaction) }
                    unwritten.removeAll(keepingCapacity: true)
                    return results
                }
            }
            return Outcome(results: results)
        } catch {
            ends = [:]
            unwritten = []
            throw error
        }
    }

    private func withAppenders<Result>(
        in transaction: borrowing WriteTransaction,
        _ body: (borrowing Appender<UInt64>, borrowing Appender<EventID>) throws -> Result
    ) throws -> Result {
        try LogTables.events.withAppender(in: transaction) { events in
            try LogTables.ids.withAppender(in: transaction) { ids in try body(events, ids) }
        }
    }

    /// Whatever was decided about one of them rested on the others: all of them fail.
    private func failure(_ error: any Error, _ requests: [AppendRequest]) -> Outcome {
        let reported =
            (error as? LogError) ?? (error as? StoreError).map { LogError($0) } ?? LogError(.store(.other), "\(error)")
        var outcome = Outcome(results: requests.map { _ in .failure(reported) })
        if !LogCommitter.harmless.contains(where: { reported.code == .store($0) }) {
            outcome.stop = LogError(
                .writesStopped,
                "Could not append in '\(store.folder)': an earlier write failed and nothing more is written until the log is "
                    + "opened again. The cause: \(reported) Events of unknown outcome can be appended again with their ids."
            )
        }
        return outcome
    }

    // MARK: - One append

    private func append(
        _ request: AppendRequest, _ events: borrowing Appender<UInt64>, _ ids: borrowing Appender<EventID>,
        _ greatestID: inout EventID, _ transaction: borrowing WriteTransaction
    ) throws -> Result<Appended, LogError> {
        let stream = request.events.stream
        switch try findEarlier(request.events, greatestID, transaction) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let earlier?): return .success(earlier)
        case .success(nil): break
        }
        let end = try end(of: stream, transaction)
        let version = end?.lastVersion ?? 0
        if case .exactly(let expected) = request.expected, expected != version {
            return .failure(.versionConflict(stream, expected: expected, found: version))
        }
        let records = request.events.records
        let first = lastPosition + 1
        let now = clock()
        for (index, record) in records.enumerated() {
            let position = first + UInt64(index)
            let bytes = request.events.bytes(of: record)
            Envelope.seal(
                bytes, position: position, recordedAt: now, streamVersion: version + 1 + UInt64(index),
                bodyChecksum: record.bodyChecksum)
            let isLast = try events.append(position, UnsafeRawBufferPointer(bytes))
            precondition(isLast, "nothing in the log lies behind its last position")
            if record.id > greatestID, try withUnsafeBytes(of: position.littleEndian, { try ids.append(record.id, $0) })
            {
                greatestID = record.id
            } else {
                try LogTables.ids.put(record.id, position, in: transaction)
            }
        }
        lastPosition += UInt64(records.count)
        if !records.isEmpty { try extend(stream, end, by: records.count, from: first, transaction) }
        return .success(
            Appended(
                first: first, last: lastPosition, streamVersion: version + UInt64(records.count), wasAlreadyThere: false
            ))
    }

    /// Where these events were appended before; nil when none of them was. Ids greater than any in the log need no search.
    private func findEarlier(
        _ events: EncodedEvents, _ greatestID: EventID, _ transaction: borrowing WriteTransaction
    ) throws -> Result<Appended?, LogError> {
        var greatest = greatestID
        var own: Set<EventID>?
        var first: Position?
        for (index, record) in events.records.enumerated() {
            var found: Position?
            if record.id > greatest {
                greatest = record.id
                own?.insert(record.id)
            } else {
                found = try LogTables.ids.get(record.id, in: transaction)
                if index > 0 {
                    if own == nil { own = Set(events.records[..<index].map(\.id)) }
                    guard own?.insert(record.id).inserted == true else {
                        return .failure(
                            .duplicateID(record.id, at: lastPosition + UInt64(index) + 1, in: events.stream))
                    }
                }
            }
            if index == 0 { first = found }
            if let first, let found, found == first + UInt64(index), try isSame(events, record, at: found, transaction)
            {
                continue
            }
            if let there = found ?? first.map({ $0 + UInt64(index) }) {
                return .failure(.duplicateID(record.id, at: there, in: events.stream))
            }
        }
        guard let first else { return .success(nil) }
        let last = first + UInt64(events.records.count) - 1
        let version = try LogTables.events.withBytes(of: last, in: transaction) { try RawEvent($0).streamVersion } ?? 0
        return .success(Appended(first: first, last: last, streamVersion: version, wasAlreadyThere: true))
    }

    private func isSame(
        _ events: EncodedEvents, _ record: EncodedEvents.Record, at position: Position,
        _ transaction: borrowing WriteTransaction
    ) throws -> Bool {
        try LogTables.events.withBytes(of: position, in: transaction) { events.isSame(record, as: $0) } ?? false
    }

    // MARK: - The stream index

    private func end(of stream: StreamID, _ transaction: borrowing WriteTransaction) throws -> StreamRun? {
        if let known = ends[stream] { return known }
        let run = try LogTables.lastRun(of: stream.name, in: transaction)
        ends[stream] = .some(run)
        return run
    }

    /// Makes the stream's last run longer, or begins a new one. It is written once, at the end of the transaction.
    private func extend(
        _ stream: StreamID, _ end: StreamRun?, by count: Int, from first: Position,
        _ transaction: borrowing WriteTransaction
    ) throws {
        if var run = end, run.nextPosition == first {
            run.count += UInt64(count)
            ends[stream] = run
        } else {
            if unwritten.contains(stream) { try writeRun(of: stream, transaction) }
            ends[stream] = StreamRun(
                firstVersion: (end?.lastVersion ?? 0) + 1, firstPosition: first, count: UInt64(count))
        }
        unwritten.insert(stream)
    }

    private func writeRun(of stream: StreamID, _ transaction: borrowing WriteTransaction) throws {
        guard let run = ends[stream] ?? nil else { return }
        try LogTables.streams.put(StreamKey(stream: stream.name, version: run.firstVersion), run, in: transaction)
    }
}
