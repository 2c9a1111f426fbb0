import DataFolder
import EventStore
import Events
import Formulas
import Foundation
import Import
import TestSupport
import Testing

/// Results of `vllm bench serve`: real ones, which lie beside the project, and small ones made by its source.
struct VLLMImportTests {
    static let isThere = sharedFile("data/peers/vllm-bench-rust.json") != nil
    private static let reason: Comment = "the files of other tools do not lie beside the project"

    /// Settings, and figures that no set can have: rtfx is of speech; steady_state is over the time in which 95 % of the requests
    /// asked for were under way, a window over the load as a whole.
    private static let others: Set = ["burstiness", "max_concurrency", "rtfx"]

    @Test(
        .enabled(if: isThere, reason),
        arguments: [("vllm-bench-rust.json", 1.4e-5), ("vllm-bench-python.json", 1.2e-4)])
    func everyFigureOfTheFileIsComputedAgain(name: String, longer: Double) async throws {
        let file = try PeerImport.json(name)
        try await PeerImport.of(name) { imported in
            let theirDuration = try #require(number(file["duration"]))
            let duration = try #require(imported.figures["duration"] ?? nil)
            // vLLM's duration is that of its loop, from before the first request is made to after the last one is collected;
            // from the first start to the last end it is 0.22 ms less of 15.85 s in Rust, 1.9 ms of 15.96 s in Python.
            #expect(abs(theirDuration / duration - 1 - longer) < 0.1 * longer)
            var compared = 0
            for (key, value) in file where !(value is [Any]) && key != "duration" && !Self.others.contains(key) {
                guard let theirs = number(value) else { continue }
                compared += 1
                if key.hasSuffix("_throughput") {
                    imported.expect(key, is: theirs * theirDuration / duration)
                } else {
                    imported.expect(key, is: theirs, absolute: key.hasSuffix("itl_ms") ? Self.gap : 0)
                }
            }
            #expect(compared == (name.contains("rust") ? 35 : 14))
        }
    }

    /// ms. Chunk arrivals are kept to the microsecond, and a gap is the difference of two.
    private static let gap = 0.001

    @Test(.enabled(if: isThere, reason))
    func whatTheFileSaysOfTheLoadIsKept() async throws {
        try await PeerImport.of("vllm-bench-rust.json") { imported in
            #expect(imported.run.run.origin == "vllm")
            #expect(imported.run.run.formula_set == "vllm/1")
            #expect(imported.row.model_name == "mock")
            #expect(imported.row.concurrency == 16)
            #expect(imported.row.samples == 192)
            // Who counted the tokens the file does not say.
            #expect(imported.row.token_source == nil)
            #expect(imported.row.tps == imported.figures["output_throughput"])
            #expect(imported.summary.notes.isEmpty)
            // The report is of 18:11:46, after 15.85 s.
            #expect(imported.run.run.started_at == 1_795_543_890_149)
        }
    }

    @Test(.enabled(if: isThere, reason))
    func whatTheFileDoesNotSayIsToldAndNotMadeUp() async throws {
        try await PeerImport.of("vllm-bench-python.json") { imported in
            #expect(imported.row.model_name == "unknown")
            #expect(imported.row.concurrency == 16)
            #expect(imported.summary.notes.count == 3)
            #expect(imported.summary.notes.contains { $0.contains("16 at once were the most") })
            #expect(imported.summary.notes.contains { $0.contains("does not say when") })
        }
    }

    @Test(.enabled(if: isThere, reason))
    func aSecondImportAddsNothing() async throws {
        try await PeerImport.of("vllm-bench-rust.json") { imported in
            let again = try await imported.installation.append(PeerImport.history("vllm-bench-rust.json"))

            #expect(again.events_added == 0)
            #expect(again.already_there == 1)
        }
    }

    @Test(.enabled(if: isThere, reason))
    func anotherToolsSetIsEvaluatedWhenAskedFor() async throws {
        try await PeerImport.of("vllm-bench-rust.json") { imported in
            let set = try #require(FormulaSet.named("aiperf/1"))

            let rows = try imported.installation.columns(of: [imported.row], from: set)

            #expect(imported.row.metrics.keys.sorted() == ["flperformance/1", "standard/1", "vllm/1"])
            let tpot = try #require(imported.figures["mean_tpot_ms"] ?? nil)
            let other = try #require(rows.first?.tpot)
            #expect(abs(other / tpot - 1) < 1e-9)
            #expect(rows.first?.formula_set == "aiperf/1")
        }
    }

