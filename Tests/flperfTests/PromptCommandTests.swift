import Foundation
import TestSupport
import Testing

/// Where a run's prompts come from, as a person says it.
@Suite(.serialized) struct PromptCommandTests {
    @Test func thePromptsOfAFileAreAskedOnceEachAndErasable() async throws {
        try await withTemporaryFolder { folder in
            let file = folder + "/questions.jsonl"
            try "{\"prompt\":\"One?\"}\n{\"prompt\":\"Two?\",\"max_tokens\":2}\n"
                .write(toFile: file, atomically: true, encoding: .utf8)
            let data = folder + "/data"

            let run = try await CommandLineTests.flperf(
                "run", "--simulate", "--prompts", file, "--warmup", "0", "--max-tokens", "2", data: data)

            #expect(run.status == 0, "\(run.errors)")
            #expect(run.output.contains("suite questions, 2 iterations"), "\(run.output)")
            let kept = try await CommandLineTests.flperf("log", "show", "--type", "RunRequested", "--json", data: data)
            #expect(kept.output.contains("Two?"))
            let redact = try await CommandLineTests.flperf(
                "log", "redact", "--all", "--prompts", "--reason", "a test", "--yes", data: data)
            #expect(redact.status == 0, "\(redact.errors)")
            #expect(redact.output.contains("2 texts erased"), "\(redact.output)")
            let erased = try await CommandLineTests.flperf(
                "log", "show", "--type", "RunRequested", "--json", data: data)
            #expect(!erased.output.contains("Two?"))
            #expect(try await CommandLineTests.flperf("log", "verify", data: data).status == 0)
        }
    }

    @Test func theLengthThatTheServerCountedStandsBesideTheOneAskedFor() async throws {
        try await withTemporaryFolder { data in
            let run = try await CommandLineTests.flperf(
                "run", "--simulate", "--prompt-tokens", "100±9", "--output-tokens", "2", "--iterations", "3", data: data
            )
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.output.contains("suite synthetic"), "\(run.output)")
            #expect(
                run.output.contains(#/prompt tokens asked for → counted by the server: \d+ → \d+/#), "\(run.output)")
        }
    }

    /// Arguments, exit status, and what the sentence must name.
    @Test(
        arguments: [
            (["--prompts", "x.jsonl", "--suite", "quick"], 64, "'--suite' and '--prompts' exclude each other"),
            (
                ["--prompts", "x.jsonl", "--prompt-tokens", "5"], 64,
                "'--prompts' and '--prompt-tokens' exclude each other"
            ),
            (["--prompts", "/nowhere/x.jsonl"], 1, "Could not read /nowhere/x.jsonl: there is no such file."),
            (["--output-tokens", "5"], 64, "'--output-tokens' goes with '--prompt-tokens'"),
            (["--prompt-tokens", "5x"], 64, "'5x' is invalid for '--prompt-tokens"),
            (["--prompt-tokens", "0"], 64, "'--prompt-tokens' must be from 1 to 1000000, found 0."),
            (["--prompt-tokens", "5±9"], 64, "'--prompt-tokens ±' must be from 0 to 5, found 9."),
            (["--cache", "warm"], 64, "'warm' is invalid for '--cache"),
        ] as [([String], Int32, String)])
    func badInputIsRefusedBySentenceAndStatus(arguments: [String], status: Int32, sentence: String) async throws {
        try await withTemporaryFolder { data in
            let outcome = try await CommandLineTests.flperf(arguments: ["run", "--simulate"] + arguments, data: data)
            #expect(outcome.status == status)
            #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
        }
    }
}
