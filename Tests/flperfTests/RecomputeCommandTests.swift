import Foundation
import TestSupport
import Testing

/// Formulas of one's own, from a file to figures that stand beside the old.
@Suite(.serialized) struct RecomputeCommandTests {
    private static let text = """
        set: mine
        version: 1
        title: What I care about
        filter: not warmup
        sample: {wait: {expr: ended - sent, unit: ms}}
        result:
          ttft: {expr: "max(wait where not failed)", unit: ms, better: lower}
        model:
          score: {expr: mean(ttft), unit: ms, better: lower}

        """

    private static func json(_ outcome: CommandLineTests.Outcome) throws -> [String: Any] {
        #expect(outcome.status == 0, "\(outcome.errors)")
        return try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    }

    @Test func aSetOfOnesOwnIsTriedAppliedAndComparedWithAnother() async throws {
        try await withTemporaryFolder { data in
            func flperf(_ arguments: String...) async throws -> CommandLineTests.Outcome {
                try await CommandLineTests.flperf(arguments: arguments, data: data)
            }
            try await CommandLineTests.measure(data)
            try FileManager.default.createDirectory(atPath: data + "/formulas", withIntermediateDirectories: true)
            try Data(Self.text.utf8).write(to: URL(fileURLWithPath: data + "/formulas/mine.yaml"))

            let list = try await flperf("formulas", "list")
            #expect(list.output.contains("mine/1"))
            #expect(list.output.contains("What I care about"))
            let dry = try await flperf("recompute", "--formulas", "mine/1")
            #expect(dry.status == 0, "\(dry.errors)")
            #expect(dry.output.contains("ttft, ms (was ttft_p50)"), "\(dry.output)")
            #expect(dry.errors.contains("Nothing was recorded"))
            let outcome = try Self.json(try await flperf("recompute", "--formulas", "mine/1", "--json"))
            let digest = try #require(outcome["outcome_digest"] as? String)
            #expect(dry.output.contains(digest))
            #expect(outcome["applied_position"] is NSNull)

            let refused = try await flperf("recompute", "--formulas", "mine/1", "--expect", "sha256:00")
            #expect(refused.status == 1)
            #expect(refused.errors.contains("Could not apply"))
            #expect(
                try await flperf("recompute", "--formulas", "mine/1", "--dry-run", "--expect", digest).status == 0)
            let applied = try Self.json(
                try await flperf("recompute", "--formulas", "mine/1", "--expect", digest, "--json"))
            #expect(applied["applied_position"] is Int)

            // The file is not needed any more.
            try FileManager.default.removeItem(atPath: data + "/formulas/mine.yaml")
            let shown = try await flperf("formulas", "show", "mine/1")
            #expect(shown.output == Self.text + "\n")
            let export = try Self.json(try await flperf("export", "latest", "--formulas", "mine/1"))
            let row = try #require((export["results"] as? [[String: Any]])?.first)
            #expect(row["formula_set"] as? String == "mine/1")
            #expect((row["ttft"] as? Double ?? 0) > 0)
            #expect((row["formula_digests"] as? [String: String])?["mine/1"]?.hasPrefix("sha256:") == true)
            let table = try await flperf("export", "latest", "--formulas", "mine/1", "--format", "csv")
            #expect(table.output.contains("formula_digest"))
            #expect(try await flperf("rebuild", "--check").status == 0)

            let compared = try await flperf(
                "compare", "latest", "--formulas", "standard/1", "--formulas", "mine/1", "--metric", "ttft")
            #expect(compared.output.contains(#/standard/1 +mine/1 +Change/#), "\(compared.output)")
        }
    }

    @Test(arguments: [
        (["recompute"], 64, "'--formulas' is missing"),
        (["recompute", "--formulas", "standrad/1"], 64, "Did you mean 'standard/1'?"),
        (["recompute", "--formulas", "standard/1", "--since", "yesterday"], 64, "yesterday"),
        (["recompute", "--formulas", "standard/1"], 1, "There is nothing to recompute"),
        (["compare", "latest"], 64, "give '--formulas' twice"),
        (["compare", "a", "b", "--formulas", "standard/1", "--formulas", "vllm/1"], 64, "give '--formulas' once"),
        (["formulas", "help", "fisrt_content"], 64, "Did you mean 'first_content'?"),
    ])
    func whatIsWrongIsSaid(arguments: [String], status: Int32, sentence: String) async throws {
        try await withTemporaryFolder { data in
            let outcome = try await CommandLineTests.flperf(arguments: arguments, data: data)
            #expect(outcome.status == status, "\(outcome.errors)")
            #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
        }
    }

    @Test func theLanguageIsExplainedAndSetsAreHeldAgainstEachOther() async throws {
        try await withTemporaryFolder { folder in
            let file = folder + "/mine.yaml"
            try Data(Self.text.utf8).write(to: URL(fileURLWithPath: file))
            let other = folder + "/other.yaml"
            try Data(Self.text.replacing("max(", with: "min(").utf8).write(to: URL(fileURLWithPath: other))
            let data = folder + "/data"

            let help = try await CommandLineTests.flperf("formulas", "help", data: data)
            #expect(help.output.contains("first_content  ms, one per sample"))
            let one = try await CommandLineTests.flperf("formulas", "help", "p95", data: data)
            #expect(one.output.contains("percentile_method"))
            let diff = try await CommandLineTests.flperf("formulas", "diff", file, other, data: data)
            #expect(
                diff.output == """
                    result.ttft.expr
                    - max(wait where not failed)
                    + min(wait where not failed)

                    """)
            // Looking at formulas makes no data folder.
            #expect(!FileManager.default.fileExists(atPath: data))
        }
    }
}
