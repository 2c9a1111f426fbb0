extension BuiltIn {
    /// The figures of GuideLLM, by its names and statistics: `time_to_first_token_ms_p99`.
    static let guidellm1 = """
        set: guidellm
        version: 1
        title: GuideLLM
        description: >-
          The figures of GuideLLM (0.8) for its successful requests, by the names in its benchmarks.json with the statistic
          behind each, as schemas/base/request_stats.py, schemas/base/statistics.py and benchmark/schemas/metrics.py have
          them. Times start when the request is written, without connecting and waiting for a connection, and latencies go to
          the end of the stream. Percentiles are values that were measured: the first at which the shares of the weights so
          far add up to the percentage; the weight is 1, or a request's tokens. The time per output token includes the first
          token; what others call by that name is the inter-token latency here, and it is what an objective's time per token
          is compared with. What a request did not have counts as 0, as there. Rates are means over the time from the first
          start to the last end; GuideLLM also has how a rate and the requests in flight were distributed over that time,
          which is no figure of requests and not here.
        filter: not warmup

        constants:
          tokens_per_chunk:
            value: 1
            unit: tokens/chunk
            text: Where the server counted none, each chunk is taken for a token.

        columns:
          tps: output_tokens_per_second_mean
          ttft: time_to_first_token_ms_median
          tpot: inter_token_latency_ms_mean
          latency_p50: request_latency_ms_p50
          latency_p95: request_latency_ms_p95
          latency_p99: request_latency_ms_p99
          total_tokens: output_token_count_total_sum
          total_iterations: requests_total
          successful_iterations: requests_successful

        sample:
          ok:
            expr: not failed
            unit: flag
            text: The answer is whole.
          start:
            expr: coalesce(sent, started)
            unit: ms
            text: When the request was written.
          latency_ms:
            expr: ended - start
            unit: ms
            better: lower
            text: To the end of the stream.
          request_latency:
            expr: latency_ms / 1000
            unit: s
            better: lower
            text: The same in seconds.
          time_to_first_token_ms:
            expr: if(streamed, first_content - start, null)
            unit: ms
            better: lower
            text: To the first chunk with content; reasoning counts.
          tokens:
            expr: coalesce(completion_tokens, content_chunks * tokens_per_chunk)
            unit: tokens
            text: By the server's usage; else chunks.
          prompt_token_count:
            expr: coalesce(prompt_tokens, 0)
            unit: tokens
            text: Tokens of the prompt; 0 where nobody counted them.
          output_token_count:
            expr: coalesce(tokens, 0)
            unit: tokens
            text: Tokens of the answer; 0 where nobody counted them.
          total_token_count:
            expr: prompt_token_count + output_token_count
            unit: tokens
            text: Both.
          time_per_output_token_ms:
            expr: if(tokens > 0, (coalesce(last_content, ended) - start) / tokens, 0)
            unit: ms/token
            better: lower
            text: From the start to the last token, by all tokens.
          inter_token_latency_ms:
            expr: if(tokens > 1, coalesce((last_content - first_content) / (tokens - 1), 0), 0)
            unit: ms/token
            better: lower
            text: From the first token to the last, by the tokens after the first.
          tokens_after_first:
            expr: max(output_token_count - 1, 0)
            unit: tokens
            text: What the inter-token latency of a request weighs.
          iterations_after_first:
            expr: if(content_chunks > 1 and tokens > 1, content_chunks - 1, 0)
            unit: chunks
            text: Chunks with content, but for the first.
          iter_tokens_per_iteration:
            expr: if(content_chunks > 1 and tokens > 1, (tokens - 1) / (content_chunks - 1), 0)
            unit: tokens/chunk
            text: Tokens of a chunk that is not the first.
          conforms:
            expr: >-
              (is_null(slo_ttft) or time_to_first_token_ms <= slo_ttft)
              and (is_null(slo_tpot) or if(tokens > 1, inter_token_latency_ms, null) <= slo_tpot)
              and (is_null(slo_latency) or latency_ms <= slo_latency)
            unit: flag
            better: higher
            text: Meets every limit of the objective; null where that cannot be told.

        result:
          requests_successful:
            expr: count(where ok)
            unit: count
            better: higher
            text: Requests with a whole answer.
          requests_incomplete:
            expr: count(where cancelled)
            unit: count
            text: Requests that the end of the run cut off.
          requests_errored:
            expr: count(where failed and not coalesce(cancelled, 0))
            unit: count
            better: lower
            text: Requests that failed.
          requests_total:
            expr: count()
            unit: count
            text: All of them.
          error_rate:
            expr: 100 * requests_errored / requests_total
            unit: "%"
            better: lower
            text: Share of the requests that failed. Not in GuideLLM's report.
          duration:
            expr: span(start, ended) / 1000
            unit: s
            text: From the first start to the last end.
          requests_per_second_mean:
            expr: requests_successful / duration
            unit: requests/s
            better: higher
            text: Whole answers by the duration.
          request_concurrency_mean:
            expr: sum(request_latency where ok) / duration
            unit: count
            text: Requests in flight, the mean over the time. GuideLLM takes changes within 0.1 ms for one.
          prompt_tokens_per_second_mean:
            expr: sum(prompt_token_count where ok) / duration
            unit: tokens/s
            better: higher
            text: Prompt tokens by the duration.
          output_tokens_per_second_mean:
            expr: sum(output_token_count where ok) / duration
            unit: tokens/s
            better: higher
            text: Output tokens by the duration.
          tokens_per_second_mean:
            expr: sum(total_token_count where ok) / duration
            unit: tokens/s
            better: higher
            text: Both by the duration.
          output_tokens_per_iteration_mean:
            expr: sum(output_token_count where ok) / sum(content_chunks where ok)
            unit: tokens/chunk
            text: Tokens by chunks with content.
          slo_determined_requests:
            expr: >-
              if(is_null(slo_ttft) and is_null(slo_tpot) and is_null(slo_latency), 0,
                 count(conforms where ok) + requests_errored)
            unit: count
            text: Requests of which it can be told whether they met the objective; a failed one did not. 0 without an objective.
          slo_attainment:
            expr: count(where ok and conforms) / slo_determined_requests
            unit: share
            better: higher
            text: Share of those that met it; null without an objective.
          request_goodput_mean:
            expr: if(slo_determined_requests == 0, null, count(where ok and conforms) / duration)
            unit: requests/s
            better: higher
            text: Requests per second that met it.
          request_latency_ms_p50:
            expr: 1000 * weighted_percentile(request_latency, 1, 50 where ok)
            unit: ms
            better: lower
            text: The median latency in milliseconds, for tables.
          request_latency_ms_p95:
            expr: 1000 * weighted_percentile(request_latency, 1, 95 where ok)
            unit: ms
            better: lower
            text: Likewise.
          request_latency_ms_p99:
            expr: 1000 * weighted_percentile(request_latency, 1, 99 where ok)
            unit: ms
            better: lower
            text: Likewise.
        \(spread("request_latency", unit: "s", "lower"))
        \(spread("time_to_first_token_ms", unit: "ms", "lower"))
        \(spread("time_per_output_token_ms", weight: "output_token_count", unit: "ms/token", "lower"))
        \(spread("inter_token_latency_ms", weight: "tokens_after_first", unit: "ms/token", "lower"))
        \(spread("prompt_token_count", unit: "tokens", "none"))
        \(spread("output_token_count", unit: "tokens", "none"))
        \(spread("total_token_count", unit: "tokens", "none"))
        \(spread("iter_tokens_per_iteration", weight: "iterations_after_first", unit: "tokens/chunk", "none"))
        """

    /// GuideLLM's statistics of a column of whole answers, each value with its weight.
    private static func spread(_ name: String, weight: String = "1", unit: String, _ better: String) -> String {
        let isPlain = weight == "1"
        let product = isPlain ? name : "\(name) * \(weight)"
        let total = isPlain ? "count(\(name) where ok)" : "sum(\(weight) where ok)"
        let square = "(\(name) - \(name)_mean) ^ 2" + (isPlain ? "" : " * \(weight)")
        let counts = isPlain ? "ok" : "ok and \(weight) > 0"
        let percentiles = [
            ("median", "50"), ("p001", "0.1"), ("p01", "1"), ("p05", "5"), ("p10", "10"), ("p25", "25"), ("p50", "50"),
            ("p75", "75"), ("p90", "90"), ("p95", "95"), ("p99", "99"), ("p999", "99.9"),
        ].map { ($0, "weighted_percentile(\(name), \(weight), \($1) where ok)", unit) }
        return
            ([
                ("mean", "sum(\(product) where ok) / \(total)", unit),
                ("variance", "sum(\(square) where ok) / \(total)", "squared"),
                ("std_dev", "sqrt(\(name)_variance)", unit), ("min", "min(\(name) where \(counts))", unit),
                ("max", "max(\(name) where \(counts))", unit), ("count", total, "?"),
                ("total_sum", "\(name)_mean * \(name)_count", "?"),
            ] + percentiles).map { statistic, expression, unit in
                """
                  \(name)_\(statistic):
                    expr: \(expression)
                    unit: "\(unit)"
                    better: \(better)
                    text: "\(name): \(statistic)."
                """
            }.joined(separator: "\n")
    }
}
