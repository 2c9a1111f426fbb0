import EventStore
import Events

/// Which events are wanted. What is nil or empty asks for nothing.
public struct LogSelection: Sendable, Equatable {
    /// The first position.
    public var from: Position = 1
    /// The last position.
    public var through: Position?
    /// Only events of one of these types.
    public var types: Set<EventType> = []
    /// Only events of the stream with this name.
    public var stream: String?
    /// Only events that were recorded then or later: nanoseconds since the epoch, UTC.
    public var since: Int64?
    /// Only events that were recorded before: nanoseconds since the epoch, UTC.
    public var until: Int64?

    /// All events.
    public init() {}

    /// Whether an event between the two positions is wanted. It looks at the header alone.
    public func includes(_ event: borrowing RawEvent) -> Bool {
        if !types.isEmpty, !types.contains(event.type) { return false }
        if let stream, !event.streamName.elementsEqual(stream.utf8) { return false }
        if let since, event.recordedAt < since { return false }
        if let until, event.recordedAt >= until { return false }
        return true
    }
}
