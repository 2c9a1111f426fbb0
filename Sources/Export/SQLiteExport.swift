import Foundation
import GRDB

/// Writes an SQLite database, which Datasette, Grafana and DuckDB open.
///
/// - `models`, `benchmark_runs`, `benchmark_results`, `logs`: the original's tables, to the column.
/// - `samples`: every request.
/// - `flperf_models`, `flperf_runs`, `flperf_results`: the same rows with what the original did not have, load levels among it.
/// - `figures`: every figure of every formula set, a row each.
/// - `export`: one row that says of what and when.
///
/// Where the logs of several machines are exported, an id or a position may come more than once: the original's tables have the
/// first of each id, those of flperf have all, with the `source` that tells them apart. A flag is 1 or 0, a list or an object JSON text, and what is not known null.
public struct SQLiteExport: Sendable {
    public init() {}

    /// Writes the database under another name beside `path`, and gives it its own when it is whole.
    ///
    /// - Parameter progress: is told how many positions of the log were looked at for samples, and of how many.
    /// - Throws: `ExportError`, `CancellationError` when the task is cancelled, and what log and tables throw. Nothing is left
    ///   under either name then.
    public func write(
        _ source: ExportSource, at date: Date = Date(), to path: String,
        progress: (UInt64, UInt64) -> Void = { _, _ in }
    ) throws -> ExportSummary {
        let file = try UnfinishedFile(path: path)
        do {
            let rows = try Self.fill(file.path, source, at: date, progress)
            return ExportSummary(rows: rows, bytes: try file.finish())
        } catch let error as DatabaseError {
            throw ExportError.file(path, reason: error.message ?? "SQLite's code is \(error.resultCode.rawValue)")
        }
    }

    private static func fill(
        _ path: String, _ source: ExportSource, at date: Date, _ progress: (UInt64, UInt64) -> Void
    ) throws -> UInt64 {
        var configuration = Configuration()
        // Rows are true to the log, where a model may be gone that has results.
        configuration.foreignKeysEnabled = false
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        defer { try? queue.close() }
        return try queue.inDatabase { database in
            // The file is thrown away unless it becomes whole, and it is synced then: neither journal nor syncs are needed.
            for pragma in ["journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE"] {
                try database.execute(sql: "PRAGMA \(pragma)")
            }
            var rows: UInt64 = 0
            try database.inTransaction {
                rows = try fill(database, source, at: date, progress)
                return .commit
            }
            return rows
        }
    }

    private static func fill(
        _ database: Database, _ source: ExportSource, at date: Date, _ progress: (UInt64, UInt64) -> Void
    ) throws -> UInt64 {
        let tables = SQLiteTables(database, of: source)
        let models = (try tables.make(.originalModels), try tables.make(.models, as: "flperf_models"))
        let runs = (try tables.make(.originalRuns), try tables.make(.runs, as: "flperf_runs"))
        let results = (try tables.make(.originalResults), try tables.make(.results, as: "flperf_results"))
        let figures = try tables.make(.figures)
        let logs = try tables.make(.originalLogs)
        let samples = try tables.make(.samples(of: source))
        try source.models { row in
            try models.0.insert(row)
            try models.1.insert(row)
        }
        try source.runs { row in
            try runs.0.insert(row)
            try runs.1.insert(row)
        }
        try source.results { row in
            try Task.checkCancellation()
            try results.0.insert(row)
            try results.1.insert(row)
            for (set, metrics) in row.metrics.sorted(by: { $0.key < $1.key }) {
                for (metric, value) in metrics.sorted(by: { $0.key < $1.key }) {
                    try figures.insert(FigureRow(result: row, set: set, metric: metric, value: value))
                }
            }
        }
        try source.logs { row in try logs.insert(row) }
        var scan = SampleScan(source)
        try scan.slices(progress) { slice in
            try scan.samples(of: slice) { try samples.insert($0) }
        }
        try tables.describe(source, at: date)
        return models.0.count + runs.0.count + results.0.count + figures.count + logs.count + samples.count
    }
}
