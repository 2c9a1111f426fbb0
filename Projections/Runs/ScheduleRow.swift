import ProjectionKit

/// One schedule as the product shows it: a run that is carried out again and again.
public struct ScheduleRow: Codable, Sendable, Hashable {
    public var id: String
    /// The run that is repeated, as it was asked for.
    public var run_id: String
    /// ms from one start to the next.
    public var every: Int64
    /// The first start, ms since the epoch; each further one is `every` later, whatever a run takes.
    public var first_at: Int64
    /// No start after it, ms since the epoch; null for no end.
    @Nullable public var until: Int64?
    public var status: Status
    /// Why it has ended; null while it has not.
    @Nullable public var reason: String?
    public var suite_name: String
    public var model_aliases: [String]
    /// Runs so far that belong to it.
    public var runs: Int
    @Nullable public var last_run_id: String?
    /// When it meant the last of them to start, ms since the epoch.
    @Nullable public var last_due_at: Int64?
    public var created_at: Int64
    public var source: String

    public enum Status: String, Codable, Sendable, CaseIterable {
        case active, ended
    }

    /// The first start that it means to be later than `moment`; nil when its end comes before that.
    ///
    /// - Parameter moment: ms since the epoch, as the answer.
    public func next(after moment: Int64) -> Int64? {
        guard every > 0, moment >= first_at else { return within(first_at) }
        return within(first_at + ((moment - first_at) / every + 1) * every)
    }

    /// The last start that it means to be at `moment` or before; nil when the first one is later.
    public func latest(at moment: Int64) -> Int64? {
        guard every > 0, moment >= first_at else { return nil }
        let last = min(moment, until ?? .max)
        return first_at + (last - first_at) / every * every
    }

    private func within(_ start: Int64) -> Int64? { start <= until ?? .max ? start : nil }
}
