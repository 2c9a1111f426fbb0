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

    private func values(_ samples: SampleTable, _ readings: [String: [Double]] = [:]) -> ResultValues {
        set.evaluate(samples: samples, resources: readingTable(readings))
    }

    @Test func timesStartWhenTheRequestWasSent() {
        let columns = set.sampleValues(samples: samples())

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
        #expect(values["total_tokens"] == 48)
        #expect(values["tokens_from_server"] == 50)
        #expect(values["duration"] == 4000)
        #expect(values["output_tps"] == 12)
        #expect(values["requests_per_second"] == 0.5)
        #expect(values["goodput"] == 0.25)
        #expect(values["ttft_mean"] == 200)
        #expect(values["ttft_p50"] == 200)
        #expect(values["ttft_p90"] == 280)
        #expect(values["itl_mean"] == 200)
        #expect(values["itl_p50"] == 100)
        #expect(values["tpot_mean"] == 55)
        #expect(values["e2e_p50"] == 700)
        #expect(values["stalls"] == 1)
        #expect(abs(try #require(values["jitter"]) - 100_000.0.squareRoot()) < 1e-9)
        #expect(values["scheduled_e2e_p99"] == nil)
        #expect(values["queue_time_mean"] == nil)
    }

    @Test func energyIsNullWithoutAReading() {
        #expect(values(samples())["energy_per_token"] == nil)
        // 12 W for 4 s and 8 J of the packages, over 48 tokens.
        let read = values(samples(), ["gpu_power": [10, 14, null], "package_energy": [100, null, 108]])
        #expect(read["energy"] == 56)
        #expect(read["energy_per_token"] == 56.0 / 48)
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
        for set in FormulaSet.builtIn {
            #expect(Set(set.columns.keys) == Set(FormulaSet.originalColumns), "\(set.name)")
            #expect(set.metrics.allSatisfy { !$0.text.isEmpty && !$0.unit.isEmpty }, "\(set.name)")
            #expect(set.metrics.contains { $0.section == .model && $0.name == "score" })
        }
        #expect(FormulaSet.builtIn.map(\.name) == ["standard/1", "flperformance/1"])
        #expect(FormulaSet.named("standard/9") == nil)
    }

    @Test func theOrderIsThatOfDeclaration() {
        let names = set.metrics.filter { $0.section == .result }.map(\.name)

        #expect(names == values(samples()).names)
        #expect(names.first == "total_iterations")
        #expect(set.metrics.first?.expression == "not failed")
    }
}
