import EventStore
import Events
import Transparency

/// What becomes of the blocks of one stream, in the order in which they come: which are appended to the copy of the log, which
/// are there already, and where something is missing. No connection.
struct FollowedLog {
    /// What one block did.
    enum Outcome: Equatable {
        /// So many new events.
        case appended(UInt64)
        /// All its events were there, and are the same.
        case known
        /// Events before it are missing.
        case ahead
    }

    let log: EventLog
    /// The first sequence that was passed by because something before it was missing; nil when nothing is.
    private(set) var skippedFrom: UInt64?
    /// The events that are missing; nil when none are known to be.
    private(set) var missing: ClosedRange<Position>?

    init(_ log: EventLog) { self.log = log }

    /// Takes in the block that the stream has at a sequence.
    ///
    /// - Returns: what it did; and the sequence to go back to, when what was missing has come and others were passed by.
    /// - Throws: `LogError.forked` when its history is not that of what is here; `FleetError.damagedBlock` when it is of another
    ///   log.
    mutating func take(_ block: SealedBlock, at sequence: UInt64) throws -> (Outcome, backTo: UInt64?) {
        guard block.source == log.source else {
            throw FleetError.damagedBlock("it is of the log \(block.source), in the stream of \(log.source)")
        }
        let last = try log.lastPosition()
        if block.last <= last {
            guard try log.agrees(size: block.last, root: block.root) == true else {
                throw LogError.forked(log.source, log.folder, before: block.last)
            }
            return (.known, nil)
        }
        if block.first > last + 1 {
            if skippedFrom == nil { skippedFrom = sequence }
            missing = last + 1...min(missing?.upperBound ?? .max, block.first - 1)
            return (.ahead, nil)
        }
        try block.events(dropping: last + 1 - block.first) { try log.appendStored($0, root: block.root) }
        defer { (skippedFrom, missing) = (nil, nil) }
        return (.appended(block.last - last), skippedFrom)
    }
}
