extension BuiltIn {
    /// The figures of AIPerf, by its tags and statistics: `time_to_first_token` and `p99` is `time_to_first_token_p99`.
    static let aiperf1 = """
        set: aiperf
        version: 1
        title: AIPerf
        description: >-
          The figures of AIPerf (0.13) as its metrics/types have them: a tag of its profile_export_aiperf.json and a statistic
          are one name, as time_to_first_token_p99; a tag with one value is its own. Times start just before the HTTP call,
          connecting included, and end with the last chunk that has content. Percentiles are linear, as NumPy's; standard
          deviations are those of all values (n and not n - 1). Figures are of the whole answers alone, but for those that
          begin with adj: there a failed request is one of infinite latency, and a percentile the nearest of the values, null
          where it falls on one that failed (metrics/derived_latency.py). AIPerf counts tokens with a tokenizer of its own
          unless told to take the server's. Its rates are by the time of its phase, which begins a little before the first
          request and ends a little after the last chunk; here they are by the duration.
        filter: not warmup
        percentile_method: linear

        constants:
          first_chunk_tokens:
            value: 1
            unit: tokens
            text: Tokens that came with the first chunk, where the server does not count them chunk by chunk.
          tokens_per_chunk:
            value: 1
            unit: tokens/chunk
            text: Where nobody counted tokens, each chunk is taken for one. AIPerf always counts.

        columns:
          tps: output_token_throughput
          ttft: time_to_first_token_p50
          tpot: inter_token_latency_avg
          gen_tps: output_token_throughput_per_user_avg
          latency_p50: request_latency_p50
          latency_p95: request_latency_p95
          latency_p99: request_latency_p99
          error_rate: request_error_rate
          total_tokens: total_osl
          total_iterations: completed_request_count
          successful_iterations: request_count

        sample:
          ok:
            expr: not failed
            unit: flag
            text: The answer is whole.
          time_to_first_token:
            expr: if(streamed, first_content - started, null)
            unit: ms
            better: lower
            text: From just before the call to the first chunk with content (ttft_metric.py); reasoning counts.
          request_latency:
            expr: coalesce(last_content, ended) - started
            unit: ms
            better: lower
            text: From just before the call to the last chunk with content (request_latency_metric.py).
          time_to_second_token:
            expr: first(gaps)
            unit: ms
            better: lower
            text: From the first chunk with content to the second (ttst_metric.py).
          time_to_first_output_token:
            expr: if(coalesce(reasoning_tokens, 0) == 0, time_to_first_token, null)
            unit: ms
            better: lower
            text: To the first chunk that is not reasoning. A sample keeps no such time, so it is null where there was any.
          input_sequence_length:
            expr: prompt_tokens
            unit: tokens
            text: Tokens of the prompt.
          output_sequence_length:
            expr: coalesce(completion_tokens, content_chunks * tokens_per_chunk)
            unit: tokens
            text: Tokens of the answer, reasoning included.
          output_token_count:
            expr: output_sequence_length - coalesce(reasoning_tokens, 0)
            unit: tokens
            text: Tokens of the answer without reasoning.
          usage_prompt_tokens:
            expr: if(tokens_from_server, prompt_tokens, null)
            unit: tokens
            text: Tokens of the prompt by the server's usage.
          usage_completion_tokens:
            expr: if(tokens_from_server, completion_tokens, null)
            unit: tokens
            text: Tokens of the answer by the server's usage.
          usage_total_tokens:
            expr: usage_prompt_tokens + usage_completion_tokens
            unit: tokens
            text: Both.
          inter_token_latency:
            expr: >-
              if(output_sequence_length >= 2, (request_latency - time_to_first_token)
                 / (output_sequence_length - first_chunk_tokens), null)
            unit: ms/token
            better: lower
            text: Time per token after those of the first chunk (inter_token_latency_metric.py); each request counts alike.
          output_token_throughput_per_user:
            expr: 1000 / inter_token_latency
            unit: tokens/s
            better: higher
            text: 1 by the inter-token latency in seconds (output_token_throughput_metrics.py).
          e2e_output_token_throughput:
            expr: output_sequence_length / (request_latency / 1000)
            unit: tokens/s
            better: higher
            text: Tokens by the whole latency (e2e_output_throughput_metric.py).
          prefill_throughput_per_user:
            expr: input_sequence_length / (time_to_first_token / 1000)
            unit: tokens/s
            better: higher
            text: Prompt tokens by the time to first token (prefill_throughput_per_user.py).
          decode_duration:
            expr: request_latency - time_to_first_token
            unit: ms
            better: lower
            text: From the first chunk with content to the last (decode_duration_metric.py).
          credit_to_start_latency:
            expr: max(started - intended_start, 0)
            unit: ms
            better: lower
            text: From when the schedule let the request go to its start (derived_latency.py); 0 in a closed loop of ours.
          effective_latency:
            expr: max(coalesce(last_content, ended) - intended_start, 0)
            unit: ms
            better: lower
            text: From when the schedule let the request go to its end (derived_latency.py).
          good:
            expr: >-
              ok and (is_null(slo_ttft) or coalesce(time_to_first_token <= slo_ttft, 0))
              and (is_null(slo_tpot) or coalesce(inter_token_latency <= slo_tpot, 0))
              and (is_null(slo_latency) or coalesce(request_latency <= slo_latency, 0))
            unit: flag
            better: higher
            text: Meets every limit of the objective (good_request_count_metric.py); what was not measured does not.

        result:
          request_count:
            expr: count(where ok)
            unit: count
            better: higher
            text: Requests with a whole answer.
          error_request_count:
            expr: count(where failed)
            unit: count
            better: lower
            text: The others.
          completed_request_count:
            expr: request_count + error_request_count
            unit: count
            text: Both.
          request_error_rate:
            expr: 100 * error_request_count / completed_request_count
            unit: "%"
            better: lower
            text: Share of the requests that failed.
          benchmark_duration:
            expr: span(started, coalesce(last_content, ended) where ok) / 1000
            unit: s
            text: From the first start to the last chunk with content (benchmark_duration_metric.py).
          total_isl:
            expr: sum(input_sequence_length where ok)
            unit: tokens
            text: Tokens of all prompts.
          total_osl:
            expr: sum(output_sequence_length where ok)
            unit: tokens
            better: higher
            text: Tokens of all answers, reasoning included.
          total_output_tokens:
            expr: sum(output_token_count where ok)
            unit: tokens
            better: higher
            text: Tokens of all answers without reasoning.
          total_usage_prompt_tokens:
            expr: sum(usage_prompt_tokens where ok)
            unit: tokens
            text: Tokens of all prompts by the server's usage.
          total_usage_completion_tokens:
            expr: sum(usage_completion_tokens where ok)
            unit: tokens
            text: Tokens of all answers by the server's usage.
          total_usage_total_tokens:
            expr: sum(usage_total_tokens where ok)
            unit: tokens
            text: Both.
          request_throughput:
            expr: request_count / benchmark_duration
            unit: requests/s
            better: higher
            text: Whole answers by the duration.
          output_token_throughput:
            expr: total_osl / benchmark_duration
            unit: tokens/s
            better: higher
            text: Output tokens by the duration.
          input_token_throughput:
            expr: total_isl / benchmark_duration
            unit: tokens/s
            better: higher
            text: Prompt tokens by the duration.
          total_token_throughput:
            expr: (total_isl + total_osl) / benchmark_duration
            unit: tokens/s
            better: higher
            text: Both by the duration.
          good_request_count:
            expr: if(is_null(slo_ttft) and is_null(slo_tpot) and is_null(slo_latency), null, count(where good))
            unit: count
            better: higher
            text: Requests that meet the objective; null without one.
          good_request_fraction:
            expr: good_request_count / completed_request_count
            unit: share
            better: higher
            text: Share of all requests that do.
          goodput:
            expr: good_request_count / benchmark_duration
            unit: requests/s
            better: higher
            text: Requests per second that do.
        \(spread("request_latency", unit: "ms", "lower"))
        \(spread("time_to_first_token", unit: "ms", "lower"))
        \(spread("time_to_second_token", unit: "ms", "lower"))
        \(spread("time_to_first_output_token", unit: "ms", "lower"))
        \(spread("inter_token_latency", unit: "ms/token", "lower"))
        \(spread("inter_chunk_latency", of: "gaps", unit: "ms", "lower"))
        \(spread("decode_duration", unit: "ms", "lower"))
        \(spread("credit_to_start_latency", unit: "ms", "lower"))
        \(spread("effective_latency", unit: "ms", "lower"))
        \(spread("output_token_throughput_per_user", unit: "tokens/s", "higher"))
        \(spread("e2e_output_token_throughput", unit: "tokens/s", "higher"))
        \(spread("prefill_throughput_per_user", unit: "tokens/s", "higher"))
        \(spread("input_sequence_length", unit: "tokens", "none"))
        \(spread("output_sequence_length", unit: "tokens", "none"))
        \(spread("output_token_count", unit: "tokens", "none"))
        \(spread("usage_prompt_tokens", unit: "tokens", "none"))
        \(spread("usage_completion_tokens", unit: "tokens", "none"))
        \(spread("usage_total_tokens", unit: "tokens", "none"))
        \(adjusted("request_latency", unit: "ms"))
        \(adjusted("time_to_first_token", unit: "ms"))
        \(adjusted("inter_token_latency", unit: "ms/token"))
        \(adjusted("decode_duration", unit: "ms"))
        """

