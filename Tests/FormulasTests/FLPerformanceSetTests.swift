import Foundation
import Testing

@testable import Formulas

@Suite struct FLPerformanceSetTests {
    private let set = FormulaSet.named("flperformance/1")!

    private func evaluate(_ samples: [String: [Double]], _ gaps: [[Double]]? = nil) -> ResultValues {
        set.evaluate(
            samples: table(samples, gaps.map { ["gaps": $0] } ?? [:]), resources: ResourceTable(count: 0))
    }

    @Test func aTimeoutCountsAsErrorTooAndIsTakenOffTwice() {
        let values = evaluate([
            "started": [0, 0, 0, 0], "ended": [1000, 3000, 500, 30_000], "failed": [0, 0, 1, 1],
            "timed_out": [0, 0, 0, 1], "warmup": [0, 0, 0, 0], "streamed": [1, 1, 1, 1],
            "content_chunks": [10, 30, 5, 7], "first_content": [100, 300, 50, 70],
        ])

        #expect(values["error_rate"] == 50)
        #expect(values["timeout_rate"] == 25)
        #expect(values["total_iterations"] == 4)
        #expect(values["successful_iterations"] == 1)
        #expect(values["total_tokens"] == 40)
        #expect(values["tps"] == 10)
        #expect(values["ttft"] == 300)
        #expect(values["latency_p50"] == 1000)
        #expect(values["latency_p95"] == 3000)
        #expect(values["gen_tps"] == nil)
    }

    @Test func withoutAStreamTokensAreTheServersAndThereIsNoFirstToken() {
        let values = evaluate([
            "started": [0, 0], "ended": [1000, 1000], "failed": [0, 0], "timed_out": [0, 0], "warmup": [0, 0],
            "streamed": [0, 0], "completion_tokens": [25, null], "first_content": [900, 900], "content_chunks": [1, 1],
        ])

        #expect(values["tps"] == 12.5)
        #expect(values["ttft"] == nil)
        #expect(values["tpot"] == nil)
    }

    @Test func whatFailsAltogetherHasZerosAndScoresForty() {
        let values = evaluate([
            "started": [0, 0], "ended": [9, 9], "failed": [1, 1], "timed_out": [0, 0], "warmup": [0, 0],
            "streamed": [1, 1],
        ])

        #expect(values["tps"] == 0)
        #expect(values["latency_p95"] == 0)
        #expect(values["ttft"] == nil)
        #expect(set.evaluateModel(results: [values.dictionary])["score"] == 40)
    }

    @Test func theScoreAveragesRoundedFiguresOverScenarios() {
        let results: [[String: Double?]] = [
            ["tps": 50, "latency_p95": 1000, "error_rate": 0], ["tps": 30, "latency_p95": 2001, "error_rate": 1],
            ["tps": 0, "latency_p95": 0, "error_rate": 0],
        ]

        // 40/100·30 + 40 − 1501/100 (1500.5 rounds up) + 30 − 0.33·10 = 63.69
        #expect(set.evaluateModel(results: results)["score"] == 64)
    }

    @Test func readingsAfterSamplesCountAloneWhereTheyAreMarked() {
        let samples = SampleTable(count: 0)
        func cpu(_ readings: [String: [Double]]) -> ResultValues {
            set.evaluate(samples: samples, resources: readingTable(readings))
        }

        let marked = cpu([
            "host_cpu": [90, 20, null, 10], "after_sample": [0, 1, 1, 1], "gpu_utilisation": [9, 0, null, 50],
        ])
        let unmarked = cpu(["host_cpu": [90, 20, null, 10], "after_sample": [0, 0, 0, 0]])
        let unknown = cpu(["host_cpu": [90, 20, null, 10]])

        #expect(marked["cpu_avg"] == 10)
        #expect(marked["gpu_avg"] == 50)
        #expect(marked["ram_avg"] == nil)
        #expect(unmarked["cpu_avg"] == 30)
        #expect(unknown["cpu_avg"] == 30)
    }

    /// Six real runs that the original measured and stored; recomputed from their raw iterations.
    @Test(.enabled(if: StoredRuns.exist, "needs flperformance-storage.json (FLPERF_SHARED)"))
    func everyStoredFigureIsReproduced() throws {
        var compared = 0
        for result in try StoredRuns.results() {
            let values = set.evaluate(samples: result.samples, resources: result.resources)
            for column in FormulaSet.originalColumns {
                let stored = result.figures[column == "tpot" ? "ttot" : column]
                guard let stored else {
                    if column == "gpu_avg" { #expect(values[column] == nil) }
                    continue
                }
                let metric = try #require(set.columns[column])
                let value = try #require(values[metric], "\(column) of \(result.scenario)")
                #expect(abs(value - stored) <= 1e-9 * max(abs(stored), 1e-300), "\(column) of \(result.scenario)")
                compared += 1
            }
        }

        #expect(compared == 9 * 12 + 5)
    }
}

/// The original's storage file, as far as its results go.
enum StoredRuns {
    struct Stored {
        let scenario: String
        let figures: [String: Double]
        let samples: SampleTable
        let resources: ResourceTable
    }

    static var exist: Bool { FileManager.default.fileExists(atPath: file.path) }

    private static var file: URL {
        let shared =
            ProcessInfo.processInfo.environment["FLPERF_SHARED"].map { URL(filePath: $0) }
            ?? URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../shared")
        return shared.appending(path: "data/flperformance-storage.json")
    }

    static func results() throws -> [Stored] {
        let root = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
        let runs = try #require(root?["benchmark_results"] as? [String: [[String: Any]]])
        return try runs.values.flatMap(\.self).map(stored)
    }

    private static func stored(_ result: [String: Any]) throws -> Stored {
        let raw = try #require(result["raw_data"] as? [String: Any])
        let iterations = try #require(raw["iterations"] as? [[String: Any]])
        let snapshots = try #require(raw["resourceSnapshots"] as? [[String: [String: Any]]])
        func number(_ value: Any?) -> Double { (value as? NSNumber)?.doubleValue ?? .nan }

        var samples = SampleTable(count: iterations.count)
        samples["started"] = iterations.map { number($0["startTime"]) }
        samples["ended"] = iterations.map { number($0["endTime"]) }
        samples["original_ttft"] = iterations.map { number($0["ttft"]) }
        samples["content_chunks"] = iterations.map { number($0["tokens"]) }
        samples["failed"] = iterations.map { $0["error"] is String ? 1 : 0 }
        samples["timed_out"] = iterations.map { number($0["timeout"]) }
        samples["streamed"] = iterations.map { _ in 1 }
        samples["warmup"] = iterations.map { _ in 0 }
        samples[array: "gaps"] = RaggedColumn(
            iterations.map { ($0["interTokenDelays"] as? [Any] ?? []).map { number($0) } })

        let readings = snapshots.flatMap { [($0["before"]!, 0.0), ($0["after"]!, 1.0)] }
        var resources = ResourceTable(count: readings.count)
        resources["host_cpu"] = readings.map { number($0.0["cpu"]) }
        resources["memory_percent"] = readings.map { number($0.0["ram"]) }
        resources["gpu_utilisation"] = readings.map { number($0.0["gpu"]) }
        resources["after_sample"] = readings.map(\.1)
        return Stored(
            scenario: result["scenario"] as? String ?? "",
            figures: result.compactMapValues { ($0 as? NSNumber)?.doubleValue },
            samples: samples, resources: resources)
    }
}
