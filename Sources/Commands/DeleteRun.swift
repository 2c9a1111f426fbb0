import Events

/// Hides a run from every table and page. The log keeps it.
public struct DeleteRun: Sendable {
    public var id: String
    public var reason: String

    public init(_ id: String, reason: String) {
        self.id = id
        self.reason = reason
    }

    /// Nothing when it is deleted already.
    ///
    /// - Parameter last: the last event of the run's stream; nil when there is none.
    /// - Throws: `CommandError.unknownRun`, and `runGoesOn` for one that has not ended.
    public func decide(_ last: Event?) throws(CommandError) -> [Event] {
        guard let last else { throw .unknownRun(id) }
        if case .runDeleted = last { return [] }
        guard last.endsRun else { throw .runGoesOn(id) }
        return [.runDeleted(.with { ($0.runID, $0.reason) = (id, reason) })]
    }
}

/// Shows a deleted run again.
public struct RestoreRun: Sendable {
    public var id: String

    public init(_ id: String) { self.id = id }

    /// Nothing when it is not deleted.
    ///
    /// - Parameter last: the last event of the run's stream; nil when there is none.
    /// - Throws: `CommandError.unknownRun`.
    public func decide(_ last: Event?) throws(CommandError) -> [Event] {
        guard let last else { throw .unknownRun(id) }
        guard case .runDeleted = last else { return [] }
        return [.runRestored(.with { $0.runID = id })]
    }
}

extension Event {
    /// Whether a run whose stream it stands at the end of has ended.
    var endsRun: Bool {
        switch self {
        case .runCompleted, .runFailed, .runCancelled, .runInterrupted, .runDeleted, .runRestored: true
        default: false
        }
    }
}
