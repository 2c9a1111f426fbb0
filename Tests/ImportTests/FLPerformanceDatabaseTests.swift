import DataFolder
import Events
import Foundation
import GRDB
import Import
import TestSupport
import Testing

/// The original's SQLite database, made here as it makes it.
struct FLPerformanceDatabaseTests {
    private static let schema = """
        CREATE TABLE models (id TEXT PRIMARY KEY, alias TEXT, model_id TEXT, endpoint TEXT, status TEXT, last_error TEXT,
          last_heartbeat INTEGER, created_at INTEGER, updated_at INTEGER);
        CREATE TABLE benchmark_runs (id TEXT PRIMARY KEY, suite_name TEXT, model_ids TEXT, config TEXT, hardware_info TEXT,
          status TEXT, started_at INTEGER, completed_at INTEGER);
        CREATE TABLE benchmark_results (id TEXT PRIMARY KEY, run_id TEXT, model_id TEXT, scenario TEXT, tps REAL, ttft REAL,
          tpot REAL, gen_tps REAL, latency_p50 REAL, latency_p95 REAL, latency_p99 REAL, error_rate REAL,
          timeout_rate REAL, cpu_avg REAL, ram_avg REAL, gpu_avg REAL, raw_data TEXT);
        CREATE TABLE logs (id INTEGER PRIMARY KEY AUTOINCREMENT, entity_type TEXT, entity_id TEXT, level TEXT, message TEXT,
          metadata TEXT, created_at INTEGER);
        """

    private static let rows = """
        INSERT INTO models VALUES ('m1', 'phi', 'phi-generic-cpu:1', 'http://127.0.0.1:5273', 'running', NULL, 1768981000000,
          1768980000000, 1768981000000);
        INSERT INTO benchmark_runs VALUES ('run-a', 'default', '["m1"]', '{"iterations":2,"streaming":true}',
          '{"cpu":{"brand":"EPYC","cores":2}}', 'completed', 1768981000000, 1768981056668);
        INSERT INTO benchmark_results (id, run_id, model_id, scenario, tps, raw_data) VALUES ('x1', 'run-a', 'm1', 'Short', 20,
          '{"iterations":[{"startTime":1000,"endTime":1500,"ttft":100,"tokens":10,"interTokenDelays":[40,40],"error":null,"timeout":false},
            {"startTime":1600,"endTime":2100,"ttft":120,"tokens":10,"interTokenDelays":[30,50],"error":null,"timeout":false}],
            "resourceSnapshots":[]}');
        INSERT INTO logs (entity_type, entity_id, level, message, created_at) VALUES ('service', 'm1', 'warn', 'slow', 1768981000001);
        """

