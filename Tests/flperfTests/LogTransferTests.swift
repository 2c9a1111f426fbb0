import Foundation
import TestSupport
import Testing

extension CommandLineTests {
    @Test func anExportedLogIsImportedAndExportedToTheSameBytes() async throws {
        try await withTemporaryFolder { folder in
            let run = try await Self.flperf(
                "run", "--simulate", "--suite", "quick", "--iterations", "1", "--max-tokens", "4",
                data: folder + "/data")
            #expect(run.status == 0, "\(run.errors)")
            let first = try await Self.flperf("log", "export", folder + "/first.jsonl", data: folder + "/data")
            #expect(first.status == 0, "\(first.errors)")
            #expect(first.errors.contains("Wrote \(folder)/first.jsonl: "))

            let copy = try await Self.flperf("log", "import", folder + "/first.jsonl", data: folder + "/copy")
            #expect(copy.status == 0, "\(copy.errors)")
            #expect(copy.output.contains("every leaf hash is the export's"))
            _ = try await Self.flperf("log", "export", folder + "/second.jsonl", data: folder + "/copy")
            let exported = try #require(FileManager.default.contents(atPath: folder + "/first.jsonl"))
            #expect(FileManager.default.contents(atPath: folder + "/second.jsonl") == exported)

            // The copy has its events already; another log is not mixed with it.
            let again = try await Self.flperf("log", "import", folder + "/first.jsonl", data: folder + "/copy")
            #expect(again.output.contains("0 events added"))
            _ = try await Self.flperf(
                "run", "--simulate", "--suite", "quick", "--iterations", "1", data: folder + "/other")
            let other = try await Self.flperf("log", "import", folder + "/first.jsonl", data: folder + "/other")
            #expect(other.status == 1)
        }
    }
}
