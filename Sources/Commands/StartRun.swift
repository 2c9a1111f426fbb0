import Events

/// Begins a run. Its stream must not exist.
public struct StartRun: Sendable {
    public var requested: RunRequested

    public init(_ requested: RunRequested) { self.requested = requested }

    /// - Throws: `CommandError.runExists`.
    public func decide(_ stream: [Event]) throws(CommandError) -> [Event] {
        guard stream.isEmpty else { throw .runExists(requested.runID) }
        return [.runRequested(requested)]
    }
}
