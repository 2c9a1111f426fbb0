import EventStore
import Logs
import Models
import ProjectionKit
import Results
import Runs

/// What an export is made of: the tables, and the samples of the logs. Deleted runs are in none of it.
///
/// Everything is read in short snapshots and a page at a time, so that a long export takes no more memory than a short one and
/// is in no writer's way. What is recorded after `position` is not in it; of a run that goes on meanwhile, rows may be newer.
public struct ExportSource: Sendable {
    /// This machine's log, then those of others.
    let logs: [EventLog]
    private let tables: TablesStore
    /// The only run that is wanted; nil for all.
    let run: RunRow?
    private let columns: (@Sendable ([ResultRow]) throws -> [ResultRow])?
    /// The last event of this machine's log that is in it.
    public let position: Position
    /// Only samples behind this position: those before it were exported before.
    public var after: Position = 0

    /// Rows that are read in one snapshot.
    private static let pageSize = 256

    /// - Parameters:
    ///   - log: this machine's.
    ///   - others: those of other machines that are followed here. Their runs, results and samples are exported too.
    ///   - position: the last event of `log` that the tables know of.
    ///   - run: the only run that is wanted; nil for all.
    ///   - columns: fills the original's columns of results from another formula set than their run's own.
    public init(
        log: EventLog, others: [EventLog] = [], tables: TablesStore, position: Position, run: RunRow? = nil,
        columns: (@Sendable ([ResultRow]) throws -> [ResultRow])? = nil
    ) {
        logs = [log] + others
        self.tables = tables
        self.position = position
        self.run = run
        self.columns = columns
    }

    /// The same of one run.
    func only(_ run: RunRow) -> ExportSource {
        ExportSource(
            log: logs[0], others: Array(logs.dropFirst()), tables: tables, position: position, run: run,
            columns: columns)
    }

    /// Whether positions alone do not tell where a sample is from.
    public var isOfSeveralLogs: Bool { run == nil && logs.count > 1 }

    /// The last position of a log that is in it.
    func last(of log: EventLog) throws -> Position { log === logs[0] ? position : try log.lastPosition() }

    /// The models, of one run only those that it measured, in order of id.
    func models(_ body: (ModelRow) throws -> Void) throws {
        let rows = try tables.store.read { try tables.live(ModelsProjection.self, in: $0).all(in: $0) }
        for row in rows where run.map({ $0.model_ids.contains(row.id) }) ?? true { try body(row) }
    }

    /// The runs, log after log in order of id, which is that of their requests.
    func runs(_ body: (RunRow) throws -> Void) throws {
        if let run { return try body(run) }
        for log in logs { try runPages(of: log) { row in if row.deleted_at == nil { try body(row) } } }
    }

    /// The results, run after run.
    func results(_ body: (ResultRow) throws -> Void) throws {
        try runs { run in
            let log = logs.first { $0.source.description == run.source }
            let rows = try tables.store.read { transaction in
                try tables.live(ResultsProjection.self, of: log, in: transaction).results(of: run.id, in: transaction)
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

    /// The ids of a log's runs whose samples are left out.
    func deletedRuns(of log: EventLog) throws -> Set<[UInt8]> {
        var deleted: Set<[UInt8]> = []
        guard run == nil else { return deleted }
        try runPages(of: log) { row in if row.deleted_at != nil { deleted.insert(Array(row.id.utf8)) } }
        return deleted
    }

    private func runPages(of log: EventLog, _ body: (RunRow) throws -> Void) throws {
        var key: RowKey?
        repeat {
            let page = try tables.store.read { transaction in
                try tables.live(RunsProjection.self, of: log, in: transaction).page(
                    after: key, limit: Self.pageSize, in: transaction)
            }
            key = page.last
            try page.rows.forEach(body)
        } while key != nil
    }
}
