import Export
import Foundation
import Results
import Runs
import TestSupport
import Testing

struct TextExportTests {
    @Test func aDeletedRunIsInNoTable() async throws {
        try await ExportWorld.with { world in
            for table in ExportedTable.allCases where table != .logs {
                let text = try world.text(.ndjson, [table])

                #expect(!text.contains("\"r2\""), "\(table)")
                #expect(table == .models || text.contains("\"r3\""), "\(table)")
            }
            #expect(try world.text(.ndjson, [.samples]).split(separator: "\n").count == 60)
        }
    }

    @Test func oneRunIsThatRunAlone() async throws {
        try await ExportWorld.with { world in
            for table in ExportedTable.allCases where table != .models {
                let text = try world.text(.ndjson, [table], run: "r3")

                #expect(text.contains("\"r3\"") && !text.contains("\"r1\""), "\(table)")
            }
        }
    }

    @Test func linesAreTheRowsThatTheAPIHas() async throws {
        try await ExportWorld.with { world in
            let lines = try world.text(.ndjson, [.results], run: "r1").split(separator: "\n")
            let rows = try lines.map { try JSONDecoder().decode(ResultRow.self, from: Data($0.utf8)) }
            let runs = try world.text(.ndjson, [.runs]).split(separator: "\n").map {
                try JSONDecoder().decode(RunRow.self, from: Data($0.utf8))
            }

            #expect(try rows == world.installation.results(run: "r1").value)
            #expect(try runs.sorted { $0.id > $1.id } == world.installation.runs().value.sorted { $0.id > $1.id })
        }
    }

    @Test func everythingIsOneObjectWithAListATable() async throws {
        try await ExportWorld.with { world in
            let data = Data(try world.text(.json, ExportedTable.allCases).utf8)
            let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])

            #expect(Set(object.keys) == ["models", "runs", "results", "samples", "logs", "exported_at", "position"])
            let samples = try #require(object["samples"] as? [[String: Any]])
            #expect(samples.count == 60)
            #expect(samples.first?["warmup"] as? Bool == true)
            #expect(samples.first?["connected_ns"] is NSNull)
        }
    }

    /// Each cell that Python's csv reads is what NDJSON says of the same sample.
    @Test func pythonReadsTheSamplesAsTheyAre() async throws {
        try await ExportWorld.with { world in
            let text = try world.text(.csv, [.samples])
            let script = "import csv, json, sys; print(json.dumps(list(csv.DictReader(sys.stdin))))"
            guard
                let read = try output(
                    of: "python3", ["-X", "utf8", "-c", "import sys; sys.stdin.reconfigure(newline='')\n" + script],
                    input: text)
            else { return }
            let rows = try #require(try JSONSerialization.jsonObject(with: Data(read.utf8)) as? [[String: String]])
            let lines = try world.text(.ndjson, [.samples]).split(separator: "\n")

            #expect(rows.count == lines.count)
            for (row, line) in zip(rows, lines) {
                let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
                #expect(Set(row.keys) == Set(object.keys))
                for (name, value) in object {
                    switch value {
                    case is NSNull: #expect(row[name] == "", "\(name)")
                    case let text as String:
                        // What would be a formula has an apostrophe in front.
                        let isFormula = text.first.map { "=+-@\t\r".contains($0) } ?? false
                        #expect(row[name] == (isFormula ? "'" : "") + text, "\(name)")
                    case let number as NSNumber:
                        #expect(row[name].flatMap { Double($0) } == number.doubleValue, "\(name)")
                    default: Issue.record("\(name) is \(value)")
                    }
                }
            }
        }
    }

    @Test func aNumberIsNeverTakenForAFormula() async throws {
        try await ExportWorld.with { world in
            let lines = try world.text(.csv, [.logs]).components(separatedBy: "\r\n")

            #expect(lines[0] == "id,entity_type,entity_id,level,message,metadata,created_at,source")
            #expect(lines[1].contains(",\"'@home, =1+1\",\"{\"\"key\"\":\"\"value\"\"}\","), "\(lines[1])")
        }
    }

    @Test func aCancelledExportThrows() async throws {
        try await ExportWorld.with { world in
            let source = try world.source()
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try TextExport(.csv, of: [.samples]).write(source, to: { _ in })
            }

            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }
}
