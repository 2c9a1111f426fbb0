import Foundation
import TestSupport
import Testing

struct ExportCommandTests {
    private static func measure(_ data: String, _ arguments: String...) async throws -> CommandLineTests.Outcome {
        try await CommandLineTests.flperf(
            arguments: ["run", "--simulate", "--suite", "quick", "--iterations", "1", "--max-tokens", "2"] + arguments,
            data: data)
    }

    @Test func aRunThatIsNotGoodEnoughEndsWithStatus3() async throws {
        try await withTemporaryFolder { folder in
            let junit = folder + "/junit.xml"
            let run = try await Self.measure(
                folder + "/data", "--fail-on", "ttft_p50>1ns", "--fail-on", "score<0", "--junit", junit)

            #expect(run.status == 3, "\(run.errors)")
            #expect(run.errors.contains("Capital of France: ttft_p50 is "), "\(run.errors)")
            #expect(run.errors.contains("Not good enough: 3 of 4 checks failed."))
            #expect(try String(contentsOfFile: junit, encoding: .utf8).contains("failures=\"3\""))
            let fine = try await Self.measure(folder + "/data", "--fail-on", "ttft_p50>1h")
            #expect(fine.status == 0, "\(fine.errors)")
        }
    }

    @Test func aConditionThatMakesNoSenseIsToldBeforeAnythingIsMeasured() async throws {
        try await withTemporaryFolder { folder in
            let run = try await Self.measure(folder + "/data", "--fail-on", "ttft_p59>3ms")

            #expect(run.status == 64)
            #expect(run.errors.contains("Did you mean"), "\(run.errors)")
            #expect(!FileManager.default.fileExists(atPath: folder + "/data"))
        }
    }

    @Test func theNameOfTheOutputTellsTheFormat() async throws {
        try await withTemporaryFolder { folder in
            let data = folder + "/data"
            _ = try await Self.measure(data)
            for (name, start) in [
                ("a.csv", "id,run_id"), ("a.md", "### Run "), ("a.html", "<!doctype html>"),
                ("a.db", "SQLite format 3"),
                ("a.ndjson", "{\"client_limited\""), ("a.xml", "<?xml"), ("a.json", "{"),
            ] {
                let export = try await CommandLineTests.flperf(
                    "export", "latest", "--output", "\(folder)/\(name)", data: data)
                #expect(export.status == 0, "\(export.errors)")
                let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
                #expect(bytes.starts(with: Data(start.utf8)), "\(name)")
            }
            let original = try await CommandLineTests.flperf("export", "latest", data: data)
            let object = try JSONSerialization.jsonObject(with: Data(original.output.utf8)) as? [String: Any]
            #expect(object.map { Set($0.keys) } == ["run", "results", "exported_at"])
        }
    }

    @Test(arguments: [
        (["--format", "html"], "shows one run"), (["--format", "sqlite"], "name the file with --output"),
        (["--format", "otlp", "--table", "runs"], "'--table' goes with"),
        (["--format", "csv", "--table", "runs", "--table", "logs"], "is one table"),
        (["--fail-on", "tps<1"], "'--fail-on' goes with"), (["--resume"], "'--resume' goes with"),
    ])
    func whatDoesNotGoTogetherIsTold(arguments: [String], sentence: String) async throws {
        try await withTemporaryFolder { folder in
            let export = try await CommandLineTests.flperf(arguments: ["export"] + arguments, data: folder)

            #expect(export.status == 64)
            #expect(export.errors.contains(sentence), "\(export.errors)")
        }
    }
}
