import Testing

@testable import Formulas

@Suite struct StandardSetTests {
    private let set = FormulaSet.named("standard/1")!

    /// Two streamed requests, one that timed out, one that failed, one warm-up, one cancelled.
    private func samples() -> SampleTable {
        table(
            [
                "started": [0, 1000, 2000, 3000, -500, 4000], "sent": [10, 1010, 2010, 3010, -490, 4010],
                "first_content": [110, 1310, null, null, -100, null],
                "last_content": [510, 1910, null, null, -50, null],
                "ended": [600, 2000, 3000, 4000, 0, 9000], "failed": [0, 0, 1, 1, 0, 1],
                "timed_out": [0, 0, 1, 0, 0, 0],
                "cancelled": [0, 0, 0, 0, 0, 1], "warmup": [0, 0, 0, 0, 1, 0], "streamed": [1, 1, 1, 1, 1, 1],
                "tokens_from_server": [1, 0, 0, 0, 1, 0], "completion_tokens": [41, null, null, null, 9, null],
                "content_chunks": [5, 7, 0, 0, 9, 0], "prompt_tokens": [20, null, null, null, 20, null],
            ],
            ["gaps": [[100, 100, 100, 100], [100, 100, 100, 100, 1100, 100], [], [], [1], []]])
    }

    /// What a closed loop under an objective is evaluated with.
    private let constants: [String: Double] = ["concurrency": 1, "slo_ttft": 500, "slo_tpot": 50]

    private func values(_ samples: SampleTable, _ readings: [String: [Double]] = [:]) -> ResultValues {
        set.evaluate(samples: samples, resources: readingTable(readings), constants: constants)
    }

    /// Whole answers, one after another, by their waits for the first token, in ms; each takes 100 ms more.
    private func answers(_ waits: [Double]) -> SampleTable {
        let starts = waits.indices.map { Double($0) * 10_000 }
        return table([
            "started": starts, "sent": starts, "intended_start": starts,
            "first_content": zip(starts, waits).map { $0 + $1 },
            "last_content": zip(starts, waits).map { $0 + $1 + 100 }, "ended": zip(starts, waits).map { $0 + $1 + 100 },
            "failed": waits.map { _ in 0 }, "warmup": waits.map { _ in 0 }, "streamed": waits.map { _ in 1 },
            "tokens_from_server": waits.map { _ in 1 }, "completion_tokens": waits.map { _ in 11 },
        ])
    }

    @Test func timesStartWhenTheRequestWasSent() {
        let columns = set.sampleValues(samples: samples(), constants: constants)

        #expect(columns["ttft"]?.prefix(2) == [100, 300])
        #expect(columns["e2e"]?.prefix(2) == [500, 900])
        #expect(columns["tokens"]?.prefix(2) == [41, 7])
        #expect(columns["tpot"]?.prefix(2) == [10, 100])
        #expect(columns["request_tps"]?[0] == 82)
        #expect(columns["prompt_tps"]?[0] == 200)
        #expect(columns["meets_slo"]?.prefix(3) == [1, 0, 0])
    }

    @Test func resultsLeaveOutWarmUpAndCancelledRequests() throws {
        let values = values(samples())

        #expect(values["total_iterations"] == 4)
        #expect(values["successful_iterations"] == 2)
        #expect(values["error_rate"] == 25)
        #expect(values["timeout_rate"] == 25)
        #expect(values["failure_rate"] == 50)
        #expect(values["tokens_from_server"] == 50)
        #expect(values["duration"] == 4000)
        #expect(values["requests_per_second"] == 0.5)
        #expect(values["goodput"] == 0.25)
        #expect(values["good_share"] == 25)
        #expect(values["ttft_mean"] == 200)
        #expect(values["ttft_p50"] == 200)
        #expect(values["itl_mean"] == 200)
        #expect(values["itl_p50"] == 100)
        #expect(values["e2e_p50"] == 700)
        #expect(values["stalls"] == 1)
        #expect(abs(try #require(values["jitter"]) - 100_000.0.squareRoot()) < 1e-9)
        #expect(values["scheduled_e2e_p99"] == nil)
        #expect(values["queue_time_mean"] == nil)
    }

