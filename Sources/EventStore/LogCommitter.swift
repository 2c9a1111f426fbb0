import Events
import Storage
import Transparency

/// Puts appends into the log, several in one transaction, each refused or accepted by itself.
///
/// Only the writer's thread uses it. It keeps the log's end in mind, and reads it anew when another process has written.
final class LogCommitter {
    struct Outcome {
        /// One for each request, in order.
        var results: [Result<Appended, LogError>]
        /// Whether anything was written.
        var hasWritten = false
        /// Set when nothing more may be written.
        var stop: LogError?
    }

    /// After these nothing was written and the next commit may well succeed. After anything else nobody knows.
    private static let harmless: [StoreError.Code] = [
        .mapFull, .diskFull, .readersFull, .locked, .invalidRecord, .closed,
    ]

    private let store: Store
    private let clock: @Sendable () -> Int64
    private var end: LogEnd?

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
            return try store.write { transaction in
                let last = try LogTables.lastPosition(in: transaction)
                let end: LogEnd
                if let known = self.end, known.position == last {
                    end = known
                } else {
                    end = try LogEnd(in: transaction, folder: store.folder)
                }
                self.end = end
                let results = try LogTables.events.withAppender(in: transaction) { events in
                    try requests.map { try append($0, at: end, events, transaction) }
                }
                try end.write(in: transaction)
                return Outcome(results: results, hasWritten: end.position > last)
            }
        } catch {
            end = nil
            throw error
        }
    }

    /// Whatever was decided about one of them rested on the others: all of them fail.
    private func failure(_ error: any Error, _ requests: [AppendRequest]) -> Outcome {
        let reported =
            (error as? LogError) ?? (error as? StoreError).map { LogError($0) } ?? LogError(.store(.other), "\(error)")
        var outcome = Outcome(results: requests.map { _ in .failure(reported) })
        if !LogCommitter.harmless.contains(where: { reported.code == .store($0) }) {
            outcome.stop = LogCommitter.stop(after: reported, in: store.folder)
        }
        return outcome
    }

    static func stop(after cause: any Error, in folder: String) -> LogError {
        LogError(
            .writesStopped,
            "Could not append in '\(folder)': an earlier write failed and nothing more is written until the log is "
                + "opened again. The cause: \(cause) Events of unknown outcome can be appended again with their ids.")
    }

    // MARK: - One append

    private func append(
        _ request: AppendRequest, at end: LogEnd, _ events: borrowing Appender<UInt64>,
        _ transaction: borrowing WriteTransaction
    ) throws -> Result<Appended, LogError> {
        let new = request.events
        switch try findEarlier(new, end, transaction) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let earlier?): return .success(earlier)
        case .success(nil): break
        }
        let version = try end.version(of: new.stream, in: transaction)
        if case .exactly(let expected) = request.expected, expected != version {
            return .failure(.versionConflict(new.stream, expected: expected, found: version))
        }
        let place = EncodedEvents.Place(
            position: end.position + 1, version: version + 1, recordedAt: new.foreseen?.recordedAt ?? clock())
        try new.sealed(at: place) { chunk in
            for index in chunk.records {
                let bytes = UnsafeRawBufferPointer(new.bytes(of: new.records[index]))
                let isLast = try events.append(place.position + UInt64(index), bytes)
                precondition(isLast, "nothing in the log lies behind its last position")
            }
            end.add(chunk)
        }
        for (event, text) in new.texts {
            let key = TextKey(position: place.position + UInt64(event), slot: text.slot)
            try LogTables.texts.put(key, text.salt + text.text, in: transaction)
        }
        for key in request.erases { try LogTables.texts.delete(key, in: transaction) }
        try end.extend(new, from: place, in: transaction)
        return .success(
            Appended(
                first: place.position, last: end.position, streamVersion: version + UInt64(new.records.count),
                wasAlreadyThere: false))
    }

    /// Where these events were appended before; nil when none of them was. Ids greater than any in the log need no search.
    private func findEarlier(
        _ events: EncodedEvents, _ end: LogEnd, _ transaction: borrowing WriteTransaction
    ) throws -> Result<Appended?, LogError> {
        guard try !end.areNew(events.idRuns, in: transaction) else { return .success(nil) }
        var own: Set<EventID> = []
        var first: Position?
        for (index, record) in events.records.enumerated() {
            let found = try LogTables.position(of: record.id, in: transaction)
            guard own.insert(record.id).inserted else {
                return .failure(.duplicateID(record.id, at: end.position + UInt64(index) + 1, in: events.stream))
            }
            if index == 0 { first = found }
            if let first, let found, found == first + UInt64(index), try isSame(events, index, at: found, transaction) {
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
        _ events: EncodedEvents, _ index: Int, at position: Position, _ transaction: borrowing WriteTransaction
    ) throws -> Bool {
        let snapshot = transaction.snapshot
        return try LogTables.events.withBytes(of: position, in: transaction) { bytes in
            try events.isSame(index, as: RawEvent(bytes)) { try LogTables.texts(of: position, in: Lent(snapshot)) }
        } ?? false
    }
}
