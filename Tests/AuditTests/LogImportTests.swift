import Audit
import EventStore
import Events
import Foundation
import TestSupport
import Testing

/// An export, imported: into what, how far, and what is refused.
struct LogImportTests {
    private func export(_ count: Int) throws -> [String] {
        try withLog { log in
            try log.appendRecorded(try StoredEvent.notes(count))
            return try LogExport(.cloudevents).lines(log)
        }
    }

    /// Events that were added, and those that were there.
    private func counts(_ reader: LogImport, _ log: EventLog) throws -> [UInt64] {
        let summary = try reader.run(into: log)
        return [summary.added, summary.alreadyThere]
    }

    @Test func oneThatWasInterruptedGoesOn() throws {
        let lines = try export(6)
        try withTemporaryFolder { folder in
            let first = try LogImport(path: try file(Array(lines[..<4]), in: folder))
            let log = try EventLog(folder: folder + "/log", source: first.source)
            defer { log.close() }
            #expect(try counts(first, log) == [4, 0])

            let path = try file(lines, in: folder)
            #expect(try counts(LogImport(path: path), log) == [2, 4])
            #expect(try counts(LogImport(path: path), log) == [0, 6])
            #expect(try LogExport(.cloudevents).lines(log) == lines)

            // A shorter export of the same log has nothing that is not there.
            let shorter = try LogImport(path: try file(Array(lines[..<2]), in: folder))
            #expect(try counts(shorter, log) == [0, 2])
        }
    }

    @Test func theBatchesBeforeABadLineStay() throws {
        var lines = try export(4_200)
        lines[4_150] = "{}"
        try withTemporaryFolder { folder in
            let reader = try LogImport(path: try file(lines, in: folder))
            let log = try EventLog(folder: folder + "/log", source: reader.source)
            defer { log.close() }
            #expect(throws: AuditError.self) { try reader.run(into: log) }
            #expect(try log.lastPosition() == 4_096)
        }
    }

    @Test func aLogThatHoldsSomethingElseIsNotMixedWithIt() throws {
        let lines = try export(3)
        try withTemporaryFolder { folder in
            let reader = try LogImport(path: try file(lines, in: folder))
            let log = try EventLog(folder: folder + "/log", source: reader.source)
            defer { log.close() }
            try log.appendRecorded(try StoredEvent.notes(1))  // with an id of its own
            let error = #expect(throws: AuditError.self) { try reader.run(into: log) }
            guard case .otherLog(_, 1, let own, let other) = error else { throw try #require(error) }
            #expect(own != other)
            #expect(try log.lastPosition() == 1)
        }
    }

    @Test func aFilteredExportIsRefusedAndWhatIsMissingNamed() throws {
        let lines = try export(6)
        let parts: [([String], String)] = [
            (Array(lines[2...]), "events 1 to 2 are missing before line 1"),
            (Array(lines[1...]), "event 1 is missing before line 1"),
            (Array(lines[..<2] + lines[3...]), "event 3 is missing before line 3"),
            ([], "there is nothing in it"),
        ]
        for (part, missing) in parts {
            let error = #expect(throws: AuditError.self) { try importing(part) { _, _ in } }
            #expect(error?.description.contains(missing) == true, "\(String(describing: error))")
            #expect(error?.description.contains("Only a whole log can be imported") == true)
        }
    }

    @Test func otherFilesAreRefused() throws {
        try withLog { log in
            try log.appendRecorded(try StoredEvent.notes(2))
            for format in [LogFormat.ndjson, .csv] {
                let lines = try LogExport(format).text(log).split(separator: "\n").map(String.init)
                let error = #expect(throws: AuditError.self) { try importing(lines) { _, _ in } }
                guard case .badLine(_, line: 1, _) = error else { throw try #require(error) }
            }
        }
        let error = #expect(throws: AuditError.self) { try LogImport(path: "/nowhere/at-all") }
        #expect(error?.description == "Could not read /nowhere/at-all: No such file or directory.")
    }

    @Test func spacesOrderAndMoreAttributesDoNotMatter() throws {
        let lines = try export(2)
        let rewritten = try lines.map { line in
            var object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            object["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            object["sampledrate"] = 1
            let data = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
            return " " + String(decoding: data, as: UTF8.self).replacing(#"","#, with: "\" ,\t") + " \r"
        }
        try importing(rewritten) { log, summary in
            #expect(summary.added == 2)
            let copied = try LogExport(.cloudevents).lines(log)
            #expect(copied == lines)
        }
    }

    @Test func theLastLineNeedsNoEnd() throws {
        let lines = try export(2)
        try withTemporaryFolder { folder in
            let path = folder + "/export.jsonl"
            try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path))
            let reader = try LogImport(path: path)
            let log = try EventLog(folder: folder + "/log", source: reader.source)
            defer { log.close() }
            #expect(try reader.run(into: log).added == 2)
        }
    }
}