    @Test func tokensOfTwoSourcesAreNotAddedUp() {
        let mixed = values(samples())
        var counted = samples()
        counted["tokens_from_server"] = [1, 1, 0, 0, 1, 0]
        counted["completion_tokens"] = [41, 61, null, null, 9, null]
        let ofServer = values(counted)
        counted["tokens_from_server"] = [0, 0, 0, 0, 1, 0]
        let ofClient = values(counted)

        for name in ["total_tokens", "output_tps", "tpot_mean", "tpot_p50", "request_tps_mean", "generation_tps"] {
            #expect(mixed[name] == nil, "\(name)")
            #expect(ofServer[name] != nil, "\(name)")
            #expect(ofClient[name] != nil, "\(name)")
        }
        #expect(mixed["one_token_source"] == 0)
        #expect(ofServer["one_token_source"] == 1)
        #expect(ofServer["total_tokens"] == 102)
        #expect(ofClient["total_tokens"] == 12)
        #expect(ofServer["output_tps"] == 25.5)
    }

    @Test func cachedAndReasoningTokensAreKeptApart() {
        var samples = answers([100, 100])
        samples["prompt_tokens"] = [50, 50]
        samples["cached_tokens"] = [null, 40]
        samples["reasoning_tokens"] = [4, 5]

        let values = values(samples)

        #expect(set.sampleValues(samples: samples)["prompt_tps"] == [500, 100])
        #expect(values["total_prompt_tokens"] == 100)
        #expect(values["total_cached_tokens"] == 40)
        #expect(values["total_reasoning_tokens"] == 9)
        #expect(values["total_tokens"] == 22)
        #expect(self.values(answers([100]))["total_reasoning_tokens"] == nil)
    }

    @Test func aPercentileOfTooFewIsNullAndNotTheLargest() {
        func percentiles(_ count: Int) -> [Double?] {
            let values = values(answers((1...count).map(Double.init)))
            return ["ttft_p50", "ttft_p90", "ttft_p95", "ttft_p99"].map { values[$0] }
        }

        #expect(percentiles(1) == [1, nil, nil, nil])
        #expect(percentiles(9) == [5, nil, nil, nil])
        #expect(percentiles(10).map { $0 == nil } == [false, false, true, true])
        #expect(percentiles(19).map { $0 == nil } == [false, false, true, true])
        #expect(percentiles(20).map { $0 == nil } == [false, false, false, true])
        #expect(percentiles(99).map { $0 == nil } == [false, false, false, true])
        #expect(percentiles(100).allSatisfy { $0 != nil })
    }

    @Test func failuresCountAsInfiniteLatencyWhenAskedTo() {
        var samples = answers((1...40).map(Double.init))
        samples["failed"] = (1...40).map { $0 > 36 ? 1 : 0 }
        samples["cancelled"] = (1...40).map { $0 == 40 ? 1 : 0 }

        let leftOut = values(samples)
        let infinite = set.evaluate(
            samples: samples, resources: readingTable([:]), constants: constants, failures: .infinite)

        // 3 of 39 failed; the cancelled one is in neither.
        #expect(leftOut["e2e_p95"] == 134.25)
        #expect(infinite["e2e_p90"] == 135.2)
        #expect(infinite["e2e_p95"] == .infinity)
        #expect(infinite["e2e_mean"] == .infinity)
        #expect(infinite["ttft_p95"] == .infinity)
        #expect(infinite["failure_rate"] == leftOut["failure_rate"])
        #expect(infinite["total_tokens"] == leftOut["total_tokens"])
        #expect(infinite["duration"] == leftOut["duration"])
    }

