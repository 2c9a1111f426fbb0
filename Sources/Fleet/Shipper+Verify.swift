import EventStore
import Events
import Foundation

extension Shipper {
    /// What a comparison of a stream with its log found.
    public struct Comparison: Sendable, Equatable {
        /// Blocks that the stream holds.
        public var blocks: UInt64 = 0
        /// Events that the stream holds as they are in the log.
        public var same: UInt64 = 0
        /// Events that the stream holds once more: sent again by an earlier `verify`, of no harm to followers.
        public var repeated: UInt64 = 0
        /// Events below the stream's highest position that it did not hold and were sent again.
        public var refilled: UInt64 = 0
        /// Sentences about blocks that are not of this log, or damaged.
        public var problems: [String] = []
        /// How far the stream has come now.
        public var through: Position = 0
    }

    /// Reads the whole stream, compares every event with the log and every block's root with the log's hash tree, and sends
    /// what is missing in it once more.
    ///
    /// - Parameter progress: blocks read, and how many there are.
    /// - Throws: `FleetError`, `LogError`. Blocks that differ are told in `problems`; nothing is overwritten.
    public func verify(
        isCancelled: () -> Bool = { false }, progress: (UInt64, UInt64) -> Void = { _, _ in }
    ) throws -> Comparison {
        var found = Comparison()
        var refilled: UInt64 = 0
        _ = try connection.perform(forever: false, isCancelled: isCancelled) { jetStream, moved in
            let held = try heldStream(jetStream)
            found = Comparison()
            var present = PositionSet()
            var next = held.firstSequence
            while next <= held.lastSequence, !isCancelled() {
                let end = min(held.lastSequence, next + UInt64(FleetLimits.blocksAskedFor) - 1)
                for (sequence, bytes) in zip(next...end, try jetStream.messages(next...end, of: log.source)) {
                    guard let bytes else { continue }
                    found.blocks += 1
                    guard let range = try compare(bytes, at: sequence, &found) else { continue }
                    found.same += range.upperBound - range.lowerBound + 1
                    present.insert(range)
                }
                next = end + 1
                moved()
                progress(end - held.firstSequence + 1, held.lastSequence - held.firstSequence + 1)
            }
            found.through = held.through
            found.repeated = found.same - present.count
            found.same = present.count
            var last = held.lastSequence
            for gap in present.gaps(through: held.through) where !isCancelled() {
                var summary = Summary()
                var sealer = try BlockSealer(
                    log, from: gap.lowerBound, through: gap.upperBound, highest: held.through,
                    largest: jetStream.connection.maxPayload)
                var blocks: UInt64 = 0
                try send(&sealer, jetStream, after: last, follow: false, isCancelled, &summary) { _ in
                    blocks += 1
                    moved()
                }
                last += blocks
                refilled += summary.shipped
            }
        }
        found.refilled = refilled
        return found
    }

    /// The positions of a stored block whose events are those of the log; nil when they are not.
    private func compare(_ bytes: [UInt8], at sequence: UInt64, _ found: inout Comparison) throws -> ClosedRange<
        Position
    >? {
        let block: SealedBlock
        do { block = try SealedBlock(bytes) } catch {
            found.problems.append("message \(sequence): \(error)")
            return nil
        }
        var isSame = try block.source == log.source && log.agrees(size: block.last, root: block.root) == true
        if isSame {
            try block.events { stored in
                var index = 0
                try log.scan(from: block.first, through: block.last) { raw in
                    isSame = raw.bytes.elementsEqual(stored[index])
                    index += 1
                    return isSame
                }
            }
        }
        guard isSame else {
            found.problems.append(
                "message \(sequence): events \(block.first) to \(block.last) are not those of this log: it has forked")
            return nil
        }
        return block.first...block.last
    }
}

/// Positions that are there, as ranges.
struct PositionSet {
    private var ranges: [ClosedRange<Position>] = []

    /// How many there are.
    var count: UInt64 { ranges.reduce(0) { $0 + $1.upperBound - $1.lowerBound + 1 } }

    mutating func insert(_ range: ClosedRange<Position>) {
        // Nearly always behind all others.
        let place = ranges.lastIndex { $0.lowerBound <= range.lowerBound }.map { $0 + 1 } ?? 0
        ranges.insert(range, at: place)
        var start = place
        if start > 0, ranges[start - 1].upperBound + 1 >= range.lowerBound { start -= 1 }
        var end = place
        var merged = ranges[start].lowerBound...max(ranges[start].upperBound, range.upperBound)
        while end + 1 < ranges.count, ranges[end + 1].lowerBound <= merged.upperBound + 1 {
            end += 1
            merged = merged.lowerBound...max(merged.upperBound, ranges[end].upperBound)
        }
        ranges.replaceSubrange(start...end, with: [merged])
    }

    /// What lies between 1 and `last` and is not there.
    func gaps(through last: Position) -> [ClosedRange<Position>] {
        var gaps: [ClosedRange<Position>] = []
        var next: Position = 1
        for range in ranges {
            if next < range.lowerBound { gaps.append(next...range.lowerBound - 1) }
            next = range.upperBound + 1
        }
        if next <= last { gaps.append(next...last) }
        return gaps
    }
}
