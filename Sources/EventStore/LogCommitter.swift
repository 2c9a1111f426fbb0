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
        /// Why nobody knows what was written; nil when that is known.
        var unknown: LogError?
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

    /// Commits events that were recorded before, which have their place: all of them or none.
    func commit(_ recorded: [EncodedEvents], at position: Position) throws {
        try store.write { transaction in
            let end = try LogEnd(in: transaction, folder: store.folder)
            try LogTables.events.withAppender(in: transaction) { events in
                var next = position
                for run in recorded {
                    let request = AppendRequest(events: run, expected: .exactly((run.firstVersion ?? 1) - 1)) { _ in }
                    let appended = try append(request, at: end, events, transaction).get()
                    guard appended.first == next, !appended.wasAlreadyThere else {
                        throw LogError.otherLog(store.folder, last: end.position, next: next)
                    }
                    next = appended.last + 1
                }
            }
            try end.write(in: transaction)
        }
    }

    /// Whatever was decided about one of them rested on the others: all of them fail.
    private func failure(_ error: any Error, _ requests: [AppendRequest]) -> Outcome {
        let reported =
            (error as? LogError) ?? (error as? StoreError).map { LogError($0) }
            ?? (error as? EnvelopeError).map { LogError.damaged(store.folder, $0) }
            ?? LogError(.store(.other), "Could not append in '\(store.folder)': \(error)")
        var outcome = Outcome(results: requests.map { _ in .failure(reported) })
        if !LogCommitter.harmless.contains(where: { reported.code == .store($0) }) { outcome.unknown = reported }
        return outcome
    }

    // MARK: - After a failure

    /// Opens the store anew after a write of unknown outcome, looks at the end of the log, and tells what became of these
    /// appends: each of them is there whole or not at all.
    ///
    /// - Throws: what stands in the way. Then nothing may be written, and it can be tried again.
    func recover(_ requests: [AppendRequest], from cause: LogError) throws -> [Result<Appended, LogError>] {
        end = nil
        try store.reopen()
        do {
            return try outcome(of: requests, from: cause)
        } catch let error as EnvelopeError {
            throw LogError.damaged(store.folder, error)
        }
    }

    private func outcome(
        of requests: [AppendRequest], from cause: LogError
    ) throws -> [Result<Appended, LogError>] {
        try store.read { transaction in
            let last = try LogEnd(in: transaction, folder: store.folder).position
            if last > 0 {
                let part = try VerifiedPart(
                    last - (last - 1) % UInt64(LogLimits.eventsPerSnapshot)...last, in: transaction)
                if let problem = part.problems.first {
                    throw LogError.unreadable(problem.position, in: store.folder, .damaged(problem.reason))
                }
            }
            return try requests.map { request in
                try find(request.events, in: Lent(transaction.snapshot)).map { .success($0) } ?? .failure(cause)
            }
        }
    }

    /// Where these events are; nil when they are not in the log.
    private func find(_ events: EncodedEvents, in transaction: Lent) throws -> Appended? {
        guard let first = events.records.first,
            let position = try LogTables.position(of: first.id, in: transaction)
        else { return nil }
        for index in events.records.indices
        where try !isSame(events, index, at: position + UInt64(index), in: transaction) { return nil }
        return try appended(events, at: position, in: transaction)
    }

    private func appended(
        _ events: EncodedEvents, at first: Position, in transaction: Lent, wasAlreadyThere: Bool = false
    ) throws -> Appended {
        let last = first + UInt64(events.records.count) - 1
        let version = try LogTables.events.withBytes(of: last, in: transaction) { try RawEvent($0).streamVersion } ?? 0
        return Appended(first: first, last: last, streamVersion: version, wasAlreadyThere: wasAlreadyThere)
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
        let records = new.records
        try new.sealed(at: place) { chunk in
            for index in chunk.records {
                let bytes = UnsafeRawBufferPointer(new.bytes(of: records[index]))
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
        let lent = Lent(transaction.snapshot)
        var own: Set<EventID> = []
        var first: Position?
        for (index, record) in events.records.enumerated() {
            let found = try LogTables.position(of: record.id, in: transaction)
            guard own.insert(record.id).inserted else {
                return .failure(.duplicateID(record.id, at: end.position + UInt64(index) + 1, in: events.stream))
            }
            if index == 0 { first = found }
            if let first, let found, found == first + UInt64(index), try isSame(events, index, at: found, in: lent) {
                continue
            }
            if let there = found ?? first.map({ $0 + UInt64(index) }) {
                return .failure(.duplicateID(record.id, at: there, in: events.stream))
            }
        }
        guard let first else { return .success(nil) }
        return .success(try appended(events, at: first, in: lent, wasAlreadyThere: true))
    }

    private func isSame(
        _ events: EncodedEvents, _ index: Int, at position: Position, in transaction: Lent
    ) throws -> Bool {
        try LogTables.events.withBytes(of: position, in: transaction) { bytes in
            try events.isSame(index, as: RawEvent(bytes)) { try LogTables.texts(of: position, in: transaction) }
        } ?? false
    }
}