    @Test func goodputIsByTheRunsObjectiveAndFromTheIntendedStartInAnOpenLoop() {
        var samples = answers([100, 300, 500, 700])
        // The second one was to start 400 ms before it did.
        samples["intended_start"] = [0, 9_600, 20_000, 30_000]
        func goodShare(_ constants: [String: Double]) -> Double? {
            set.evaluate(samples: samples, resources: readingTable([:]), constants: constants)["good_share"]
        }

        #expect(goodShare(["concurrency": 1]) == nil)
        #expect(goodShare(["concurrency": 1, "slo_ttft": 500]) == 75)
        #expect(goodShare(["slo_ttft": 500]) == 50)
        #expect(goodShare(["concurrency": 1, "slo_latency": 400]) == 50)
        #expect(goodShare(["concurrency": 1, "slo_tpot": 10]) == 100)
        #expect(goodShare(["concurrency": 1, "slo_tpot": 9]) == 0)
        #expect(goodShare(["concurrency": 1, "slo_ttft": 500, "slo_latency": 400]) == 50)
    }

    @Test func energyIsNullWithoutAReading() {
        let samples = answers([100, 300])
        #expect(values(samples)["energy_per_token"] == nil)
        // 12 W for 10.4 s and 8 J of the packages, over 22 tokens.
        let read = values(samples, ["gpu_power": [10, 14, null], "package_energy": [100, null, 108]])
        #expect(read["energy"] == 132.8)
        #expect(read["energy_per_token"] == 132.8 / 22)
        let counted = values(samples, ["gpu_power": [10, 14, null], "gpu_energy": [1_000, 1_050, 1_100]])
        #expect(counted["energy"] == 100)
    }

    @Test func anAnswerThatWasNotStreamedHasNoFirstTokenAndNoGoodput() {
        let values = values(
            table([
                "started": [0], "sent": [0], "first_content": [400], "ended": [400], "failed": [0], "warmup": [0],
                "streamed": [0], "completion_tokens": [10], "tokens_from_server": [1],
            ]))

        #expect(values["ttft_p50"] == nil)
        #expect(values["tpot_mean"] == nil)
        #expect(values["goodput"] == nil)
        #expect(values["stalls"] == nil)
        #expect(values["e2e_p50"] == 400)
        #expect(values["output_tps"] == 25)
    }

    @Test func aFailedModelScoresZeroAndNullNeverWins() throws {
        let failed = values(
            table(["started": [0, 0], "ended": [9, 9], "failed": [1, 1], "warmup": [0, 0], "streamed": [1, 1]]))
        #expect(failed["good_share"] == 0)
        func score(_ results: [[String: Double?]]) throws -> Double {
            try #require(set.evaluateModel(results: results)["score"])
        }
        let good: [String: Double?] = [
            "output_tps": 100, "ttft_p50": 100, "tpot_mean": 10, "successful_iterations": 5, "total_iterations": 5,
        ]
        let unknown = good.merging(["ttft_p50": nil]) { $1 }
        let half = good.merging(["total_iterations": 10]) { $1 }
        let perfect = good.merging(["output_tps": 5000, "ttft_p50": 1, "tpot_mean": 0.1]) { $1 }

        #expect(failed["output_tps"] == 0)
        #expect(failed["goodput"] == 0)
        #expect(failed["ttft_p50"] == nil)
        #expect(try score([failed.dictionary]) == 0)
        #expect(try score([]) == 0)
        #expect(abs(try score([good]) - 200.0 / 3) < 1e-9)
        #expect(try score([unknown]) < score([good]))
        #expect(abs(try score([half]) - 100.0 / 3) < 1e-9)
        #expect(try score([perfect]) == 100)
        #expect(try score([good, failed.dictionary]) < score([good]))
    }

    @Test func everyOriginalColumnHasAMetric() {
        for set in FormulaSet.stored {
            #expect(Set(set.columns.keys) == Set(FormulaSet.originalColumns), "\(set.name)")
            #expect(set.metrics.contains { $0.section == .model && $0.name == "score" })
        }
        for set in FormulaSet.builtIn {
            #expect(set.metrics.allSatisfy { !$0.text.isEmpty && !$0.unit.isEmpty }, "\(set.name)")
        }
        #expect(FormulaSet.stored.map(\.name) == ["standard/1", "flperformance/1"])
        #expect(FormulaSet.named("standard/9") == nil)
    }

    @Test func theOrderIsThatOfDeclaration() {
        let names = set.metrics.filter { $0.section == .result }.map(\.name)

        #expect(names == values(samples()).names)
        #expect(names.first == "total_iterations")
        #expect(set.metrics.first?.expression == "not failed")
    }
}