    /// Makes a database in the folder. With a write-ahead log, its rows stand in that alone, as when the program was killed.
    private static func make(in folder: String, walMode: Bool = false) throws -> String {
        let path = folder + "/benchmarks.db"
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { database in
            if walMode { try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0") }
            try database.execute(sql: schema)
            try database.execute(sql: rows)
        }
        guard walMode else {
            try queue.close()
            return path
        }
        // A clean end would move the rows over: these are the files as they lie while it runs.
        let copy = folder + "/copy"
        try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
        for ending in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: path + ending, toPath: copy + "/benchmarks.db" + ending)
        }
        try queue.close()
        return copy + "/benchmarks.db"
    }

    private static func history(_ path: String) throws -> ImportedHistory {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        return try ImportedFile(bytes: bytes, path: path) { name in
            FileManager.default.contents(atPath: folder.appending(path: name).path).map { [UInt8]($0) }
        }.history()
    }

    @Test(arguments: [false, true])
    func itsRunsAreRunsWithTheirSamples(walMode: Bool) async throws {
        try await withTemporaryFolder { folder in
            let path = try Self.make(in: folder, walMode: walMode)
            let before = try FileManager.default.contentsOfDirectory(
                atPath: (path as NSString).deletingLastPathComponent)
            let history = try Self.history(path)
            let installation = try Installation(folder: folder + "/data")
            defer { installation.close() }

            let summary = try await installation.append(history)
            let again = try await installation.append(Self.history(path))
            try installation.projector.catchUp()

            #expect(summary.runs_added == 1 && summary.models_added == 1 && summary.logs_added == 1)
            #expect(again.events_added == 0 && again.already_there == 2)
            let detail = try #require(try installation.run("run-a").value)
            #expect(detail.run.started_at == 1_768_981_000_000)
            #expect(detail.run.created_at == 1_768_981_000_000)
            #expect(detail.run.hardware_info?.cpu.brand == "EPYC")
            let result = try #require(detail.results.first)
            #expect(result.id == "x1")
            #expect(result.tps == 20)
            #expect(result.ttft == 120)
            #expect(result.tpot == 40)
            #expect(result.created_at == 1_768_981_056_668)
            let after = try FileManager.default.contentsOfDirectory(
                atPath: (path as NSString).deletingLastPathComponent)
            #expect(Set(after).subtracting(["data"]) == Set(before))
        }
    }

    @Test func theWholeHistoryOfTheStorageFileComesBackFromADatabase() async throws {
        guard let storage = FLPerformanceImportTests.file else { return }
        try await withTemporaryFolder { folder in
            let data = try Data(contentsOf: URL(fileURLWithPath: storage))
            let path = folder + "/benchmarks.db"
            try Self.fill(path, from: data)

            let fromFile = try ImportedFile(bytes: [UInt8](data), path: storage).history()
            let fromDatabase = try Self.history(path)

            let samples = { (history: ImportedHistory) in
                history.runs.sorted { $0.name < $1.name }.flatMap(\.events).compactMap { _, event in
                    if case .inferenceSampled(let sample) = event { sample } else { nil }
                }
            }
            #expect(samples(fromFile).count > 40)
            #expect(samples(fromFile) == samples(fromDatabase))
            #expect(fromFile.runs.map(\.name).sorted() == fromDatabase.runs.map(\.name).sorted())
            #expect(fromFile.logs.map(\.id) == fromDatabase.logs.map(\.id))
            // What was imported from the one is there already when it comes from the other.
            let installation = try Installation(folder: folder + "/data")
            defer { installation.close() }
            _ = try await installation.append(fromFile)
            #expect(try await installation.append(fromDatabase).events_added == 0)
        }
    }

    /// The members of the storage file as rows, JSON where the database has texts.
    private static func fill(_ path: String, from data: Data) throws {
        let file = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let queue = try DatabaseQueue(path: path)
        try queue.write { database in
            try database.execute(sql: schema)
            for table in ["models", "benchmark_runs", "benchmark_results", "logs"] {
                let columns = try database.columns(in: table).map(\.name).filter { table != "logs" || $0 != "id" }
                for row in objects(file[table] as Any) {
                    let values = columns.map { name -> (any DatabaseValueConvertible)? in
                        switch row[name] {
                        case nil, is NSNull: nil
                        case let text as String: text
                        case let number as NSNumber:
                            number.doubleValue == number.doubleValue.rounded() ? number.int64Value : number.doubleValue
                        case let value?:
                            (try? JSONSerialization.data(withJSONObject: value)).map {
                                String(decoding: $0, as: UTF8.self)
                            }
                        }
                    }
                    let places = columns.map { _ in "?" }.joined(separator: ",")
                    try database.execute(
                        sql: "INSERT INTO \(table) (\(columns.joined(separator: ","))) VALUES (\(places))",
                        arguments: StatementArguments(values))
                }
            }
        }
        try queue.close()
    }

    private static func objects(_ value: Any) -> [[String: Any]] {
        if let list = value as? [[String: Any]] { return list }
        guard let members = value as? [String: Any] else { return [] }
        return members.sorted { $0.key < $1.key }.flatMap { _, member in
            (member as? [[String: Any]]) ?? (member as? [String: Any]).map { [$0] } ?? []
        }
    }

    @Test func aDatabaseThatIsCutOffIsToldSo() throws {
        try withTemporaryFolder { folder in
            let path = try Self.make(in: folder)
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
            for length in stride(from: 20, to: bytes.count, by: 997) {
                let error = #expect(throws: ImportError.self) {
                    try ImportedFile(bytes: Array(bytes.prefix(length)), path: "benchmarks.db").history()
                }
                #expect(
                    error?.description.hasPrefix("Could not import benchmarks.db: it is an SQLite database") == true)
            }
        }
    }

    @Test func anotherProgramsDatabaseIsRefused() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/other.db"
            let queue = try DatabaseQueue(path: path)
            try queue.write { try $0.execute(sql: "CREATE TABLE places (url TEXT)") }
            try queue.close()

            let error = #expect(throws: ImportError.self) { try Self.history(path) }

            #expect(error?.description.contains("it has no table 'benchmark_runs'") == true)
        }
    }

    @Test func aCellThatCannotBeReadIsNamed() throws {
        try withTemporaryFolder { folder in
            let path = try Self.make(in: folder)
            let queue = try DatabaseQueue(path: path)
            try queue.write { try $0.execute(sql: "UPDATE benchmark_results SET raw_data = '{'") }
            try queue.close()

            let error = #expect(throws: ImportError.self) { try Self.history(path) }

            #expect(error?.description.contains("row 1 of 'benchmark_results', 'raw_data': it is not JSON") == true)
        }
    }
}
