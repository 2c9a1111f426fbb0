import DataFolder
import Events
import Foundation
import Import
import TestSupport
import Testing

/// The storage file of the original: six real runs. It lies beside the project and is not part of it.
struct FLPerformanceImportTests {
    static let file = sharedFile("data/flperformance-storage.json")

    /// What the file itself says of a result.
    private struct Stored: Decodable {
        struct Result: Decodable {
            var id: String
            var run_id: String
            var scenario: String
            var tps: Double?
            var ttft: Double?
            var ttot: Double?
            var latency_p50: Double?
            var latency_p95: Double?
            var latency_p99: Double?
            var error_rate: Double?
            var timeout_rate: Double?
            var cpu_avg: Double?
            var ram_avg: Double?
            var gpu_avg: Double?
            var total_tokens: Double?
            var total_iterations: Double?
            var successful_iterations: Double?
            var created_at: Int64
        }
        /// By the run's id.
        var benchmark_results: [String: [Result]]
    }

    private static func history() throws -> (ImportedHistory, Stored) {
        let data = try Data(contentsOf: URL(fileURLWithPath: #require(file)))
        return (
            try FLPerformanceStorage.read([UInt8](data), path: "storage.json"),
            try JSONDecoder().decode(Stored.self, from: data)
        )
    }

    @Test(.enabled(if: file != nil))
    func everyStoredFigureIsComputedAgainFromTheSamples() async throws {
        let (history, stored) = try Self.history()
        try await withTemporaryFolder { folder in
            let installation = try Installation(folder: folder)
            defer { installation.close() }

            let summary = try await installation.append(history)
            try installation.projector.catchUp()

            #expect(summary.runs_added == 6)
            #expect(summary.models_added == 2)
            #expect(try installation.runs().value.count == 6)
            for expected in stored.benchmark_results.values.joined() {
                let detail = try #require(try installation.run(expected.run_id).value)
                let row = try #require(detail.results.first { $0.scenario == expected.scenario })
                #expect(detail.run.status == .completed)
                #expect(row.id == expected.id)
                #expect(row.created_at == expected.created_at)
                #expect(row.formula_set == "flperformance/1")
                let figures: [(String, Double?, Double?)] = [
                    ("tps", row.tps, expected.tps), ("ttft", row.ttft, expected.ttft),
                    ("tpot", row.tpot, expected.ttot),
                    ("p50", row.latency_p50, expected.latency_p50), ("p95", row.latency_p95, expected.latency_p95),
                    ("p99", row.latency_p99, expected.latency_p99), ("errors", row.error_rate, expected.error_rate),
                    ("timeouts", row.timeout_rate, expected.timeout_rate), ("cpu", row.cpu_avg, expected.cpu_avg),
                    ("ram", row.ram_avg, expected.ram_avg), ("gpu", row.gpu_avg, expected.gpu_avg),
                    ("tokens", row.total_tokens, expected.total_tokens),
                    ("n", row.total_iterations, expected.total_iterations),
                    ("ok", row.successful_iterations, expected.successful_iterations),
                ]
                for (name, ours, theirs) in figures {
                    #expect(
                        Self.agree(ours, theirs), "\(expected.run_id) \(name): \(ours as Any), stored \(theirs as Any)")
                }
            }
        }
    }

    @Test(.enabled(if: file != nil))
    func aSecondImportAddsNothing() async throws {
        let (history, _) = try Self.history()
        try await withTemporaryFolder { folder in
            let installation = try Installation(folder: folder)
            defer { installation.close() }
            _ = try await installation.append(history)
            let before = try installation.log.lastPosition()

            let summary = try await installation.append(history)

            #expect(try installation.log.lastPosition() == before)
            #expect(summary.events_added == 0)
            #expect(summary.already_there == 8)
        }
    }

    @Test(.enabled(if: file != nil))
    func whatWasNotMeasuredIsNull() async throws {
        let (history, _) = try Self.history()
        try await withTemporaryFolder { folder in
            let installation = try Installation(folder: folder)
            defer { installation.close() }
            _ = try await installation.append(history)
            try installation.projector.catchUp()

            let rows = try installation.results().value
            let older = try #require(rows.first { $0.run_id.hasPrefix("08208bd4") })
            #expect(rows.allSatisfy { $0.gpu_avg == nil })
            #expect(older.tpot == nil)
            #expect(older.gen_tps == nil)
            #expect(try installation.run(older.run_id).value?.run.hardware_info?.gpu?.vram == nil)
        }
    }

    @Test(arguments: [
        ("[1,2", "it is not JSON"), (#"{"models":{}}"#, "no benchmark_runs"),
        (#"{"benchmark_runs":{"a":{"id":"a"}},"benchmark_results":[]}"#, "benchmark_runs"),
        (
            #"{"benchmark_runs":[{"id":"a b","suite_name":"s","model_ids":[],"status":"completed"}],"benchmark_results":[]}"#,
            "can't name a stream"
        ),
        (
            #"{"benchmark_runs":[{"id":"a","suite_name":"s","model_ids":[],"status":"completed","started_at":9000000000000000000}],"benchmark_results":[]}"#,
            "run 'a' has a time"
        ),
        (
            #"{"benchmark_runs":[],"benchmark_results":[{"id":"x","run_id":"r","model_id":"m","scenario":"s","raw_data":{"iterations":[{"startTime":1,"endTime":2,"tokens":1e30}]}}]}"#,
            "result 'x' has a time or a count"
        ),
    ])
    func aFileOfAnotherKindIsRefusedByName(text: String, reason: String) {
        let error = #expect(throws: ImportError.self) {
            try FLPerformanceStorage.read(Array(text.utf8), path: "other.json")
        }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("other.json") == true)
    }

    @Test func aSizeThatCannotBeIsUnknown() throws {
        let text =
            #"{"benchmark_runs":[{"id":"a","suite_name":"s","model_ids":[],"status":"completed","hardware_info":{"memory":{"total":"1e300 GB"},"gpu":{"model":"g","vram":"-1 MB"}}}],"benchmark_results":[]}"#

        let history = try FLPerformanceStorage.read(Array(text.utf8), path: "storage.json")

        let started = history.runs[0].events.compactMap { id, event in
            if case .runStarted(let started) = event { started } else { nil }
        }
        #expect(started.map(\.hardware.hasMemoryBytes) == [false])
        #expect(started.first?.hardware.gpus.map(\.hasMemoryBytes) == [false])
    }

    @Test(arguments: [
        ("http://127.0.0.1:5273/v1", "http://127.0.0.1:5273/v1"), ("http://me:secret@host/v1", ""),
        ("http://host/v1?api_key=secret", ""),
    ])
    func anAddressWithASecretStaysOutOfTheLog(address: String, recorded: String) throws {
        let text =
            #"{"models":[{"id":"m","alias":"m","model_id":"m:1","endpoint":"\#(address)"}],"benchmark_runs":[],"benchmark_results":[]}"#

        let history = try FLPerformanceStorage.read(Array(text.utf8), path: "storage.json")

        let added = history.models[0].events.compactMap { _, event in
            if case .modelAdded(let added) = event { added.model.endpoint } else { nil }
        }
        #expect(added == [recorded])
    }

    @Test func aLaterFileAddsOnlyTheLinesThatAreNew() throws {
        func ids(_ lines: String...) throws -> [EventID] {
            let logs = lines.map { #"{"message":"\#($0)","created_at":1}"# }.joined(separator: ",")
            let text = #"{"benchmark_runs":[],"benchmark_results":[],"logs":[\#(logs)]}"#
            return try FLPerformanceStorage.read(Array(text.utf8), path: "storage.json").logs.map(\.id)
        }

        let first = try ids("a", "a", "b")
        let second = try ids("a", "a", "b", "c")

        #expect(Set(first).count == 3)
        #expect(Array(second.prefix(3)) == first)
    }

    private static func agree(_ a: Double?, _ b: Double?) -> Bool {
        guard let a, let b else { return a == nil && b == nil }
        return abs(a - b) <= 1e-9 * max(1, abs(b))
    }
}
