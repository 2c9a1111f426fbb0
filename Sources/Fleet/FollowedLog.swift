import EventStore
import Events
import Transparency

/// What becomes of the blocks of one stream, in the order in which they come: which are appended to the copy of the log, which
/// are there already, and where something is missing. No connection.
struct FollowedLog {
    /// What some blocks did.
    struct Outcome: Equatable {
        /// New events.
        var added: UInt64 = 0
        /// The sequence to go back to: what was missing has come, and others had been passed by.
        var backTo: UInt64?
    }

    let log: EventLog
    /// The first sequence that was passed by because something before it was missing; nil when nothing is.
    private var skippedFrom: UInt64?
    /// The events that are missing; nil when none are known to be.
    private(set) var missing: ClosedRange<Position>?

    init(_ log: EventLog) { self.log = log }

    /// Takes in blocks of the stream with their sequences, those that follow each other in one transaction. Ends before the last
    /// one when it has to go back.
    ///
    /// - Throws: `LogError.forked` when their history is not that of what is here; `FleetError.damagedBlock` when one is of
    ///   another log.
    mutating func take(_ blocks: [(sequence: UInt64, block: SealedBlock)]) throws -> Outcome {
        let first = try log.lastPosition()
        var (kept, last) = (first, first)
        var next: [SealedBlock] = []
        var outcome = Outcome()
        for (sequence, block) in blocks {
            guard block.source == log.source else {
                throw FleetError.damagedBlock("it is of the log \(block.source), in the stream of \(log.source)")
            }
            if block.last <= last {
                if block.last > kept {
                    try append(next, after: kept)
                    (kept, next) = (last, [])
                }
                guard try log.agrees(size: block.last, root: block.root) == true else {
                    throw LogError.forked(log.source, log.folder, before: block.last)
                }
            } else if block.first > last + 1 {
                if skippedFrom == nil { skippedFrom = sequence }
                missing = last + 1...min(missing?.upperBound ?? .max, block.first - 1)
            } else {
                next.append(block)
                last = block.last
                outcome.backTo = skippedFrom
                (skippedFrom, missing) = (nil, nil)
                if outcome.backTo != nil { break }
            }
        }
        try append(next, after: kept)
        outcome.added = last - first
        return outcome
    }

    private func append(_ blocks: [SealedBlock], after last: Position) throws {
        guard let root = blocks.last?.root else { return }
        do {
            try Self.lend(blocks[...], after: last) { try log.appendStored($0, root: root) }
        } catch let error as LogError where error.isFork && blocks.count > 1 {
            // One by one, so that what has the same history is taken and the first that has not is named.
            for block in blocks {
                try Self.lend([block], after: log.lastPosition()) { try log.appendStored($0, root: block.root) }
            }
        }
    }

    /// Lends the events of blocks behind a position.
    private static func lend(
        _ blocks: ArraySlice<SealedBlock>, after last: Position, _ events: [UnsafeRawBufferPointer] = [],
        _ body: ([UnsafeRawBufferPointer]) throws -> Void
    ) rethrows {
        guard let block = blocks.first else { return try body(events) }
        try block.events(dropping: last + 1 - block.first) {
            try lend(blocks.dropFirst(), after: block.last, events + $0, body)
        }
    }
}

extension LogError {
    /// Whether it says that two histories differ.
    var isFork: Bool { if case .forked = code { true } else { false } }
}
