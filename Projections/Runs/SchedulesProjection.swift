import EventStore
import Events
import ProjectionKit
import Storage

/// The schedules table: one row a schedule.
///
/// `rows`: schedule id → `ScheduleRow` as JSON, keys sorted.
public struct SchedulesProjection: Projection {
    public static let name = "schedules"
    public static let version: UInt32 = 1
    public static let handles: Set<EventType> = [.scheduleAdded, .scheduleEnded, .runRequested]

    let rows: RowTable<ScheduleRow>

    public init(_ space: TableSpace) { rows = RowTable(space.table("rows")) }

    public mutating func fold(
        _ recorded: RecordedEvent, from source: SourceID, in transaction: borrowing WriteTransaction
    ) throws {
        switch recorded.event {
        case .scheduleAdded(let event):
            let row = ScheduleRow(
                id: event.scheduleID, run_id: event.runID, every: event.everyNs / 1_000_000,
                first_at: event.firstUnixNs / 1_000_000,
                until: event.hasUntilUnixNs ? event.untilUnixNs / 1_000_000 : nil,
                status: .active, reason: nil, suite_name: "", model_aliases: [], runs: 0, last_run_id: nil,
                last_due_at: nil, created_at: recorded.occurredMilliseconds, source: source.description)
            try rows.put(row.id, row, in: transaction)
        case .scheduleEnded(let event):
            guard var row = try rows.get(event.scheduleID, in: transaction) else { return }
            (row.status, row.reason) = (.ended, event.reason.isEmpty ? nil : event.reason)
            try rows.put(row.id, row, in: transaction)
        case .runRequested(let event) where !event.scheduleID.isEmpty:
            guard var row = try rows.get(event.scheduleID, in: transaction) else { return }
            row.runs += 1
            row.last_run_id = event.runID
            row.last_due_at = event.hasDueUnixNs ? event.dueUnixNs / 1_000_000 : nil
            (row.suite_name, row.model_aliases) = (event.suiteName, event.models.map(\.alias))
            try rows.put(row.id, row, in: transaction)
        default: break
        }
    }
}

extension SchedulesProjection {
    /// Every schedule, newest first.
    public func all(in transaction: borrowing some Transaction & ~Copyable) throws -> [ScheduleRow] {
        try rows.all(in: transaction).sorted { ($0.created_at, $0.id) > ($1.created_at, $1.id) }
    }

    /// Takes every schedule into a stamp.
    public func add(to stamp: inout Stamp, in transaction: borrowing some Transaction & ~Copyable) throws {
        try rows.add(to: &stamp, in: transaction)
    }
}
