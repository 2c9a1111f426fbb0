import Export
import Foundation
import GRDB
import TestSupport
import Testing

struct SQLiteExportTests {
    /// The columns of the original's database, in its order.
    static let original = [
        "models": "id,alias,model_id,endpoint,status,last_error,last_heartbeat,created_at,updated_at",
        "benchmark_runs": "id,suite_name,model_ids,config,hardware_info,status,started_at,completed_at",
        "benchmark_results":
            "id,run_id,model_id,scenario,tps,ttft,tpot,gen_tps,latency_p50,latency_p95,latency_p99,error_rate,timeout_rate,"
            + "cpu_avg,ram_avg,gpu_avg,raw_data",
        "logs": "id,entity_type,entity_id,level,message,metadata,created_at",
    ]

    private func withDatabase(run: String? = nil, _ body: (ExportWorld, Database) throws -> Void) async throws {
        try await ExportWorld.with { world in
            let path = world.folder + "/export.db"
            let summary = try SQLiteExport().write(world.source(run: run), to: path)
            #expect(summary.bytes > 0)
            try DatabaseQueue(path: path).read { try body(world, $0) }
        }
    }

    @Test func itsTablesAreTheOriginalsToTheColumn() async throws {
        try await withDatabase { _, database in
            for (table, columns) in Self.original {
                let found = try database.columns(in: table).map(\.name).joined(separator: ",")
                #expect(found == columns, "\(table)")
            }
            let check = try String.fetchOne(database, sql: "PRAGMA integrity_check")
            #expect(check == "ok")
        }
    }

    @Test func itsRowsAreThoseOfTheTables() async throws {
        try await withDatabase { world, database in
            for row in try world.installation.results().value {
                let stored = try #require(
                    try Row.fetchOne(database, sql: "SELECT * FROM flperf_results WHERE id = ?", arguments: [row.id]))
                #expect(stored["tps"] as Double? == row.tps)
                #expect(stored["latency_p95"] as Double? == row.latency_p95)
                #expect(stored["scenario"] as String == row.scenario)
                #expect(stored["concurrency"] as Int? == row.concurrency)
                let figures = try Row.fetchAll(
                    database, sql: "SELECT metric, value FROM figures WHERE result_id = ? AND formula_set = ?",
                    arguments: [row.id, row.formula_set])
                let metrics = try #require(row.metrics[row.formula_set])
                #expect(figures.count == metrics.count)
                for figure in figures { #expect(metrics[figure["metric"]] == (figure["value"] as Double?)) }
            }
            #expect(
                try String.fetchAll(database, sql: "SELECT id FROM benchmark_runs ORDER BY id") == ["r1", "r3"])
            #expect(try Int.fetchOne(database, sql: "SELECT count(*) FROM benchmark_results") == 8)
        }
    }

    @Test func itsSamplesAreThoseOfTheLog() async throws {
        try await withDatabase { world, database in
            let lines = try world.text(.ndjson, [.samples]).split(separator: "\n")
            let rows = try Row.fetchAll(database, sql: "SELECT * FROM samples ORDER BY position")

            #expect(rows.count == lines.count)
            for (row, line) in zip(rows, lines) {
                let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
                for (name, value) in row {
                    switch value.storage {
                    case .null: #expect(object[name] is NSNull, "\(name)")
                    case .int64(let number): #expect((object[name] as? NSNumber)?.int64Value == number, "\(name)")
                    case .double(let number): #expect((object[name] as? NSNumber)?.doubleValue == number, "\(name)")
                    case .string(let text): #expect(object[name] as? String == text, "\(name)")
                    case .blob: Issue.record("\(name) is bytes")
                    }
                }
            }
        }
    }

    @Test func oneRunHasItsModelsResultsAndLinesAlone() async throws {
        try await withDatabase(run: "r3") { _, database in
            for table in ["benchmark_results", "samples", "flperf_results"] {
                let runs = try String.fetchAll(database, sql: "SELECT DISTINCT run_id FROM \(table)")
                #expect(runs == ["r3"], "\(table)")
            }
            let entities = try String.fetchAll(database, sql: "SELECT DISTINCT entity_id FROM logs")
            #expect(entities == ["r3"])
            let told = try String.fetchOne(database, sql: "SELECT run_id FROM export")
            #expect(told == "r3")
        }
    }

    @Test func theProgramSqliteReadsIt() async throws {
        try await ExportWorld.with { world in
            let path = world.folder + "/export.db"
            _ = try SQLiteExport().write(world.source(), to: path)
            let sql = "SELECT error_message FROM samples WHERE error = 'stream_error' AND run_id = 'r1'"

            guard let printed = try output(of: "sqlite3", ["-json", path, sql]) else { return }

            let rows = try JSONSerialization.jsonObject(with: Data(printed.utf8)) as? [[String: String]]
            #expect(rows == [["error_message": "-1 " + ExportWorld.nasty.replacing("\u{0}", with: "")]])
        }
    }

    @Test func nothingIsLeftOfAnExportThatFails() async throws {
        try await ExportWorld.with { world in
            let path = world.folder + "/export.db"
            let source = try world.source()
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try SQLiteExport().write(source, to: path)
            }

            await #expect(throws: CancellationError.self) { try await task.value }

            #expect(try FileManager.default.contentsOfDirectory(atPath: world.folder) == ["data"])
        }
    }

    @Test func anEarlierFileIsReplacedAndAFolderIsNot() async throws {
        try await ExportWorld.with { world in
            let path = world.folder + "/export.db"
            try Data("old".utf8).write(to: URL(fileURLWithPath: path))
            _ = try SQLiteExport().write(world.source(), to: path)
            let error = #expect(throws: ExportError.self) {
                try SQLiteExport().write(world.source(), to: world.folder + "/data")
            }

            #expect(try Data(contentsOf: URL(fileURLWithPath: path)).starts(with: Data("SQLite format 3".utf8)))
            #expect(error?.description.hasSuffix("it is a folder; name a file in it.") == true)
            #expect(throws: ExportError.self) {
                try SQLiteExport().write(world.source(), to: world.folder + "/nowhere/export.db")
            }
        }
    }
}
