import Events

/// Has a run carried out again and again. The schedule's stream must not exist.
public struct AddSchedule: Sendable {
    public var schedule: ScheduleAdded

    public init(_ schedule: ScheduleAdded) { self.schedule = schedule }

    /// - Throws: `CommandError.scheduleExists`.
    public func decide(_ stream: [Event]) throws(CommandError) -> [Event] {
        guard stream.isEmpty else { throw .scheduleExists(schedule.scheduleID) }
        return [.scheduleAdded(schedule)]
    }
}