    /// AIPerf's statistics of a column of whole answers.
    private static func spread(
        _ tag: String, of column: String? = nil, unit: String, _ better: String
    ) -> String {
        let values = column ?? tag
        let percentiles = [1, 5, 10, 25, 50, 75, 90, 95, 99].map { ("p\($0)", "p\($0)(\(values) where ok)") }
        return
            ([
                ("avg", "mean(\(values) where ok)"), ("std", "sqrt(mean((\(values) - \(tag)_avg) ^ 2 where ok))"),
                ("min", "min(\(values) where ok)"), ("max", "max(\(values) where ok)"),
                ("sum", "sum(\(values) where ok)"),
            ] + percentiles).map { statistic, expression in
                """
                  \(tag)_\(statistic):
                    expr: \(expression)
                    unit: \(unit)
                    better: \(better)
                    text: "\(tag): \(statistic)."
                """
            }.joined(separator: "\n")
            + "\n  \(tag)_count: {expr: count(\(values) where ok), unit: count, text: How many there are.}"
    }

    /// Percentiles in which a failed request is one of infinite latency.
    private static func adjusted(_ tag: String, unit: String) -> String {
        [50, 90, 95, 99].map { percent in
            """
              adj_\(tag)_p\(percent):
                expr: percentile(if(ok, \(tag), infinity), \(percent), nearest)
                unit: \(unit)
                better: lower
                text: "\(tag): p\(percent), failed requests counted in."
            """
        }.joined(separator: "\n")
    }
}
