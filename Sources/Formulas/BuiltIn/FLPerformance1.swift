extension BuiltIn {
    /// The original system's figures to the digit, defects included, so that what it stored can be reproduced.
    static let flPerformance1 = """
        set: flperformance
        version: 1
        title: FLPerformance (original)
        description: >-
          The figures of the original system, to the digit and with its defects, so that old results can be reproduced.
          Where it wrote 0 for something that it had not measured, so does this set. Not for new comparisons.
        filter: not warmup
        percentile_method: nearest_rank

        sample:
          ok:
            expr: not failed and not timed_out
            unit: flag
            text: Neither failed nor timed out.
          latency:
            expr: ended - started
            unit: ms
            better: lower
            text: From the call to the end of the response, connecting included.
          ttft:
            expr: if(streamed, coalesce(original_ttft, first_content - started), null)
            unit: ms
            better: lower
            text: From the call to the first chunk with content; null when the answer was not streamed.
          tokens:
            expr: if(streamed, content_chunks * tokens_per_chunk, coalesce(completion_tokens, 0))
            unit: tokens
            better: higher
            text: Chunks with content, counted as if each were a token; the server's count when not streamed.

        constants:
          tokens_per_chunk:
            value: 1
            unit: tokens/chunk
            text: The original takes each chunk for a token.

        result:
          total_tokens:
            expr: coalesce(sum(tokens where ok), 0)
            unit: tokens
            better: higher
            text: Tokens of the successful iterations.
          total_iterations:
            expr: count()
            unit: count
            text: Iterations, failed ones included.
          successful_iterations:
            expr: count() - count(where failed) - count(where timed_out)
            unit: count
            better: higher
            text: Iterations less errors less timeouts; a timeout that is also an error is taken off twice.
          tps:
            expr: coalesce(total_tokens / (sum(latency where ok) / 1000), 0)
            unit: tokens/s
            better: higher
            text: Tokens by the time of the successful iterations, the wait for the first token included.
          ttft:
            expr: percentile(ttft, 50, upper_median where ok)
            unit: ms
            better: lower
            text: The upper median of the waits for the first token.
          tpot:
            expr: mean(gaps where ok)
            unit: ms
            better: lower
            text: The mean of all gaps between chunks, of all successful iterations together.
          gen_tps:
            expr: 1000 / tpot
            unit: tokens/s
            better: higher
            text: 1000 by tpot; null when tpot is 0.
          latency_p50:
            expr: coalesce(p50(latency where ok), 0)
            unit: ms
            better: lower
            text: Median latency, by nearest rank; 0 when nothing succeeded.
          latency_p95:
            expr: coalesce(p95(latency where ok), 0)
            unit: ms
            better: lower
            text: 95th percentile of latency, by nearest rank; 0 when nothing succeeded.
          latency_p99:
            expr: coalesce(p99(latency where ok), 0)
            unit: ms
            better: lower
            text: 99th percentile of latency, by nearest rank; 0 when nothing succeeded.
          error_rate:
            expr: 100 * count(where failed) / count()
            unit: "%"
            better: lower
            text: Iterations with an error. A timeout ends in an error, so it counts here too.
          timeout_rate:
            expr: 100 * count(where timed_out) / count()
            unit: "%"
            better: lower
            text: Iterations that timed out.
          cpu_avg:
            expr: >-
              if(count(where after_sample) > 0,
                 sum(host_cpu where after_sample) / count(where after_sample),
                 sum(host_cpu) / count(where not after_sample or is_null(after_sample)))
            unit: "%"
            text: >-
              Host CPU: the sum of the readings by their number, unreadable ones in the number but not in the sum.
              Imported runs have a reading after each sample and only those count; in other runs all readings do.
          ram_avg:
            expr: >-
              if(count(where after_sample) > 0,
                 sum(memory_percent where after_sample) / count(where after_sample),
                 sum(memory_percent) / count(where not after_sample or is_null(after_sample)))
            unit: "%"
            text: Memory in use, averaged as cpu_avg.
          gpu_avg:
            expr: >-
              if(count(where after_sample) > 0,
                 mean(gpu_utilisation where after_sample and gpu_utilisation != 0),
                 mean(gpu_utilisation where gpu_utilisation != 0))
            unit: "%"
            text: GPU utilisation over the readings that have one. The original took 0 % for not measured.

        model:
          mean_tps:
            expr: coalesce(round(100 * mean(tps where tps != 0)) / 100, 0)
            unit: tokens/s
            better: higher
            text: Mean over the scenarios that have a speed, to two places; 0 when none has.
          mean_p95:
            expr: coalesce(round(mean(latency_p95 where latency_p95 != 0)), 0)
            unit: ms
            better: lower
            text: Mean over the scenarios that have a latency, to the millisecond; 0 when none has.
          mean_error_rate:
            expr: coalesce(round(100 * mean(error_rate)) / 100, 0)
            unit: "%"
            better: lower
            text: Mean over scenarios, to two places.
          score:
            expr: >-
              round(min(30, mean_tps / 100 * 30) + max(0, 40 - mean_p95 / 100) + max(0, 30 - mean_error_rate * 10))
            unit: points
            better: higher
            text: >-
              Speed up to 30 points, latency up to 40, reliability up to 30. A model that always fails has no latency,
              which counts as 0 ms: it scores 40.
        """
}
