import DataFolder
import Events
import Foundation
import Import
import TestSupport
import Testing

/// GuideLLM's benchmarks.json: a real one, which lies beside the project, and small ones made by its source.
struct GuideLLMImportTests {
    static let isThere = sharedFile("data/peers/guidellm-benchmarks.json") != nil
    private static let reason: Comment = "the files of other tools do not lie beside the project"
    private static let name = "guidellm-benchmarks.json"

    private static func benchmark() throws -> [String: Any] {
        try #require((PeerImport.json(name)["benchmarks"] as? [[String: Any]])?.first)
    }

    /// Statistics that are not computed again: the mode of measured times is the first of them that occurs twice, if any does;
    /// pdf is null; and intervals of the mean and of percentiles are ours to have by another method (`--json` has them).
    private static let statistics = ["mean", "median", "variance", "std_dev", "min", "max", "count", "total_sum"]

    /// Times of the file are multiples of 2⁻²² s, those of a sample are whole nanoseconds: a wait is up to 1 ns off, 2e-8 of the
    /// shortest, 51 ms.
    private static let rounding = 2e-8

    @Test(
        .enabled(if: isThere, reason),
        arguments: [
            "request_latency", "time_to_first_token_ms", "time_per_output_token_ms", "inter_token_latency_ms",
            "prompt_token_count", "output_token_count", "total_token_count", "iter_tokens_per_iteration",
        ])
    func everyDistributionOverRequestsIsComputedAgain(field: String) async throws {
        let metrics = try #require(try Self.benchmark()["metrics"] as? [String: Any])
        let theirs = try #require((metrics[field] as? [String: Any])?["successful"] as? [String: Any])
        try await PeerImport.of(Self.name) { imported in
            for statistic in Self.statistics {
                imported.expect(
                    "\(field)_\(statistic)", is: try #require(number(theirs[statistic])), within: Self.rounding)
            }
            let percentiles = try #require(theirs["percentiles"] as? [String: Any])
            #expect(percentiles.count == 11)
            for (percentile, value) in percentiles {
                imported.expect("\(field)_\(percentile)", is: try #require(number(value)), within: Self.rounding)
            }
        }
    }

    /// Of what is distributed over the time of the run, and not over requests, the mean alone is a figure of a set: rates by the
    /// gaps between events and requests in flight by the time between their changes. The others of the file's fields are
    /// request_streaming_iterations_count, which counts chunks without content too; the same once more under `text`, with words
    /// and characters that a sample does not keep; and what was not measured.
    @Test(.enabled(if: isThere, reason))
    func meansOverTheTimeAreComputedAgain() async throws {
        let benchmark = try Self.benchmark()
        let metrics = try #require(benchmark["metrics"] as? [String: Any])
        try await PeerImport.of(Self.name) { imported in
            func expect(_ field: String, within tolerance: Double) throws {
                let theirs = try #require((metrics[field] as? [String: Any])?["successful"] as? [String: Any])
                imported.expect("\(field)_mean", is: try #require(number(theirs["mean"])), within: tolerance)
            }
            for field in [
                "requests_per_second", "prompt_tokens_per_second", "output_tokens_per_second", "tokens_per_second",
                "output_tokens_per_iteration",
            ] { try expect(field, within: 1e-9) }
            // GuideLLM takes starts and ends within 0.1 ms of each other for one moment: 1.3e-8 here.
            try expect("request_concurrency", within: 2e-8)
            imported.expect("duration", is: try #require(number(benchmark["duration"])))
            let totals = try #require(metrics["request_totals"] as? [String: Any])
            for (status, count) in totals {
                imported.expect("requests_\(status)", is: try #require(number(count)))
            }
            imported.expect(
                "slo_determined_requests", is: try #require(number(metrics["slo_determined_requests"])))
        }
    }

    @Test(.enabled(if: isThere, reason))
    func whatTheFileSaysOfTheLoadIsKept() async throws {
        try await PeerImport.of(Self.name) { imported in
            #expect(imported.row.model_name == "mock")
            #expect(imported.row.scenario == "prompts.jsonl")
            #expect(imported.row.concurrency == 64)
            #expect(imported.row.id == "d9c2ed0b-2952-4381-bcfd-3086d0c04541")
            #expect(imported.row.token_source == "server_usage")
            let median = try #require(imported.row.latency_p50)
            #expect(abs(median - 1369.2595959) < 1e-6)
            #expect(imported.summary.notes.isEmpty)
        }
    }

    /// Made by the fields of GuideLLM's GenerativeRequestStats.
    private func request(_ start: Double, _ end: Double, tokens: String = "5", error: String = "null") -> String {
        """
        {"info":{"timings":{"targeted_start":\(start - 1),"resolve_start":\(start - 0.5),"request_start":\(start),
        "first_token_iteration":\(start + 0.25),"last_token_iteration":\(end - 0.25),"request_end":\(end),
        "resolve_end":\(end),"token_iterations":3},"error":\(error)},
        "input_metrics":{"total_tokens":7},"output_metrics":{"total_tokens":\(tokens)},"output":"é"}
        """
    }

    private func samples(strategy: String, _ lists: String) throws -> [InferenceSampled] {
        let text = """
            {"config":{"spec":{"backend":{"model":"m","target":"http://user:secret@host/"}}},"benchmarks":[
            {"config":{"strategy":\(strategy)},"start_time":1000,"end_time":1010,"requests":{\(lists)}}]}
            """
        let history = try ImportedFile(bytes: Array(text.utf8), path: "b.json").history()
        return history.runs[0].events.compactMap { _, event in
            if case .inferenceSampled(let sample) = event { return sample }
            if case .runRequested(let requested) = event { #expect(requested.models[0].endpoint.isEmpty) }
            return nil
        }
    }

    @Test func aScheduleGivesIntendedStartsAndARate() throws {
        let samples = try samples(
            strategy: #"{"type_":"poisson","rate":2.5}"#,
            #""successful":[\#(request(1001, 1002))],"errored":[],"incomplete":[]"#)

        #expect(samples[0].rateMillionths == 2_500_000)
        #expect(samples[0].intendedStartNs == 0)
        #expect(samples[0].startedNs == 500_000_000)
        #expect(samples[0].sentNs == 1_000_000_000)
        #expect(samples[0].outputBytes == 2)
    }

    @Test func requestsOutsideTheWindowAreWarmUpOrCoolDown() throws {
        let samples = try samples(
            strategy: #"{"type_":"concurrent","streams":3}"#,
            #""successful":[\#(request(998, 999)),\#(request(1001, 1002)),\#(request(1011, 1012))],"errored":[],"incomplete":[]"#
        )

        #expect(samples.map(\.warmup) == [true, false, false])
        #expect(samples.map(\.cooldown) == [false, false, true])
        #expect(samples.map(\.level) == [3, 3, 3])
        #expect(samples[1].intendedStartNs == samples[1].startedNs)
    }

    @Test func failedAndUnfinishedRequestsAreToldApart() throws {
        let samples = try samples(
            strategy: #"{"type_":"synchronous"}"#,
            #""successful":[],"errored":[\#(request(1001, 1002, tokens: "null", error: "\"reset\""))],"incomplete":[\#(request(1003, 1004, tokens: "null"))]"#
        )

        #expect(samples.map(\.error) == [.other, .cancelled])
        #expect(samples[0].errorMessage == "reset")
        #expect(samples.map(\.tokenSource) == [.chunks, .chunks])
        #expect(samples.map(\.level) == [1, 1])
    }

    @Test func aFileOfNoRequestsIsRefused() {
        let text =
            #"{"benchmarks":[{"config":{"strategy":{"type_":"concurrent"}},"start_time":1,"end_time":2,"requests":{"successful":[],"errored":[],"incomplete":[]}}]}"#

        let error = #expect(throws: ImportError.self) {
            try ImportedFile(bytes: Array(text.utf8), path: "b.json").history()
        }
        #expect(error?.description.contains("no request with a time") == true)
    }
}
