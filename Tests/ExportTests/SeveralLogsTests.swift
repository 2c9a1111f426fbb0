import DataFolder
import EventStore
import Export
import Foundation
import GRDB
import TestSupport
import Testing

@testable import Fleet

/// A data folder that follows another machine's log has runs of both.
struct SeveralLogsTests {
    private func withTwoLogs(_ body: (ExportSource, _ other: SourceID, _ folder: String) throws -> Void) async throws {
        try await ExportWorld.with { machine in
            try await ExportWorld.with { central in
                let (there, here) = (machine.installation, central.installation)
                var followed = FollowedLog(try here.sources.log(of: there.log.source))
                var sealer = try BlockSealer(there.log, from: 1, largest: 1 << 20)
                while let block = try sealer.seal() { _ = try followed.take([(1, block)]) }
                try here.projector.catchUp()
                let source = ExportSource(
                    log: here.log, others: here.sources.logs(), tables: here.tables,
                    position: try here.runs().position)
                try body(source, there.log.source, central.folder)
            }
        }
    }

    @Test func samplesSayWhichLogTheyAreOf() async throws {
        try await withTwoLogs { source, other, _ in
            var bytes: [UInt8] = []
            _ = try TextExport(.csv, of: [.samples]).write(source) { bytes += $0 }

            let text = String(decoding: bytes, as: UTF8.self)
            #expect(text.prefix { $0 != "\r\n" }.hasSuffix(",source"))
            #expect(text.components(separatedBy: ",\(other)\r\n").count - 1 == 60)
            #expect(!text.contains(",r2,"))
        }
    }

    @Test func theDatabaseHasTheRunsOfBoth() async throws {
        try await withTwoLogs { source, other, folder in
            let path = folder + "/export.db"
            _ = try SQLiteExport().write(source, to: path)
            let (runs, first, samples) = try DatabaseQueue(path: path).read { database in
                (
                    try Int.fetchOne(database, sql: "SELECT count(*) FROM flperf_runs"),
                    try String.fetchAll(database, sql: "SELECT id FROM benchmark_runs ORDER BY id"),
                    try Int.fetchOne(
                        database, sql: "SELECT count(*) FROM samples WHERE source = ?", arguments: [other.description])
                )
            }

            // Both machines gave their runs the same ids.
            #expect(runs == 4)
            #expect(first == ["r1", "r3"])
            #expect(samples == 60)
        }
    }
}
