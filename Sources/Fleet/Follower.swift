import EventStore
import Foundation

/// Follows the streams of other machines' logs and keeps a copy of each log.
///
/// Where to go on follows from the copy: no state is kept on a server, none elsewhere. A copy takes each event once, in the
/// order of its positions, and only when the hash tree over all of them is the one that its machine sealed.
///
/// Blocks the thread that it runs on, which must be one.
public final class Follower {
    /// What came.
    public struct Summary: Sendable, Equatable {
        /// Logs that there are streams of.
        public var sources = 0
        /// Events that were added to the copies.
        public var added: UInt64 = 0
        /// Sentences about logs that are not followed any more, or lack events.
        public var problems: [String] = []
    }

    private struct Stream {
        var followed: FollowedLog
        /// The sequence that comes next; nil before it is known.
        var next: UInt64?
        var isStopped = false
        /// The gap that was told of.
        var told: ClosedRange<Position>?
        /// Events that lack, as was told; nil when none do.
        var problem: String?
    }

    private let connection: PatientConnection
    private let copy: (SourceID) throws -> EventLog
    private let own: SourceID
    private let warn: (String) -> Void
    private var streams: [SourceID: Stream] = [:]
    private var discovered: ContinuousClock.Instant?
    private var added: UInt64 = 0

    /// - Parameters:
    ///   - own: the log of this machine, which is not followed.
    ///   - warn: is given a sentence when servers are away or back, when events lack, and when a log has forked.
    ///   - copy: the copy of a log, made when it is not there.
    public init(
        _ address: NATSAddress, own: SourceID, warn: @escaping (String) -> Void,
        copy: @escaping (SourceID) throws -> EventLog
    ) {
        (self.own, self.warn, self.copy) = (own, warn, copy)
        connection = PatientConnection(address, warn: warn)
    }

    /// Takes in all that the streams hold, and unless it is to be done `once`, what comes, until it is cancelled.
    ///
    /// - Parameter progress: told how many events have been added in all, after each step that added some.
    /// - Throws: `FleetError`, and what a copy's store throws.
    public func follow(
        once: Bool = false, isCancelled: () -> Bool = { false }, progress: (UInt64) -> Void = { _ in }
    ) throws -> Summary {
        _ = try connection.perform(forever: !once, isCancelled: isCancelled) { jetStream, moved in
            while !isCancelled() {
                let before = added
                let hasMoved = try step(jetStream)
                moved()
                if added > before { progress(added) }
                if hasMoved { continue }
                if once { return }
                Thread.sleep(forTimeInterval: FleetLimits.watchInterval / .seconds(1))
            }
        }
        return Summary(
            sources: streams.count, added: added, problems: streams.values.compactMap(\.problem).sorted())
    }

    /// Looks at every stream once; false when none had anything new.
    private func step(_ jetStream: JetStream) throws -> Bool {
        if discovered.map({ ContinuousClock.now - $0 > FleetLimits.discoveryInterval }) ?? true {
            for source in try jetStream.sources() where source != own && streams[source] == nil {
                streams[source] = Stream(followed: FollowedLog(try copy(source)))
            }
            discovered = .now
        }
        var hasMoved = false
        for source in streams.keys.sorted(by: { $0.description < $1.description }) {
            guard var stream = streams[source], !stream.isStopped else { continue }
            defer { streams[source] = stream }
            do {
                if try step(source, &stream, jetStream) { hasMoved = true }
            } catch let error as LogError where error.isFork {
                stop(&stream, "\(error)")
            } catch let error as FleetError {
                guard case .damagedBlock = error else { throw error }
                stop(&stream, "The log \(source) is not followed further. \(error)")
            }
        }
        return hasMoved
    }

    private func stop(_ stream: inout Stream, _ sentence: String) {
        stream.isStopped = true
        stream.problem = sentence
        warn(sentence)
    }

    /// Takes in some blocks of one stream; false when there are none.
    private func step(_ source: SourceID, _ stream: inout Stream, _ jetStream: JetStream) throws -> Bool {
        guard let state = try jetStream.info(JetStream.stream(of: source))?.state, state.messages > 0 else {
            return false
        }
        // A stream that was made anew, or whose servers have lost its end, begins where the copy ends.
        if stream.next.map({ $0 > state.last_seq + 1 }) ?? true {
            stream.next = try place(of: stream.followed.log.lastPosition() + 1, source, state, jetStream)
        }
        let next = max(stream.next ?? 1, state.first_seq)
        guard next <= state.last_seq else {
            tellGap(&stream, source)
            return false
        }
        let end = min(state.last_seq, next + UInt64(FleetLimits.blocksAskedFor) - 1)
        let knewGap = stream.followed.missing != nil
        let messages = zip(next...end, try jetStream.messages(next...end, of: source))
        let outcome = try stream.followed.take(
            messages.compactMap { sequence, bytes in
                guard let bytes else { return nil }
                do throws(FleetError) { return (sequence, try SealedBlock(bytes)) } catch {
                    // As if it were missing, which can be mended.
                    warn("Message \(sequence) of the stream \(JetStream.stream(of: source)) is passed by. \(error)")
                    return nil
                }
            })
        stream.next = outcome.backTo ?? end + 1
        if outcome.added > 0 { stream.problem = nil }
        added += outcome.added
        if stream.followed.missing != nil, !knewGap {
            // A stream that was made anew has other blocks at these sequences: what is missing may lie before them.
            let place = try place(of: stream.followed.log.lastPosition() + 1, source, state, jetStream)
            if place < next { stream.next = place }
        }
        return true
    }

    private func tellGap(_ stream: inout Stream, _ source: SourceID) {
        guard let missing = stream.followed.missing, stream.told != missing else { return }
        stream.told = missing
        let sentence =
            "Events \(missing.lowerBound) to \(missing.upperBound) of the log \(source) are missing in its stream "
            + "\(JetStream.stream(of: source)); what comes after them waits. 'flperf log ship --verify' on its machine sends them again."
        stream.problem = sentence
        warn(sentence)
    }

    /// The first sequence whose block reaches a position. What blocks say of how far their stream had come never falls.
    private func place(
        of position: Position, _ source: SourceID, _ state: JetStream.StreamInfo.State, _ jetStream: JetStream
    ) throws -> UInt64 {
        var (low, high) = (state.first_seq, state.last_seq + 1)
        while low < high {
            let middle = low + (high - low) / 2
            // One that was deleted says nothing: the next one that is there does.
            var sequence = middle
            var block: SealedBlock?
            while sequence < high, block == nil {
                block = try jetStream.message(sequence, of: source).flatMap { try? SealedBlock($0) }
                sequence += 1
            }
            if let block, block.through < position { low = sequence } else { high = middle }
        }
        return low
    }
}
