extension BuiltIn {
    /// The figures of `llama-bench`, by the names in its JSON.
    static let llamaBench1 = """
        set: llama-bench
        version: 1
        title: llama-bench
        description: >-
          The figures of llama.cpp's llama-bench by the names in its JSON (tools/llama-bench/llama-bench.cpp): the engine's own
          time for each repetition, without sampling and tokenising, and the tokens that it read and wrote in it.
        filter: not warmup

        columns:
          tps: avg_ts
          latency_p50: median_ms
          total_tokens: generated_tokens
          total_iterations: repetitions
          successful_iterations: repetitions

        sample:
          duration:
            expr: ended - started
            unit: ms
            better: lower
            text: One repetition.
          ts:
            expr: (prompt_tokens + completion_tokens) / (duration / 1000)
            unit: tokens/s
            better: higher
            text: Tokens read and written by its time.

        result:
          repetitions:
            expr: count()
            unit: count
            text: How often the test was repeated.
          generated_tokens:
            expr: sum(completion_tokens)
            unit: tokens
            text: Tokens written in all of them.
          avg_ns:
            expr: 1000000 * mean(duration)
            unit: ns
            better: lower
            text: Mean time of a repetition; llama-bench cuts off fractions.
          stddev_ns:
            expr: if(repetitions > 1, 1000000 * stddev(duration), 0)
            unit: ns
            text: Its standard deviation (n - 1); 0 of a single one, as there. Fractions are cut off there.
          median_ms:
            expr: median(duration)
            unit: ms
            better: lower
            text: Median time of a repetition. Not in llama-bench's output.
          avg_ts:
            expr: mean(ts)
            unit: tokens/s
            better: higher
            text: Mean speed of the repetitions.
          stddev_ts:
            expr: if(repetitions > 1, stddev(ts), 0)
            unit: tokens/s
            text: Its standard deviation (n - 1); 0 of a single one, as there.
        """
}
