import EventStore
import ProjectionKit

/// Tables that a task reads instead of the live ones.
struct TaskTables: Sendable {
    /// Of the log that they were folded from.
    var log: ObjectIdentifier
    var tables: TablesStore
}

extension Installation {
    @TaskLocal static var tablesOfTask: TaskTables?

    /// The tables that reads answer from: in `asOf` those of that point, else the ones that the folder was opened with.
    ///
    /// It goes by the task: work that is handed to another thread is to be given the tables.
    public var tables: TablesStore {
        if let past = Self.tablesOfTask, past.log == ObjectIdentifier(log) { return past.tables }
        return opened
    }

    /// Has every read in `body` answer from a fold of the log up to a point.
    ///
    /// The first answer as of a point costs as much as a rebuild; the last few points are kept.
    /// - Parameter body: given the position of the last event that its answers know of.
    /// - Throws: `LogPointError` for a point that the log has not; what the fold and `body` throw.
    public func asOf<Result>(_ point: LogPoint, _ body: (Position) async throws -> Result) async throws -> Result {
        let position = try log.position(of: point)
        let past = self.past
        let leftOut = try projector.leftOut()
        let tables = try await blocking { try past.take(position, leavingOut: leftOut) }
        defer { past.giveBack(position) }
        return try await Self.$tablesOfTask.withValue(TaskTables(log: ObjectIdentifier(log), tables: tables)) {
            try await body(position)
        }
    }
}
