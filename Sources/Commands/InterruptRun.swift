import Events

/// Says of a run whose process died that it was interrupted.
public struct InterruptRun: Sendable {
    public var id: String
    public var reason: String

    public init(_ id: String, reason: String) {
        self.id = id
        self.reason = reason
    }

    /// Nothing when the run has ended, or never began.
    ///
    /// - Parameter last: the last event of the run's stream; nil when there is none.
    public func decide(_ last: Event?) -> [Event] {
        guard let last, !last.endsRun else { return [] }
        return [.runInterrupted(.with { ($0.runID, $0.reason) = (id, reason) })]
    }
}
