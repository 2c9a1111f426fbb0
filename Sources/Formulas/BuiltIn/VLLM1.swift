extension BuiltIn {
    /// The figures of `vllm bench serve`, by the names in its result file.
    static let vllm1 = """
        set: vllm
        version: 1
        title: vLLM bench serve
        description: >-
          The figures of vLLM's `bench serve` (0.33) by the names in its result file, as calculate_metrics has them in
          vllm/benchmarks/serve.py and, the same in Rust, in rust/src/bench/src/metrics/calculator.rs. Times start just
          before the HTTP call, connecting included, and end with the last chunk that has output. Percentiles are linear, as
          NumPy's; standard deviations are those of all values (n and not n - 1). Figures are of the whole answers alone.
          vLLM's own duration is that of its loop, from before the first request to after the last; here it goes from the
          first start to the last end, a little less.
        filter: not warmup
        percentile_method: linear

        constants:
          second:
            value: 1000
            unit: ms
            text: How long a stretch is in which tokens and requests are counted.
          tokens_per_chunk:
            value: 1
            unit: tokens/chunk
            text: Where the server counted none, the Rust client takes each chunk for a token.

        columns:
          tps: output_throughput
          ttft: median_ttft_ms
          tpot: mean_tpot_ms
          latency_p50: p50_e2el_ms
          latency_p95: p95_e2el_ms
          latency_p99: p99_e2el_ms
          total_tokens: total_output_tokens
          total_iterations: num_prompts
          successful_iterations: completed

        sample:
          ok:
            expr: not failed
            unit: flag
            text: The answer is whole.
          ttft:
            expr: if(streamed, first_content - started, null)
            unit: ms
            better: lower
            text: From just before the call to the first chunk with output.
          e2el:
            expr: coalesce(last_content, ended) - started
            unit: ms
            better: lower
            text: From just before the call to the last chunk with output.
          tokens:
            expr: coalesce(completion_tokens, content_chunks * tokens_per_chunk)
            unit: tokens
            better: higher
            text: By the server's usage; else chunks with content, as in Rust. The Python client tokenises the text instead.
          tpot:
            expr: if(tokens > 1, (e2el - ttft) / (tokens - 1), null)
            unit: ms/token
            better: lower
            text: Time per output token after the first; answers of one token are left out.
          good:
            expr: >-
              ok and (is_null(slo_ttft) or ttft <= slo_ttft) and (is_null(slo_tpot) or tokens <= 1 or tpot <= slo_tpot)
              and (is_null(slo_latency) or e2el <= slo_latency)
            unit: flag
            better: higher
            text: Meets every limit of the objective; the time per token of a single token counts as 0.

        result:
          num_prompts:
            expr: count()
            unit: count
            text: Requests, failed ones included.
          completed:
            expr: count(where ok)
            unit: count
            better: higher
            text: Requests with a whole answer.
          failed:
            expr: num_prompts - completed
            unit: count
            better: lower
            text: The others.
          error_rate:
            expr: 100 * failed / num_prompts
            unit: "%"
            better: lower
            text: Share of the requests that failed. Not in vLLM's report.
          first_start:
            expr: min(started where ok)
            unit: ms
            text: When the first of them began; seconds are counted from it. Not in vLLM's report.
          duration:
            expr: span(started, coalesce(last_content, ended) where ok) / 1000
            unit: s
            text: From the first start to the last end.
          total_input_tokens:
            expr: sum(prompt_tokens where ok)
            unit: tokens
            text: Tokens of their prompts.
          total_output_tokens:
            expr: sum(tokens where ok)
            unit: tokens
            better: higher
            text: Tokens of their answers.
          request_throughput:
            expr: completed / duration
            unit: requests/s
            better: higher
            text: Whole answers by the duration.
          request_goodput:
            expr: >-
              if(is_null(slo_ttft) and is_null(slo_tpot) and is_null(slo_latency), null, count(where good) / duration)
            unit: requests/s
            better: higher
            text: Requests per second that meet every limit of the objective; null without one.
          input_throughput:
            expr: total_input_tokens / duration
            unit: tokens/s
            better: higher
            text: Prompt tokens by the duration; the Rust client's alone.
          output_throughput:
            expr: total_output_tokens / duration
            unit: tokens/s
            better: higher
            text: Output tokens by the duration.
          total_token_throughput:
            expr: (total_input_tokens + total_output_tokens) / duration
            unit: tokens/s
            better: higher
            text: Prompt and output tokens by the duration.
          max_output_tokens_per_s:
            expr: most_at_once(chunk_times - first_start, chunk_times - first_start, second where ok)
            unit: count
            better: higher
            text: Most chunks with output in one second, each taken for a token.
          max_concurrent_requests:
            expr: >-
              most_at_once(started - first_start, coalesce(last_content, ended) - first_start, second where ok)
            unit: count
            text: >-
              Most requests that were under way in one and the same second, which is more than were under way at once. Since
              0.34 the Python client counts the latter.
        \(spread("ttft", of: "ttft", "Time to first token"))
        \(spread("tpot", of: "tpot", unit: "ms/token", "Time per output token after the first"))
        \(spread("itl", of: "gaps", "Gap between chunks, all answers together"))
        \(spread("e2el", of: "e2el", "End to end"))
        """

    /// Mean, median, standard deviation and percentiles of a column, by vLLM's names.
    private static func spread(_ name: String, of values: String, unit: String = "ms", _ what: String) -> String {
        let percentiles = ["25", "50", "75", "90", "95", "99"].map {
            ("p\($0)_\(name)_ms", "p\($0)(\(values) where ok)", "\($0)th percentile")
        }
        return
            ([
                ("mean_\(name)_ms", "mean(\(values) where ok)", "mean"),
                ("median_\(name)_ms", "median(\(values) where ok)", "median"),
                ("std_\(name)_ms", "sqrt(mean((\(values) - mean_\(name)_ms) ^ 2 where ok))", "standard deviation"),
            ] + percentiles).map { metric, expression, words in
                """
                  \(metric):
                    expr: \(expression)
                    unit: \(unit)
                    better: lower
                    text: "\(what): \(words)."
                """
            }.joined(separator: "\n")
    }
}
