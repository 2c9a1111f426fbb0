import EventStore
import Storage

/// An event that a projection can't take in: its payload can't be decoded, a newer build wrote it, or the fold refuses it.
public struct PoisonedEvent: Codable, Sendable, Hashable {
    /// The projection's name.
    public var projection: String
    public var position: Position
    /// `InferenceSampled`; `Event 999` of a type that this build does not know.
    public var type: String
    /// A sentence.
    public var reason: String

    public init(projection: String, position: Position, type: String, reason: String) {
        self.projection = projection
        self.position = position
        self.type = type
        self.reason = reason
    }

    /// Which event it is, and whose.
    var id: String { "\(projection)/\(position)" }
}

/// Why a batch could not be folded: because of one event, or of one among them.
enum FoldFailure: Error {
    case event(PoisonedEvent)
    case batch(projection: String, reason: String)
}

extension Error {
    /// Whether an event is to blame, and neither the disk nor who waits for the fold.
    var isOfAnEvent: Bool { !(self is StoreError || self is LogError || self is CancellationError) }
}

extension EventLog {
    /// Folds up to `last`, or up to the first event that can't be folded.
    ///
    /// - Parameter fold: one transaction, of at most a batch from `first` up to the position that it is given.
    /// - Returns: what `fold` returns.
    /// - Throws: `ProjectionError.poisoned` when the very first can't be folded; what else `fold` throws.
    func foldBatch(from first: Position, through last: Position, _ fold: (Position) throws -> Position) throws
        -> Position
    {
        do {
            return try fold(last)
        } catch FoldFailure.event(let event) {
            guard event.position > first else { throw ProjectionError.poisoned(event) }
            return try foldBatch(from: first, through: event.position - 1, fold)
        } catch FoldFailure.batch(let projection, let reason) {
            let end = min(last, first + Projector.batchLimit - 1)
            // Ever smaller parts tell which one it is.
            guard end == first else { return try foldBatch(from: first, through: first + (end - first) / 2, fold) }
            throw ProjectionError.poisoned(
                PoisonedEvent(projection: projection, position: first, type: try typeName(at: first), reason: reason))
        }
    }

    private func typeName(at position: Position) throws -> String {
        var name = ""
        try scan(from: position, through: position, checksums: false) { raw in
            name = raw.type.name
            return false
        }
        return name
    }
}
