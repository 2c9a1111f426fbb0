import Events
import Foundation
import Storage
import Synchronization
import Transparency

/// What `EventLog.verify` found.
public struct Verification: Sendable, Equatable {
    /// Something that is not as it was written.
    public struct Problem: Sendable, Equatable, CustomStringConvertible {
        /// The event that it is about; 0 when it is about the file as a whole.
        public var position: Position
        /// What is wrong with it.
        public var reason: String

        /// Both.
        public var description: String { position == 0 ? reason : "event \(position): \(reason)" }
    }

    /// The first position that was looked at.
    public var first: Position
    /// The last position that was looked at; less than `first` when there was none.
    public var last: Position
    /// How many events were there and could be looked at.
    public var events: UInt64 = 0
    /// The hash of the tree over the events, computed from what is stored; nil when only a part was looked at, or one of them
    /// could not be.
    public var root: Digest?
    /// How many problems there are.
    public var problemCount = 0
    /// The first of them, at most `LogLimits.problemsDescribed`.
    public var problems: [Problem] = []

    /// Whether everything is as it was written.
    public var isClean: Bool { problemCount == 0 }

    mutating func add(_ position: Position, _ reason: String) {
        problemCount += 1
        if problems.count < LogLimits.problemsDescribed { problems.append(Problem(position: position, reason: reason)) }
    }
}

extension EventLog {
    /// Looks at every event from `first` through `last`: its checksum, its position, its version in its stream, its texts, what
    /// the indexes say of it, and the hash tree. Of a whole log also whether the indexes hold anything else.
    ///
    /// Goes on after a problem, and works while others append. What is appended after it began is left out.
    /// - Parameters:
    ///   - threads: how many work on it; as many as there are cores by default.
    ///   - progress: called with the last position done, now and then, in order.
    public func verify(
        from first: Position = 1, through last: Position? = nil,
        threads: Int = ProcessInfo.processInfo.activeProcessorCount, progress: (Position) -> Void = { _ in }
    ) throws -> Verification {
        let first = max(1, first)
        let whole = try reading { transaction in
            try WholeLog(in: transaction, needsIndexes: last == nil && first == 1)
        }
        let pages = whole.indexed == nil ? PageCheck() : try checkPages()
        // `nonisolated(unsafe)`: the caller's own closure, called by several threads, but only with the lock of `merger` held.
        nonisolated(unsafe) let progress = progress
        // A damaged last position must not send anyone through what is not there.
        let end = min(whole.last, whole.count + UInt64(LogLimits.eventsPerSnapshot))
        let merger = Mutex(VerifiedParts(first: first, last: min(last ?? end, end)))
        let parts = merger.withLock { $0.parts }
        let next = Atomic(0)
        let failure = Mutex<(any Error)?>(nil)
        DispatchQueue.concurrentPerform(iterations: max(1, min(parts.count, threads))) { _ in
            while failure.withLock({ $0 == nil }) {
                let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard number < parts.count else { return }
                do {
                    let part = try reading { try VerifiedPart(parts[number], in: $0) }
                    merger.withLock { merger in
                        merger.add(part, number: number)
                        if let done = merger.done { progress(done) }
                    }
                } catch {
                    failure.withLock { $0 = $0 ?? error }
                }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
        return merger.withLock { $0.conclude(whole, pages) }
    }

    private func checkPages() throws -> PageCheck {
        do { return try store.checkPages() } catch { throw LogError(error) }
    }
}

/// What the log said of itself in the snapshot in which a verification began.
struct WholeLog {
    var last: Position
    /// How many events there are.
    var count: UInt64
    /// The right edge of the tree; nil in a log that has none yet.
    var edge: CompactRange?
    /// Whether texts are kept beside the events: a copy of another machine's log has none.
    var hasTexts: Bool
    /// How many events the indexes count; nil when only a part is looked at.
    var indexed: (ids: UInt64, streams: UInt64)?

    init(in transaction: borrowing ReadTransaction, needsIndexes: Bool) throws {
        last = try LogTables.lastPosition(in: transaction)
        count = UInt64(try LogTables.events.count(in: transaction))
        edge = try LogTables.edge.get("edge", in: transaction)
        hasTexts = try LogTables.meta.get("copy", in: transaction) == nil
        if needsIndexes {
            indexed = (
                try WholeLog.count(LogTables.ids, in: transaction),
                try WholeLog.count(LogTables.streams, in: transaction)
            )
        }
    }

    private static func count<Key: StoreKey>(
        _ table: Table<Key, PositionRun>, in transaction: borrowing ReadTransaction
    ) throws -> UInt64 {
        var sum: UInt64 = 0
        try table.scanBytes(in: transaction) { _, value in
            // One that can't be read is missing in the sum.
            sum &+= (try? PositionRun(storedBytes: value).count) ?? 0
            return true
        }
        return sum
    }
}
