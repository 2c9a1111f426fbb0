import EventStore
import Events
import Export
import Foundation
import TestSupport
import Testing
import Transparency

@Suite struct TlogTilesExportTests {
    static var key: SignerKey {
        get throws {
            try SignerKey(
                parsing: "PRIVATE+KEY+flperf.local/log/test+4e67a101+AZtKCQ0uBsNz9IrfdyKpks0IT4Ur8nTDd2nfQOoQagmt")
        }
    }

    /// A log with that many events, and a folder to export into.
    static func withLog(_ count: Int, _ body: (EventLog, String) throws -> Void) throws {
        try withTemporaryFolder { folder in
            let log = try EventLog(folder: folder + "/log")
            defer { log.close() }
            try append(count, to: log)
            try body(log, folder + "/tiles")
        }
    }

    static func append(_ count: Int, to log: EventLog) throws {
        let events = (0..<count).map { number in NewEvent(.logRecorded(.with { $0.message = "event \(number)" })) }
        if !events.isEmpty { try log.appendBlocking(events, to: .system) }
    }

    /// The files below a folder with their contents.
    static func files(_ folder: String) throws -> [String: Data] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder)
        var files: [String: Data] = [:]
        for name in names {
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder)
            if !isFolder.boolValue { files[name] = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")) }
        }
        return files
    }

    /// Reads an export as a client does that trusts nothing but the key: the root of the entries is the checkpoint's.
    static func verify(_ folder: String) throws -> UInt64 {
        let files = try files(folder)
        let signed = try SignedCheckpoint(parsing: Array(try #require(files["checkpoint"])))
        try signed.note.verify(by: [key.verifier])
        var edge = CompactRange()
        for tile in try #require(Tile.levels(size: signed.checkpoint.size).first) {
            var rest = try #require(files[tile.entriesPath])[...]
            let hashes = Array(try #require(files[tile.path]))
            for place in 0..<tile.width {
                let length = Int(rest[rest.startIndex]) << 8 | Int(rest[rest.startIndex + 1])
                let entry = Array(rest.dropFirst(2).prefix(length))
                let leaf = entry.withUnsafeBytes { Digest(leaf: $0) }
                #expect(leaf.bytes == Array(hashes[place * 32..<place * 32 + 32]))
                edge.append(leaf: leaf)
                rest = rest.dropFirst(2 + length)
            }
            #expect(rest.isEmpty)
        }
        #expect(edge.root == signed.checkpoint.root)
        return edge.end
    }

    @Test func anExportIsWhatTheSpecificationNames() throws {
        try Self.withLog(600) { log, folder in
            let summary = try TlogTilesExport.write(log: log, key: Self.key, to: folder)
            #expect(summary.filesWritten == 8)
            #expect(summary.filesKept == 0)
            let names = try Self.files(folder).keys.sorted()
            #expect(
                names == [
                    "checkpoint", "tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2", "tile/entries/000",
                    "tile/entries/001", "tile/entries/002.p/88",
                ])
            #expect(try Self.verify(folder) == 600)
        }
    }

    @Test func aLaterExportOnlyAdds() throws {
        try Self.withLog(300) { log, folder in
            _ = try TlogTilesExport.write(log: log, key: Self.key, to: folder)
            let before = try Self.files(folder)
            try Self.append(300, to: log)
            let summary = try TlogTilesExport.write(log: log, key: Self.key, to: folder)
            #expect(summary.filesKept == 2)
            #expect(summary.filesWritten == 6)
            let after = try Self.files(folder)
            for (name, content) in before where name != "checkpoint" { #expect(after[name] == content) }
            #expect(try Self.verify(folder) == 600)
            let again = try TlogTilesExport.write(log: log, key: Self.key, to: folder)
            #expect(again.filesWritten == 1)
        }
    }

    @Test func anInterruptedExportHasNoCheckpointAndIsFinishedLater() throws {
        try Self.withLog(5_000) { log, folder in
            var asked = 0
            #expect(throws: CancellationError.self) {
                try TlogTilesExport.write(
                    log: log, key: Self.key, to: folder,
                    isCancelled: {
                        asked += 1
                        return asked == 2
                    })
            }
            let files = try Self.files(folder)
            #expect(files["tile/entries/003"] != nil)
            #expect(files["checkpoint"] == nil)
            _ = try TlogTilesExport.write(log: log, key: Self.key, to: folder)
            #expect(try Self.verify(folder) == 5_000)
        }
    }

    @Test func entriesCanBeLeftOut() throws {
        try Self.withLog(3) { log, folder in
            _ = try TlogTilesExport.write(log: log, key: Self.key, to: folder, entries: false)
            #expect(try Self.files(folder).keys.sorted() == ["checkpoint", "tile/0/000.p/3"])
            // Files that a checkpoint covers may still be missing: they are added.
            _ = try TlogTilesExport.write(log: log, key: Self.key, to: folder)
            #expect(try Self.verify(folder) == 3)
        }
    }

    @Test func anEntryThatIsTooLongIsNamedAndNoCheckpointWritten() throws {
        try Self.withLog(2) { log, folder in
            let message = String(repeating: "x", count: 70_000)
            try log.appendBlocking([NewEvent(.logRecorded(.with { $0.message = message }))], to: .system)
            let error = #expect(throws: ProofError.self) {
                try TlogTilesExport.write(log: log, key: Self.key, to: folder)
            }
            #expect(error?.description.contains("Event 3 has 70") == true)
            #expect(error?.description.contains("--no-entries") == true)
            #expect(try Self.files(folder)["checkpoint"] == nil)
            _ = try TlogTilesExport.write(log: log, key: Self.key, to: folder, entries: false)
        }
    }

    @Test func anotherLogsFolderIsRefused() throws {
        try Self.withLog(300) { log, folder in
            _ = try TlogTilesExport.write(log: log, key: Self.key, to: folder)
            let before = try Self.files(folder)
            func refusal(_ log: EventLog, _ key: SignerKey) throws -> TlogTilesError? {
                do {
                    _ = try TlogTilesExport.write(log: log, key: key, to: folder)
                    return nil
                } catch let error as TlogTilesError {
                    return error
                }
            }
            for count in [299, 400] {
                // Same origin, but not what was exported.
                try Self.withLog(count) { other, _ in
                    guard case .diverged? = try refusal(other, Self.key) else {
                        Issue.record("the log of \(count) events is not told apart")
                        return
                    }
                }
            }
            guard case .foreign? = try refusal(log, SignerKey(named: "another")) else {
                Issue.record("the other origin is not told apart")
                return
            }
            #expect(try Self.files(folder) == before)
        }
    }

    @Test func anEmptyLogHasACheckpoint() throws {
        try Self.withLog(0) { log, folder in
            let summary = try TlogTilesExport.write(log: log, key: Self.key, to: folder)
            #expect(summary.checkpoint.checkpoint.root == .ofEmptyTree)
            #expect(try Self.files(folder).keys.sorted() == ["checkpoint"])
        }
    }

    @Test func aFileInTheWayIsNamed() throws {
        try Self.withLog(1) { log, folder in
            try Data().write(to: URL(fileURLWithPath: folder))
            let error = #expect(throws: TlogTilesError.self) {
                try TlogTilesExport.write(log: log, key: Self.key, to: folder)
            }
            #expect(error?.description.contains(folder) == true)
        }
    }
}
