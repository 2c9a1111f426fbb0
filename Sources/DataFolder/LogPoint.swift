import Audit
import EventStore

/// A point of the log that answers can be given as of: what the tables said when that event, or that moment, was the last.
public enum LogPoint: Sendable, Hashable, CustomStringConvertible {
    case position(Position)
    /// ns since the epoch, UTC, by the clock that recorded the events.
    case time(Int64)

    /// A position, or a time of RFC 3339; nil when the text is neither.
    public init?(_ text: String) {
        if text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let position = Position(text) {
            self = .position(position)
        } else if let moment = Timestamp.nanoseconds(of: text) {
            self = .time(moment)
        } else {
            return nil
        }
    }

    public var description: String {
        switch self {
        case .position(let position): "event \(position)"
        case .time(let moment): Timestamp.text(of: moment)
        }
    }
}

/// Why there is no answer as of a point.
public enum LogPointError: Error, Equatable, Sendable, CustomStringConvertible {
    case noSuchEvent(LogPoint, last: Position)
    /// - Parameter first: when the log's first event was recorded, ns since the epoch, UTC.
    case beforeTheFirst(LogPoint, first: Int64)
    case emptyLog(LogPoint)

    public var description: String {
        switch self {
        case .noSuchEvent(let point, let last):
            "Could not answer as of \(point): the log's events are 1 to \(last)."
        case .beforeTheFirst(let point, let first):
            "Could not answer as of \(point): the log's first event was recorded at \(Timestamp.text(of: first))."
        case .emptyLog(let point): "Could not answer as of \(point): the log has no events yet."
        }
    }
}

extension EventLog {
    /// The last event that an answer as of this point knows of.
    ///
    /// - Throws: `LogPointError`, `LogError`.
    func position(of point: LogPoint) throws -> Position {
        let last = try lastPosition()
        guard let first = try recordedAt(1) else { throw LogPointError.emptyLog(point) }
        switch point {
        case .position(let position):
            guard (1...last).contains(position) else { throw LogPointError.noSuchEvent(point, last: last) }
            return position
        case .time(let moment):
            let position = try lastPosition(by: moment)
            guard position > 0 else { throw LogPointError.beforeTheFirst(point, first: first) }
            return position
        }
    }
}
