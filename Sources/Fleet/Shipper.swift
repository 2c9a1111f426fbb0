import EventStore
import Foundation

/// Ships a log, block by block, to its stream, which it alone writes.
///
/// Where to go on is read from the stream itself, so what was acknowledged is never sent again, and what a server lost is sent
/// anew. Each block names the sequence that must come before it: however often one is sent, it is stored once. Blocks whose
/// outcome is not known, because a server died or does not answer, are sent again from where the stream then stands.
///
/// Blocks the thread that it runs on, which must be one.
public final class Shipper {
    /// What has become of a log's events.
    public struct Summary: Sendable, Equatable {
        /// Events that this call brought to the stream.
        public var shipped: UInt64 = 0
        /// Position of the last event that the stream holds.
        public var through: Position = 0
        /// Blocks that were sent again because their outcome was not known.
        public var resent: UInt64 = 0
    }

    let log: EventLog
    let connection: PatientConnection
    private let replicas: Int?
    private let warn: (String) -> Void
    private var hasToldOfLimits = false
    /// The last position that this process has sent.
    private var sent: Position = 0
    /// Grows when a server holds a block for a duplicate that it does not have: JetStream 2.9 keeps the id of a block that it
    /// refused. The sequence still keeps it from being stored twice.
    private var attempt = 0

    /// - Parameters:
    ///   - replicas: how many servers keep the stream, if it is made now; nil: three, or one where there are fewer.
    ///   - warn: is given a sentence when the servers are away, when they are back, and when a stream drops old blocks.
    public init(_ log: EventLog, to address: NATSAddress, replicas: Int? = nil, warn: @escaping (String) -> Void) {
        (self.log, self.replicas, self.warn) = (log, replicas, warn)
        connection = PatientConnection(address, warn: warn)
    }

    /// Ships what the stream lacks at its end, and with `follow` what comes, until it is cancelled.
    ///
    /// - Parameter progress: told how far the stream has come, and how far the log goes.
    /// - Throws: `FleetError`, `LogError`. What was acknowledged stays.
    public func ship(
        follow: Bool, isCancelled: () -> Bool = { false }, progress: (Position, Position) -> Void = { _, _ in }
    ) throws -> Summary {
        var summary = Summary()
        _ = try connection.perform(forever: follow, isCancelled: isCancelled) { jetStream, moved in
            let held = try heldStream(jetStream)
            summary.through = held.through
            // A stream may hold blocks whose acknowledgement was lost with a connection.
            if held.through > 0 { progress(held.through, try log.lastPosition()) }
            var sealer = try BlockSealer(
                log, from: held.through + 1, largest: jetStream.connection.maxPayload)
            try send(&sealer, jetStream, after: held.lastSequence, follow: follow, isCancelled, &summary) { through in
                moved()
                progress(through, try log.lastPosition())
            }
        }
        return summary
    }

    // MARK: - The stream

    struct HeldStream {
        var firstSequence: UInt64
        var lastSequence: UInt64
        /// The highest position that it was ever given; 0 when it is empty.
        var through: Position
    }

    /// The log's stream, made where there is none, and how far it has come.
    ///
    /// - Throws: `FleetError.forked` when its last block is not of this log's history.
    func heldStream(_ jetStream: JetStream) throws -> HeldStream {
        let stream = JetStream.stream(of: log.source)
        guard let info = try jetStream.info(stream) else {
            let count = try jetStream.make(
                stream, subject: JetStream.subject(of: log.source), replicas: replicas)
            if count < 3, replicas == nil {
                warn("The stream \(stream) is kept by \(count) server: there are no three that could.")
            }
            return HeldStream(firstSequence: 1, lastSequence: 0, through: 0)
        }
        if info.discardsOld, !hasToldOfLimits {
            hasToldOfLimits = true
            warn(
                "The stream \(stream) drops old blocks (max_age, or a limit with discard 'old'): a follower that comes late needs "
                    + "'flperf log ship --verify'.")
        }
        guard let bytes = try jetStream.message(nil, of: log.source) else {
            return HeldStream(firstSequence: info.state.last_seq + 1, lastSequence: info.state.last_seq, through: 0)
        }
        let block = try SealedBlock(bytes)
        let last = try log.lastPosition()
        guard block.through <= last else {
            throw FleetError.forked(
                log.source, stream: stream, reason: "the stream holds \(block.through) events, the log has \(last)")
        }
        guard try log.agrees(size: block.last, root: block.root) == true else {
            throw FleetError.forked(
                log.source, stream: stream,
                reason: "the hash tree over the first \(block.last) events is not that of the stream's last block")
        }
        return HeldStream(
            firstSequence: info.state.first_seq, lastSequence: info.state.last_seq, through: block.through)
    }

