import Foundation
import GRDB

/// Reads FLPerformance's `benchmarks.db`, an SQLite database, as what its storage file would hold.
///
/// The database and the files that SQLite keeps beside it are copied first: what stands in a write-ahead log belongs to it, what
/// a journal holds must be undone, and nothing of the original is to be changed by that.
enum FLPerformanceDatabase {
    static let signature = Array("SQLite format 3\u{0}".utf8)

    /// The original's columns that hold JSON.
    private static let jsonColumns = [
        "benchmark_runs": ["model_ids", "config", "hardware_info"], "benchmark_results": ["raw_data"],
    ]
    /// Those that the reader has a use for, of the tables that it reads.
    private static let tables = ["models", "benchmark_runs", "benchmark_results", "logs"]

    static func read(_ file: ImportedFile) throws(ImportError) -> ImportedHistory {
        let members: [String: [[String: Any]]]
        do {
            members = try withCopy(of: file) { try read($0, file) }
        } catch let error as ImportError {
            throw error
        } catch let error as DatabaseError {
            throw file.unusable(
                "it is an SQLite database that can't be read (\(error.message ?? "code \(error.resultCode.rawValue)")). It may be cut off or "
                    + "damaged, or was copied while FLPerformance wrote to it; copy it again with its -wal file beside it"
            )
        } catch {
            throw .unreadable(path: file.path, reason: error.localizedDescription)
        }
        guard let json = try? JSONSerialization.data(withJSONObject: members) else {
            throw file.unusable("it holds values that are no text and no number")
        }
        do throws(ImportError) {
            return try FLPerformanceStorage.read([UInt8](json), path: file.path, digest: file.digest)
        } catch {
            // The sentence names a storage.json else, which it need not be.
            guard case .notStorage(_, let reason) = error else { throw error }
            throw file.unusable(reason)
        }
    }

    private static func withCopy<Result>(of file: ImportedFile, _ body: (String) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "flperf-import-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let copy = folder.appending(path: "copy.db")
        try Data(file.bytes).write(to: copy)
        for ending in ["-wal", "-journal"] {
            guard let bytes = file.beside(file.name + ending) else { continue }
            try Data(bytes).write(to: folder.appending(path: "copy.db" + ending))
        }
        return try body(copy.path)
    }

    private static func read(_ path: String, _ file: ImportedFile) throws -> [String: [[String: Any]]] {
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }
        return try queue.read { database in
            let there = try Set(String.fetchAll(database, sql: "SELECT name FROM sqlite_master WHERE type = 'table'"))
            for table in ["benchmark_runs", "benchmark_results"] where !there.contains(table) {
                throw file.unusable(
                    "it is an SQLite database, but not FLPerformance's benchmarks.db: it has no table '\(table)'")
            }
            guard !there.contains("flperf_runs") else {
                throw file.unusable(
                    "flperf itself has exported it. The log that it comes from can be carried over whole: 'flperf log export' "
                        + "there, 'flperf log import' here")
            }
            let faults = try String.fetchAll(database, sql: "PRAGMA quick_check(1)")
            guard faults == ["ok"] else {
                throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: faults.first)
            }
            var members: [String: [[String: Any]]] = [:]
            for table in tables where there.contains(table) {
                members[table] = try rows(of: table, database, file)
            }
            return members
        }
    }

    private static func rows(of table: String, _ database: Database, _ file: ImportedFile) throws -> [[String: Any]] {
        let isJSON = Set(jsonColumns[table] ?? [])
        return try Row.fetchAll(database, sql: "SELECT * FROM \"\(table)\" ORDER BY rowid").enumerated().map {
            index, row in
            var object: [String: Any] = [:]
            for (column, value) in row {
                let place = "row \(index + 1) of '\(table)', '\(column)'"
                switch value.storage {
                case .null: break
                case .int64(let number): object[column] = number
                case .double(let number):
                    guard number.isFinite else { throw file.unusable("\(place): it is infinite") }
                    object[column] = number
                case .string(let text) where isJSON.contains(column):
                    guard
                        let json = try? JSONSerialization.jsonObject(
                            with: Data(text.utf8), options: .fragmentsAllowed)
                    else { throw file.unusable("\(place): it is not JSON") }
                    if !(json is NSNull) { object[column] = json }
                case .string(let text): object[column] = text
                case .blob: throw file.unusable("\(place): bytes stand there, which are no text")
                }
            }
            return object
        }
    }
}
