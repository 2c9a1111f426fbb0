import Foundation
import TestSupport
import Testing

/// Copies of a log, and texts that are erased from it, from the command line.
struct BackupCommandTests {
    private func flperf(_ arguments: String..., data: String) async throws -> CommandLineTests.Outcome {
        try await CommandLineTests.flperf(arguments: arguments, data: data)
    }

    @Test func aBackupIsADataFolderAndIsRestoredToTheSameLog() async throws {
        try await withTemporaryFolder { folder in
            let (data, backup, restored) = (folder + "/data", folder + "/backup", folder + "/restored")
            try await CommandLineTests.measure(data)
            let checkpoint = try await flperf("log", "checkpoint", data: data).output

            #expect(try await flperf("log", "backup", backup, data: data).output.contains("all as they were written"))
            #expect(try await flperf("log", "restore", backup, data: restored).status == 0)

            #expect(try await flperf("log", "checkpoint", data: restored).output == checkpoint)
            #expect(try await flperf("runs", "list", data: restored).output.contains("completed"))
            #expect(try await flperf("log", "verify", data: folder + "/mistyped").errors.contains("There is no log"))
            #expect(!FileManager.default.fileExists(atPath: folder + "/mistyped"))
            let again = try await flperf("log", "restore", backup, data: restored)
            #expect(again.status == 1)
            #expect(again.errors.contains("already"), "\(again.errors)")
            #expect(try await flperf("log", "backup", backup, data: data).status == 1)
        }
    }

    @Test func erasedTextsAreGoneFromTheDiskAndProofsHold() async throws {
        try await withTemporaryFolder { folder in
            let (data, before) = (folder + "/data", folder + "/before")
            try await CommandLineTests.measure(data)
            try await flperf("log", "checkpoint", data: data).output.write(
                toFile: before, atomically: true, encoding: .utf8)
            let prompt = Data("What is the capital of France?".utf8)
            func isOnDisk() throws -> Bool {
                try Data(contentsOf: URL(fileURLWithPath: data + "/log/data.mdb")).range(of: prompt) != nil
            }
            #expect(try isOnDisk())

            let rehearsal = try await flperf("log", "redact", "--all", data: data)
            #expect(rehearsal.output.contains("Would erase"))
            #expect(try isOnDisk())
            #expect(try await flperf("log", "redact", "--all", "--yes", data: data).status == 64)
            let erased = try await flperf("log", "redact", "--all", "--yes", "--reason", "asked for", data: data)

            #expect(erased.status == 0, "\(erased.errors)")
            #expect(try !isOnDisk())
            let verify = try await flperf("log", "verify", "--against", before, data: data)
            #expect(verify.status == 0, "\(verify.output) \(verify.errors)")
            #expect(try await flperf("log", "show", "--type", "TextsErased", data: data).output.contains("asked for"))
            #expect(try await flperf("rebuild", "--check", data: data).status == 0)
        }
    }
}
