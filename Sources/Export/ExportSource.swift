import EventStore
import Events
import Logs
import Models
import ProjectionKit
import Results
import Runs

/// What an export is made of: the tables as they are, and the samples of the log. Deleted runs are in none of it.
///
/// Everything is read in short snapshots and a page at a time, so that a long export takes no more memory than a short one and
/// is in no writer's way. What is recorded after `position` is not in it; of a run that goes on meanwhile, rows may be newer.
public struct ExportSource: Sendable {
    let log: EventLog
    private let tables: TablesStore
    /// The only run that is wanted; nil for all.
    let run: RunRow?
    private let columns: (@Sendable ([ResultRow]) throws -> [ResultRow])?
    /// The log's last position when this was made.
    public let position: Position
    /// Only samples behind this position: those before it were exported before.
    public var after: Position = 0

    /// Rows that are read in one snapshot.
    private static let pageSize = 256
    /// Events of the log that are looked at in one snapshot.
    static let sliceSize = UInt64(LogLimits.eventsPerSnapshot)

    /// - Parameters:
    ///   - run: the only run that is wanted; nil for all.
    ///   - columns: fills the original's columns of results from another formula set than their run's own.
    public init(
        log: EventLog, tables: TablesStore, run: RunRow? = nil,
        columns: (@Sendable ([ResultRow]) throws -> [ResultRow])? = nil
    ) throws {
        self.log = log
        self.tables = tables
        self.run = run
        self.columns = columns
        position = try log.lastPosition()
    }

    /// The same of one run.
    func only(_ run: RunRow) throws -> ExportSource {
        try ExportSource(log: log, tables: tables, run: run, columns: columns)
    }

    /// The models, of one run only those that it measured, in order of id.
    func models(_ body: (ModelRow) throws -> Void) throws {
        let rows = try tables.store.read { try tables.live(ModelsProjection.self, in: $0).all(in: $0) }
        for row in rows where run.map({ $0.model_ids.contains(row.id) }) ?? true { try body(row) }
    }

    /// The runs, in order of id, which is that of their requests.
    func runs(_ body: (RunRow) throws -> Void) throws {
        if let run { return try body(run) }
        try runPages { row in if row.deleted_at == nil { try body(row) } }
    }

    /// The results, run after run.
    func results(_ body: (ResultRow) throws -> Void) throws {
        try runs { run in
            let rows = try tables.store.read { transaction in
                try tables.live(ResultsProjection.self, in: transaction).results(of: run.id, in: transaction)
            }
            try (columns?(rows) ?? rows).forEach(body)
        }
    }

    /// The lines of the product's own log, oldest first; of one run only its own.
    func logs(_ body: (LogRow) throws -> Void) throws {
        if let run {
            return try tables.store.read { transaction in
                try tables.live(LogsProjection.self, in: transaction).newest(.max, entityID: run.id, in: transaction)
            }.reversed().forEach(body)
        }
        var key: RowKey?
        repeat {
            let page = try tables.store.read { transaction in
                try tables.live(LogsProjection.self, in: transaction).page(
                    after: key, limit: Self.pageSize, in: transaction)
            }
            key = page.last
            try page.rows.forEach(body)
        } while key != nil
    }

    /// The positions between which the samples lie, both included.
    var samplePositions: ClosedRange<Position>? {
        let last = min(run?.last_position ?? .max, position)
        let first = max(run?.first_position ?? 1, after + 1)
        return first <= last ? first...last : nil
    }

    /// The ids of the runs whose samples are left out.
    func deletedRuns() throws -> Set<[UInt8]> {
        var deleted: Set<[UInt8]> = []
        guard run == nil else { return deleted }
        try runPages { row in if row.deleted_at != nil { deleted.insert(Array(row.id.utf8)) } }
        return deleted
    }

    private func runPages(_ body: (RunRow) throws -> Void) throws {
        var key: RowKey?
        repeat {
            let page = try tables.store.read { transaction in
                try tables.live(RunsProjection.self, in: transaction).page(
                    after: key, limit: Self.pageSize, in: transaction)
            }
            key = page.last
            try page.rows.forEach(body)
        } while key != nil
    }
}
