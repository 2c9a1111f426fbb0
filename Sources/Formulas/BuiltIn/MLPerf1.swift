extension BuiltIn {
    /// The figures of MLPerf's LoadGen.
    static let mlperf1 = """
        set: mlperf
        version: 1
        title: MLPerf LoadGen
        description: >-
          The figures of MLPerf's LoadGen for servers of language models (loadgen/results.cc, with use_token_latencies), in
          milliseconds where it has nanoseconds. Times start when the schedule meant the request to start, so that waiting
          behind a slow answer counts, and end when the answer is complete. A percentile is sorted[floor(n * p)]. LoadGen
          knows no failed requests: figures are of the whole answers. Its means are whole nanoseconds, cut off.
        filter: not warmup
        percentile_method: floor_rank

        constants:
          tokens_per_chunk:
            value: 1
            unit: tokens/chunk
            text: Where the server counted none, each chunk is taken for a token.

        columns:
          tps: completed_tokens_per_second
          ttft: first_token_latency_p50
          tpot: time_to_output_token_mean
          latency_p50: latency_p50
          latency_p95: latency_p95
          latency_p99: latency_p99
          total_tokens: token_count
          total_iterations: requests
          successful_iterations: sample_count

        sample:
          ok:
            expr: not failed
            unit: flag
            text: The answer is whole.
          latency:
            expr: ended - intended_start
            unit: ms
            better: lower
            text: From the scheduled start to the end of the answer.
          first_token_latency:
            expr: if(streamed, first_content - intended_start, null)
            unit: ms
            better: lower
            text: From the scheduled start to the first token.
          tokens:
            expr: coalesce(completion_tokens, content_chunks * tokens_per_chunk)
            unit: tokens
            better: higher
            text: By the server's usage; else chunks with content.
          time_to_output_token:
            expr: if(tokens > 1, (latency - first_token_latency) / (tokens - 1), null)
            unit: ms/token
            better: lower
            text: What LoadGen calls the time per output token, after the first.

        result:
          requests:
            expr: count()
            unit: count
            text: Requests, failed ones included. Not in LoadGen's summary.
          sample_count:
            expr: count(where ok)
            unit: count
            better: higher
            text: Whole answers.
          error_rate:
            expr: 100 * (requests - sample_count) / requests
            unit: "%"
            better: lower
            text: Share of the requests that failed. Not in LoadGen's summary.
          token_count:
            expr: sum(tokens where ok)
            unit: tokens
            better: higher
            text: Output tokens.
          test_duration:
            expr: span(intended_start, ended where ok) / 1000
            unit: s
            text: From the first scheduled start to the last end.
          scheduling_duration:
            expr: (max(intended_start where ok) - min(intended_start where ok)) / 1000
            unit: s
            text: From the first scheduled start to the last one.
          scheduled_samples_per_second:
            expr: (sample_count - 1) / scheduling_duration
            unit: requests/s
            text: One request less than there were, since the last one only ends the time, by the time of the schedule.
          completed_samples_per_second:
            expr: (sample_count - 1) / test_duration
            unit: requests/s
            better: higher
            text: One request less than there were by the whole time.
          completed_tokens_per_second:
            expr: token_count / test_duration
            unit: tokens/s
            better: higher
            text: Output tokens by the whole time.
          overlatency_first_tokens:
            expr: if(is_null(slo_ttft), null, count(where ok and first_token_latency > slo_ttft))
            unit: count
            better: lower
            text: First tokens that came later than the objective allows; null without one.
        \(spread("latency", unit: "ms", "Latency"))
        \(spread("first_token_latency", unit: "ms", "Wait for the first token"))
        \(spread("time_to_output_token", unit: "ms/token", "Time per output token after the first"))
        """

    private static func spread(_ name: String, unit: String, _ what: String) -> String {
        let percentiles = ["50", "90", "95", "97", "99", "99.9"].map {
            (
                $0.replacing(".", with: "_"), "percentile(\(name), \($0), floor_rank where ok)",
                "\($0)th percentile"
            )
        }
        return
            ([
                ("min", "min(\(name) where ok)", "least"), ("max", "max(\(name) where ok)", "most"),
                ("mean", "mean(\(name) where ok)", "mean"),
            ] + percentiles.map { ("p" + $0, $1, $2) }).map { statistic, expression, words in
                """
                  \(name)_\(statistic):
                    expr: \(expression)
                    unit: \(unit)
                    better: lower
                    text: "\(what): \(words)."
                """
            }.joined(separator: "\n")
    }
}
