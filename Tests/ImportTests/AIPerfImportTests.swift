import DataFolder
import Events
import Foundation
import Import
import TestSupport
import Testing

/// AIPerf's exports: real ones, which lie beside the project, and small ones made by its source.
struct AIPerfImportTests {
    static let isThere = sharedFile("data/peers/aiperf-profile_export.jsonl") != nil
    private static let reason: Comment = "the files of other tools do not lie beside the project"
    private static let name = "aiperf-profile_export.jsonl"

    /// What is not computed again: times of the connection and bytes on it (http_req_…), which are of AIPerf's own HTTP client;
    /// how far an answer's length is from the one asked for, which the export does not say (osl_mismatch_…); and how the load
    /// was distributed over the time (effective_… without latency, active_…, tokens_in_flight), which is no figure of requests.
    private static func isOther(_ tag: String) -> Bool {
        ["http_req_", "osl_mismatch_", "active_", "tokens_in_flight"].contains { tag.hasPrefix($0) }
            || (tag.hasPrefix("effective_") && tag != "effective_latency")
    }

    @Test(.enabled(if: isThere, reason))
    func everyFigureOfTheFileIsComputedAgain() async throws {
        let file = try PeerImport.json("aiperf-profile_export_aiperf.json")
        try await PeerImport.of(Self.name) { imported in
            // AIPerf divides by the time from start_time to end_time of the file, to the nanosecond: that of its phase, which
            // begins 8 ms before the first request and ends 3 ms after the last chunk.
            let throughput = try #require(number((file["request_throughput"] as? [String: Any])?["avg"]))
            let window = 640 / throughput
            let duration = try #require(imported.figures["benchmark_duration"] ?? nil)
            #expect(abs(window - 16.069_505) < 1e-6)
            #expect(abs(window - duration - 0.0109) < 1e-4)
            var compared = 0
            for (tag, value) in file where !Self.isOther(tag) {
                guard let statistics = value as? [String: Any], statistics["unit"] != nil else { continue }
                let isSpread = statistics.keys.contains("p50")
                for (statistic, value) in statistics where statistic != "unit" {
                    let theirs = try #require(number(value))
                    let many = statistic == "sum" ? 640.0 : 1
                    let name = isSpread ? "\(tag)_\(statistic)" : tag
                    compared += 1
                    switch tag {
                    case "time_to_second_token", "inter_chunk_latency":
                        // Chunk arrivals are kept to the microsecond, and a gap is the difference of two.
                        imported.expect(name, is: theirs, absolute: 0.001 * many)
                    case "credit_to_start_latency", "effective_latency":
                        // AIPerf has both ends as floating-point numbers of nanoseconds since the epoch: steps of 256 ns.
                        imported.expect(name, is: theirs, absolute: 0.000_256 * many)
                    case "benchmark_duration":
                        // Likewise: 140 ns of 16 s here.
                        imported.expect(name, is: theirs, within: 256e-9 / 16)
                    case "request_throughput", "output_token_throughput", "input_token_throughput",
                        "total_token_throughput":
                        imported.expect(name, is: theirs * window / duration)
                    default: imported.expect(name, is: theirs)
                    }
                }
            }
            #expect(compared == 284)
        }
    }

    @Test(.enabled(if: isThere, reason))
    func theFileBesideNamesTheModelAndTheLoad() async throws {
        try await PeerImport.of(Self.name) { imported in
            #expect(imported.row.model_name == "mock")
            #expect(imported.row.concurrency == 64)
            #expect(imported.row.token_source == "server_usage")
            #expect(imported.row.samples == 640)
            #expect(imported.summary.notes.isEmpty)
            #expect(imported.run.run.started_at == 1_795_543_761_471)
        }
    }

    @Test(.enabled(if: isThere, reason))
    func withoutItThatIsTold() async throws {
        try await PeerImport.of(Self.name, withoutNeighbours: true) { imported in
            #expect(imported.row.model_name == "unknown")
            #expect(imported.summary.notes.count == 1)
            #expect(imported.summary.notes[0].contains("aiperf-profile_export_aiperf.json is not beside"))
            #expect(imported.row.token_source == "server_usage")
        }
    }

    private func samples(_ lines: String...) throws -> [InferenceSampled] {
        let text = lines.joined(separator: "\n") + "\n"
        return try ImportedFile(bytes: Array(text.utf8), path: "profile_export.jsonl").history().runs[0].events
            .compactMap {
                _, event in
                if case .inferenceSampled(let sample) = event { sample } else { nil }
            }
    }

    /// Made by the fields of AIPerf's MetricRecordInfo.
    private static func line(
        _ start: Int, phase: String = "profiling", cancelled: Bool = false, metrics: String = "", error: String = ""
    ) -> String {
        #"{"metadata":{"request_start_ns":\#(start),"request_end_ns":\#(start + 900),"benchmark_phase":"\#(phase)","was_cancelled":\#(cancelled)},"metrics":{\#(metrics)}\#(error)}"#
    }

    @Test func failuresHaveTheirClassAndTheirWords() throws {
        let samples = try samples(
            Self.line(1_000, error: #","error":{"code":503,"type":"ServiceUnavailable","message":"busy"}"#),
            Self.line(2_000, error: #","error":{"type":"TimeoutError","message":"late"}"#),
            Self.line(3_000, cancelled: true, error: #","error":{"code":499,"message":"cancelled"}"#))

        #expect(samples.map(\.error) == [.http, .other, .cancelled])
        #expect(samples.map(\.httpStatus) == [503, 0, 0])
        #expect(samples.map(\.errorMessage) == ["ServiceUnavailable: busy", "TimeoutError: late", "cancelled"])
        #expect(samples.allSatisfy { !$0.hasFirstContentNs && !$0.hasCompletionTokens })
    }

    @Test func warmUpIsMarkedAndAnotherTokenizersCountIsCalledSo() throws {
        let metrics =
            #""output_sequence_length":{"value":9,"unit":"tokens"},"usage_completion_tokens":{"value":8,"unit":"tokens"},"time_to_first_token":{"value":0.0001,"unit":"ms"},"inter_chunk_latency":{"value":[0.002,0.003],"unit":"ms"},"request_latency":{"value":0.0051,"unit":"ms"}"#

        let samples = try samples(Self.line(1_000, phase: "warmup"), Self.line(2_000, metrics: metrics))

        #expect(samples.map(\.warmup) == [true, false])
        #expect(samples[1].tokenSource == .tokenizer)
        #expect(samples[1].contentChunks == 3)
        #expect(samples[1].lastContentNs - samples[1].startedNs == 5_100)
        #expect(samples[1].endedNs == samples[1].lastContentNs)
    }

    @Test(arguments: [
        (line(0), "line 1 has a time or a count that nothing measured can be"),
        (#"{"metadata":{},"metrics":{}}"# + "\n" + line(1), "line 1: 'request_start_ns' is missing"),
        (line(1) + "\nnonsense", "line 2 is not what is expected there"),
    ])
    func aLineThatCannotBeIsNamed(text: String, reason: String) {
        let error = #expect(throws: ImportError.self) {
            try ImportedFile(bytes: Array(text.utf8), path: "p.jsonl").history()
        }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test func theFiguresAloneAreNoImport() {
        let text = #"{"aiperf_version":"0.13.0","request_throughput":{"unit":"requests/sec","avg":1}}"#

        let error = #expect(throws: ImportError.self) {
            try ImportedFile(bytes: Array(text.utf8), path: "a.json").history()
        }
        #expect(error?.description.contains("Import the profile_export.jsonl beside it") == true)
    }
}
