import Formulas
import Testing

/// What the other tools' sets say of the same requests: the words are alike and the numbers are not.
@Suite struct PeerSetsTests {
    /// Two whole answers, of 5 and of 1 token, and a failed one. Sent 10 ms after they were taken up, which was 5 ms after the
    /// schedule meant them to start.
    private let samples = table(
        [
            "intended_start": [0, 100, 200], "started": [5, 105, 205], "sent": [15, 115, 215],
            "first_content": [55, 165, null], "last_content": [95, 165, null], "ended": [115, 175, 305],
            "streamed": [1, 1, 1], "failed": [0, 0, 1], "cancelled": [0, 0, 0], "timed_out": [0, 0, 0],
            "warmup": [0, 0, 0], "completion_tokens": [5, 1, null], "prompt_tokens": [10, 20, null],
            "content_chunks": [3, 1, null], "tokens_from_server": [1, 1, 0],
        ],
        ["gaps": [[10, 30], [], []], "chunk_times": [[55, 65, 95], [165], []]])

    private func values(_ set: String, _ constants: [String: Double] = ["concurrency": 1]) throws -> ResultValues {
        try #require(FormulaSet.named(set)).evaluate(
            samples: samples, resources: ResourceTable(count: 0), constants: constants)
    }

    @Test func vLLMTimesFromTheCallToTheLastChunkAndLeavesSingleTokensOut() throws {
        let values = try values("vllm/1")

        #expect(values["mean_ttft_ms"] == 55)
        #expect(values["mean_e2el_ms"] == 75)
        #expect(values["mean_tpot_ms"] == 10)
        #expect(values["mean_itl_ms"] == 20)
        #expect(values["std_itl_ms"] == 10)
        #expect(values["p99_ttft_ms"] == 59.9)
        #expect(values["failed"] == 1)
        #expect(values["duration"] == 0.16)
        #expect(values["request_throughput"] == 12.5)
        #expect(values["max_output_tokens_per_s"] == 4)
        #expect(values["max_concurrent_requests"] == 2)
        #expect(values["request_goodput"] == nil)
    }

    @Test func vLLMTakesTheTimePerTokenOfASingleTokenForGood() throws {
        #expect(try values("vllm/1", ["slo_tpot": 5])["request_goodput"] == 1 / 0.16)
        #expect(try values("vllm/1", ["slo_tpot": 10, "slo_ttft": 55])["request_goodput"] == 1 / 0.16)
        #expect(try values("vllm/1", ["slo_latency": 1])["request_goodput"] == 0)
    }

    @Test func guideLLMTimesFromTheWriteToTheEndAndWeighsByTokens() throws {
        let values = try values("guidellm/1")

        #expect(values["time_to_first_token_ms_mean"] == 45)
        #expect(values["request_latency_mean"] == 0.08)
        #expect(values["request_latency_ms_p99"] == 100)
        // (80 ms by 5 tokens, weighing 5, and 50 ms by 1, weighing 1.)
        #expect(values["time_per_output_token_ms_mean"] == 130.0 / 6)
        #expect(values["time_per_output_token_ms_median"] == 16)
        #expect(values["inter_token_latency_ms_mean"] == 10)
        #expect(values["inter_token_latency_ms_count"] == 4)
        #expect(values["iter_tokens_per_iteration_mean"] == 2)
        #expect(values["requests_errored"] == 1)
        #expect(values["slo_attainment"] == nil)
    }

    @Test func guideLLMCountsAFailedRequestAgainstTheObjective() throws {
        let values = try values("guidellm/1", ["slo_ttft": 40])

        #expect(values["slo_determined_requests"] == 3)
        #expect(values["slo_attainment"] == 1.0 / 3)
    }

    @Test func aiperfCountsEachRequestAlikeAndCanCountFailuresAsInfinite() throws {
        let values = try values("aiperf/1", ["slo_tpot": 10])

        #expect(values["inter_token_latency_avg"] == 10)
        #expect(values["inter_token_latency_count"] == 1)
        #expect(values["output_token_throughput_per_user_avg"] == 100)
        #expect(values["time_to_second_token_avg"] == 10)
        #expect(values["inter_chunk_latency_avg"] == 20)
        #expect(values["prefill_throughput_per_user_min"] == 200)
        #expect(values["adj_request_latency_p50"] == 90)
        #expect(values["adj_request_latency_p99"] == nil)
        #expect(values["effective_latency_max"] == 95)
        #expect(values["request_error_rate"] == 100.0 / 3)
        // The answer of a single token has no time per token, and so does not meet a limit of it.
        #expect(values["good_request_count"] == 1)
    }

    @Test func mlperfTimesFromTheSchedule() throws {
        let values = try values("mlperf/1")

        #expect(values["first_token_latency_mean"] == 60)
        #expect(values["latency_max"] == 115)
        #expect(values["latency_p50"] == 115)
        #expect(values["time_to_output_token_mean"] == 15)
        #expect(values["completed_samples_per_second"] == 1 / 0.175)
        #expect(values["completed_tokens_per_second"] == 6 / 0.175)
        #expect(values["latency_p99_9"] == 115)
    }

    @Test func whatWasNotMeasuredIsNull() throws {
        let nothing = try #require(FormulaSet.named("vllm/1")).evaluate(
            samples: SampleTable(count: 0), resources: ResourceTable(count: 0))

        #expect(nothing["mean_ttft_ms"] == nil)
        #expect(nothing["output_throughput"] == nil)
        #expect(nothing["max_concurrent_requests"] == nil)
    }

    @Test func everySetSaysWhereItsDefinitionsStand() throws {
        for (name, source) in [
            ("guidellm/1", "statistics.py"), ("vllm/1", "serve.py"), ("aiperf/1", "metrics/types"),
            ("mlperf/1", "results.cc"), ("llama-bench/1", "llama-bench.cpp"),
        ] {
            #expect(try #require(FormulaSet.named(name)).description.contains(source), "\(name)")
        }
    }
}
