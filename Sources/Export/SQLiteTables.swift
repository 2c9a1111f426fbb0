import Foundation
import GRDB
import GRDBSQLite

/// Makes the tables of an exported database.
struct SQLiteTables {
    private let database: Database
    /// Whether an id or a position is there once, as of one log.
    private let areUnique: Bool

    /// What a column is beyond its type. References are told to the reader (Datasette makes links of them), not enforced.
    private static let constraints = [
        "models.id": "PRIMARY KEY", "benchmark_runs.id": "PRIMARY KEY", "benchmark_results.id": "PRIMARY KEY",
        "logs.id": "PRIMARY KEY", "flperf_models.id": "REFERENCES models(id)",
        "flperf_runs.id": "REFERENCES benchmark_runs(id)", "flperf_results.id": "REFERENCES benchmark_results(id)",
        "benchmark_results.run_id": "REFERENCES benchmark_runs(id)",
        "flperf_results.run_id": "REFERENCES benchmark_runs(id)", "samples.run_id": "REFERENCES benchmark_runs(id)",
        "figures.result_id": "REFERENCES benchmark_results(id)",
    ]

    private static let keys: Set = ["flperf_models.id", "flperf_runs.id", "flperf_results.id", "samples.position"]

    init(_ database: Database, of source: ExportSource) {
        self.database = database
        areUnique = !source.isOfSeveralLogs
    }

    /// A new table, ready for its rows.
    func make<Row: ~Copyable>(_ table: ExportTable<Row>, as name: String? = nil) throws -> SQLiteTable<Row> {
        let name = name ?? table.name
        let columns = table.columns.map { column in
            let place = "\(name).\(column.name)"
            let key = areUnique && Self.keys.contains(place) ? "PRIMARY KEY" : nil
            return ["\"\(column.name)\"", column.kind.sqlType, key, Self.constraints[place]]
                .compactMap(\.self).joined(separator: " ")
        }
        try database.execute(sql: "CREATE TABLE \"\(name)\" (\n  \(columns.joined(separator: ",\n  "))\n)")
        let places = table.columns.map { _ in "?" }.joined(separator: ", ")
        return SQLiteTable(
            table.cells,
            statement: try database.makeStatement(sql: "INSERT OR IGNORE INTO \"\(name)\" VALUES (\(places))"))
    }

    /// Says of what the database was made, and when.
    func describe(_ source: ExportSource, at date: Date) throws {
        try database.execute(
            sql: """
                CREATE TABLE "export" (
                  "source" TEXT,
                  "position" INTEGER,
                  "run_id" TEXT,
                  "exported_at" TEXT
                )
                """)
        try database.execute(
            sql: "INSERT INTO \"export\" VALUES (?, ?, ?, ?)",
            arguments: [
                source.logs[0].source.description, Int64(clamping: source.position), source.run?.id,
                date.formatted(.iso8601),
            ])
    }
}

/// One table that rows are written to.
///
/// Values are bound to the statement one by one and not as GRDB's arguments, which are made anew for each row: of ten million
/// samples that alone would take longer than all the rest.
final class SQLiteTable<Row: ~Copyable> {
    private let cells: [@Sendable (borrowing Row) -> Cell]
    private let statement: Statement
    /// Rows written.
    private(set) var count: UInt64 = 0

    init(_ cells: [@Sendable (borrowing Row) -> Cell], statement: Statement) {
        (self.cells, self.statement) = (cells, statement)
    }

    func insert(_ row: borrowing Row) throws {
        let handle = statement.sqliteStatement
        for index in cells.indices {
            let place = Int32(index + 1)
            let code =
                switch cells[index](row) {
                case .null: sqlite3_bind_null(handle, place)
                case .flag(let flag): sqlite3_bind_int64(handle, place, flag ? 1 : 0)
                case .integer(let value): sqlite3_bind_int64(handle, place, value)
                case .number(let value): sqlite3_bind_double(handle, place, value)
                case .text(var text):
                    text.withUTF8 { Self.bind(handle, place, UnsafeRawBufferPointer($0), isLent: false) }
                // It lies where the row does until the row is written.
                case .bytes(let text): Self.bind(handle, place, text, isLent: true)
                case .json(let value): value.withUnsafeBytes { Self.bind(handle, place, $0, isLent: false) }
                }
            try check(code)
        }
        let code = sqlite3_step(handle)
        guard code == SQLITE_DONE else {
            sqlite3_reset(handle)
            throw failure(code)
        }
        try check(sqlite3_reset(handle))
        count += 1
    }

    private static func bind(
        _ handle: OpaquePointer, _ place: Int32, _ text: UnsafeRawBufferPointer, isLent: Bool
    ) -> Int32 {
        // SQLITE_STATIC and SQLITE_TRANSIENT, which are macros with casts.
        let copies = isLent ? nil : unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        // A null pointer would be null, and not an empty text.
        guard let start = text.baseAddress, !text.isEmpty else { return sqlite3_bind_text(handle, place, "", 0, nil) }
        return sqlite3_bind_text(
            handle, place, start.assumingMemoryBound(to: CChar.self), Int32(clamping: text.count), copies)
    }

    private func check(_ code: Int32) throws { if code != SQLITE_OK { throw failure(code) } }

    private func failure(_ code: Int32) -> DatabaseError {
        DatabaseError(
            resultCode: ResultCode(rawValue: code),
            message: sqlite3_db_handle(statement.sqliteStatement).map { String(cString: sqlite3_errmsg($0)) })
    }
}

extension Column.Kind where Row: ~Copyable {
    fileprivate var sqlType: String {
        switch self {
        case .text, .json: "TEXT"
        case .integer, .flag: "INTEGER"
        case .number: "REAL"
        }
    }
}