    /// Made by the fields of `vllm/benchmarks/serve.py`: one answer of three chunks, one that broke off behind its first chunk, and
    /// one that never began.
    private let small = """
        {"date": "2026-01-02T03:04:10Z", "model_id": "m", "request_rate": 2.5, "burstiness": 1.0, "max_concurrency": null,
         "duration": 10.0, "start_times": [100.0, 100.5, 101.0], "ttfts": [0.2, 0.1, 0.0], "itls": [[0.01, 0.03], [], []],
         "latencies": [0.24, 0.3, 0.05], "input_lens": [7, 8, 9], "output_lens": [5, 0, 0], "errors": ["", "reset", "refused"],
         "queue_times": [0.125, 0.0, 0.0]}
        """

    private func samples(_ text: String) throws -> [InferenceSampled] {
        try ImportedFile(bytes: Array(text.utf8), path: "r.json").history().runs[0].events.compactMap { _, event in
            if case .inferenceSampled(let sample) = event { sample } else { nil }
        }
    }

    /// Whoever folds the samples without having folded the run's beginning keeps the inputs of the tool's set none the less.
    @Test(arguments: [4, 5])
    func theToolsOwnSetIsKeptWhoeverFoldsTheSamples(eventsBefore: Int) async throws {
        let history = try ImportedFile(bytes: Array(small.utf8), path: "r.json").history()
        try await withTemporaryFolder { folder in
            let events = history.runs[0].events.map { NewEvent($0.event, id: $0.id) }
            for part in [events.prefix(eventsBefore), events.dropFirst(eventsBefore)] {
                let installation = try Installation(folder: folder)
                _ = try await installation.log.append(Array(part), to: history.runs[0].stream, expecting: .any)
                try installation.projector.catchUp()
                installation.close()
            }

            let installation = try Installation(folder: folder)
            defer { installation.close() }

            let figures = try #require(try installation.results().value.first?.metrics["vllm/1"])
            #expect(figures["max_output_tokens_per_s"] == 3)
            #expect(figures["completed"] == 1)
        }
    }

    @Test func anOpenLoopHasItsRateAndItsIntendedStarts() throws {
        let samples = try samples(small)

        #expect(samples.map(\.rateMillionths) == [2_500_000, 2_500_000, 2_500_000])
        #expect(samples.map(\.level) == [0, 0, 0])
        #expect(samples[0].intendedStartNs == -125_000_000)
        #expect(samples[0].chunkArrivals == [200_000_000, 210_000_000, 240_000_000])
        #expect(samples[0].lastContentNs == 240_000_000)
        #expect(samples[0].completionTokens == 5)
        #expect(samples[0].tokenSource == .unknown)
    }

    @Test func aFailedRequestKeepsWhatItHadAndNoMore() throws {
        let samples = try samples(small)

        #expect(samples.map(\.error) == [.none, .other, .other])
        #expect(samples[1].errorMessage == "reset")
        #expect(samples[1].hasFirstContentNs && !samples[1].hasCompletionTokens)
        #expect(samples[1].endedNs == 800_000_000)
        #expect(!samples[2].hasFirstContentNs && !samples[2].hasPromptTokens && !samples[2].hasContentChunks)
    }

    @Test(arguments: [
        ("\"errors\": [\"\", \"reset\", \"refused\"]", "\"errors\": [\"\"]", "its lists differ in length"),
        ("[0.2, 0.1, 0.0]", "[1e300, 0.1, 0.0]", "request 0 has a time that nothing measured can be"),
        ("\"start_times\": [100.0, 100.5, 101.0], ", "", "'start_times' is missing"),
        ("\"itls\": [[0.01, 0.03], [], []],", "", "with --save-detailed"),
    ])
    func aFileThatLacksSomethingIsRefused(_ old: String, _ new: String, reason: String) {
        let text = small.replacing(old, with: new).replacing(
            "\"model_id\"", with: "\"request_throughput\": 1, \"model_id\"")

        let error = #expect(throws: ImportError.self) {
            try ImportedFile(bytes: Array(text.utf8), path: "r.json").history()
        }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }
}