    // MARK: - Blocks under way

    /// Sends what is sealed, many blocks at a time, each behind the one before.
    ///
    /// - Throws: `FleetError.unreachable` when nobody knows what has become of some of them.
    func send(
        _ sealer: inout BlockSealer, _ jetStream: JetStream, after last: UInt64, follow: Bool,
        _ isCancelled: () -> Bool, _ summary: inout Summary,
        acknowledged: (_ through: Position) throws -> Void
    ) throws {
        let inbox = try jetStream.connection.inbox()
        var underWay: [UInt64: (first: Position, last: Position)] = [:]
        var sequence = last
        var answered = ContinuousClock.now
        var waitingSince: ContinuousClock.Instant?
        while !isCancelled() {
            while underWay.count < FleetLimits.blocksUnderWay {
                let waited = waitingSince.map { ContinuousClock.now - $0 } ?? .zero
                let least = follow && waited < FleetLimits.linger ? FleetLimits.leastBlockSize : 0
                guard let block = try sealer.seal(least: least) else { break }
                waitingSince = nil
                if underWay.isEmpty { answered = .now }
                try publish(block, jetStream, inbox, after: sequence)
                if block.first <= sent { summary.resent += 1 }
                sent = max(sent, block.last)
                sequence += 1
                underWay[sequence] = (block.first, block.last)
            }
            if waitingSince == nil, try sealer.hasMore() { waitingSince = .now }
            if underWay.isEmpty {
                guard try follow || sealer.hasMore() else { return }
                Thread.sleep(forTimeInterval: FleetLimits.watchInterval / .seconds(1))
                continue
            }
            guard let answer = try inbox.next(within: FleetLimits.watchInterval) else {
                guard ContinuousClock.now - answered < FleetLimits.answerTime else {
                    throw FleetError.unreachable(connection.address.text, "blocks are not acknowledged")
                }
                continue
            }
            answered = .now
            guard let asked = UInt64(answer.tail), let positions = underWay[asked] else { continue }
            try check(answer, stored: asked)
            underWay[asked] = nil
            summary.shipped += positions.last - positions.first + 1
            summary.through = max(summary.through, positions.last)
            try acknowledged(summary.through)
        }
    }

    private func publish(
        _ block: SealedBlock, _ jetStream: JetStream, _ inbox: NATSConnection.Inbox, after sequence: UInt64
    ) throws(FleetError) {
        try jetStream.connection.publish(
            JetStream.subject(of: log.source), reply: "\(inbox.prefix).\(sequence + 1)",
            headers: [
                ("Nats-Msg-Id", attempt == 0 ? block.id : "\(block.id)/\(attempt)"),
                // Of the whole stream: those of single subjects do not hold on replicated streams (nats-server#4320).
                ("Nats-Expected-Last-Sequence", "\(sequence)"),
                ("Nats-Expected-Stream", JetStream.stream(of: log.source)),
            ], block.bytes)
    }

    /// - Throws: `FleetError` when the block is not known to be stored at that sequence: `.refused` for good, else
    ///   `.unreachable`.
    private func check(_ answer: NATSMessage, stored sequence: UInt64) throws(FleetError) {
        let stream = JetStream.stream(of: log.source)
        guard let found = try? JSONDecoder().decode(JetStream.Acknowledgement.self, from: Data(answer.data)) else {
            throw .unreachable(connection.address.text, "nobody keeps the stream \(stream) now")
        }
        if let refusal = found.error {
            guard refusal.err_code != JetStream.Refusal.wrongLastSequence, refusal.code != 503 else {
                throw .unreachable(connection.address.text, refusal.description)
            }
            throw .refused("ship to the stream \(stream)", refusal.description)
        }
        guard found.seq == sequence else {
            if found.duplicate == true { attempt += 1 }
            throw .unreachable(
                connection.address.text, "a block was stored as \(found.seq ?? 0) instead of \(sequence)")
        }
    }
}
