import Events

/// Ends a schedule: no further run starts. One that is going on goes on.
public struct EndSchedule: Sendable {
    public var id: String
    public var reason: String

    public init(_ id: String, reason: String) {
        self.id = id
        self.reason = reason
    }

    /// Nothing when it has ended already.
    ///
    /// - Throws: `CommandError.unknownSchedule`.
    public func decide(_ stream: [Event]) throws(CommandError) -> [Event] {
        guard !stream.isEmpty else { throw .unknownSchedule(id) }
        if case .scheduleEnded? = stream.last { return [] }
        return [.scheduleEnded(.with { ($0.scheduleID, $0.reason) = (id, reason) })]
    }
}
