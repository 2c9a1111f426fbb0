extension BuiltIn {
    /// The default set. Each text says which of the published definitions it takes and why.
    static let standard1 = """
        set: standard
        version: 1
        title: Standard
        description: >-
          The figures that flperf shows unless told otherwise. Times start when the request was handed to the socket, so
          that the client's own connecting and queueing are not the model's. What was not measured is null, and a count
          made by the server is never divided by one made by the client, nor added to one. Percentiles are linear
          between neighbours, as in NumPy and so in vLLM's and AIPerf's reports, and null where fewer than 1 / (1 - q)
          values were measured (p90 needs 10, p95 20, p99 100): the nearest rank of so few would be the largest value
          itself. Warm-up and cancelled requests do not count. Failed ones are in no latency; where failures count as
          infinite latency, they are in all of them, as in AIPerf's adjusted figures.
        filter: not warmup and not coalesce(cancelled, 0)
        percentile_method: linear
        percentile_tail: 1

        constants:
          stall:
            value: 1000
            unit: ms
            text: A longer silence inside an answer is a stall.
          client_delay_floor:
            value: 1
            unit: ms
            text: A client that is late by less was not late.
          client_delay_share:
            value: 0.05
            unit: share
            text: Nor was one that is late by less than this share of what is measured.
          tokens_per_chunk:
            value: 1
            unit: tokens/chunk
            text: Assumed where the server reports no count; tokens_from_server tells how often it did not.

        columns:
          tps: output_tps
          ttft: ttft_p50
          tpot: tpot_mean
          gen_tps: generation_tps
          latency_p50: e2e_p50
          latency_p95: e2e_p95
          latency_p99: e2e_p99
          cpu_avg: cpu_mean
          ram_avg: memory_mean
          gpu_avg: gpu_mean

        sample:
          ok:
            expr: not failed
            unit: flag
            text: The answer is whole.
          ttft:
            expr: if(streamed, coalesce(first_content - coalesce(sent, started), original_ttft), null)
            unit: ms
            better: lower
            text: >-
              Time to first token: from the request sent to the first chunk with content; reasoning counts, a chunk that
              only names the role does not. Where the first chunk was read together with later ones, it is that of the
              last of these: at most so long. An imported sample has its tool's own figure. Null when not streamed.
          e2e:
            expr: coalesce(last_content, ended) - coalesce(sent, started)
            unit: ms
            better: lower
            text: >-
              End to end: from the request sent to the last chunk with content, as in vLLM and AIPerf. What follows it
              (usage, end mark) is no part of the answer, and with it TPOT would grow. To the end of the response when
              there are no chunks.
          tokens:
            expr: coalesce(if(tokens_from_server, completion_tokens, null), content_chunks * tokens_per_chunk)
            unit: tokens
            better: higher
            text: Output tokens by the server's usage, reasoning included; else chunks with content.
          tpot:
            expr: if(tokens > 1, (e2e - ttft) / (tokens - 1), null)
            unit: ms/token
            better: lower
            text: >-
              Time per output token after the first: (e2e − ttft) / (tokens − 1), as in vLLM and MLPerf. Null for a
              single token.
          itl:
            expr: mean(gaps)
            unit: ms
            better: lower
            text: Inter-token latency of one request, the mean gap between its chunks.
          request_tps:
            expr: tokens / (e2e / 1000)
            unit: tokens/s
            better: higher
            text: Output tokens by the end-to-end time of the request.
          prompt_tps:
            expr: (prompt_tokens - coalesce(cached_tokens, 0)) / (ttft / 1000)
            unit: tokens/s
            better: higher
            text: >-
              Prompt tokens by the wait for the first token, a lower bound of the speed of reading. Those that the server
              says it had in its cache were not read.
          scheduled_ttft:
            expr: if(streamed, first_content - intended_start, null)
            unit: ms
            better: lower
            text: >-
              Time to first token from when the schedule meant to start, so that waiting behind a slow answer counts (no
              coordinated omission). In a closed loop, which has no schedule, from when the client took the request up.
          scheduled_e2e:
            expr: coalesce(last_content, ended) - intended_start
            unit: ms
            better: lower
            text: >-
              End to end from when the schedule meant to start; else as scheduled_ttft.
          client_delay:
            expr: >-
              coalesce(max(if(kernel_clock and not first_shared, 0, client_loop_lag_max), if(is_null(concurrency), started - intended_start, 0)),
                 if(is_null(concurrency), started - intended_start, null))
            unit: ms
            better: lower
            text: >-
              What the client itself may have added to the times of one request: in an open loop how late it started, and
              the longest time that it did not look at its sockets, where the kernel did not stamp the first chunk alone.
          meets_slo:
            expr: >-
              ok and (is_null(slo_ttft) or if(is_null(concurrency), scheduled_ttft, ttft) <= slo_ttft)
              and (is_null(slo_tpot) or tokens == 1 or (tokens > 1 and tpot <= slo_tpot))
              and (is_null(slo_latency) or if(is_null(concurrency), scheduled_e2e, e2e) <= slo_latency)
            unit: flag
            better: higher
            text: >-
              A whole answer within every limit that the run's objective has, in an open loop counted from the intended
              start; null when that cannot be told.

        result:
          total_iterations:
            expr: count()
            unit: count
            text: Requests that count, failed ones included.
          successful_iterations:
            expr: count(where ok)
            unit: count
            better: higher
            text: Requests with a whole answer.
          error_rate:
            expr: 100 * count(where failed and not coalesce(timed_out, 0)) / total_iterations
            unit: "%"
            better: lower
            text: Requests that failed otherwise than by a time limit.
          timeout_rate:
            expr: 100 * count(where timed_out) / total_iterations
            unit: "%"
            better: lower
            text: Requests that a time limit ended; they are not in error_rate.
          failure_rate:
            expr: 100 * count(where failed) / total_iterations
            unit: "%"
            better: lower
            text: Requests that failed, for whatever reason, time limits included.
          one_token_source:
            expr: count(tokens where ok and tokens_from_server) == 0 or count(tokens where ok and not tokens_from_server) == 0
            unit: flag
            text: >-
              Whether the tokens of all whole answers were counted by the same one, the server or the client. Where they
              were not, no figure is made of both counts: those of tokens are null.
          total_tokens:
            expr: if(successful_iterations == 0, 0, sum(tokens where ok and one_token_source))
            unit: tokens
            better: higher
            text: Output tokens of the whole answers.
          prompt_length:
            expr: mean(prompt_tokens where ok)
            unit: tokens
            text: Mean length of the prompts as the server counts it, its chat template included.
          asked_prompt_length:
            expr: mean(asked_prompt_tokens where ok)
            unit: tokens
            text: Mean length that synthetic prompts were to have; null of others.
          total_prompt_tokens:
            expr: sum(prompt_tokens where ok)
            unit: tokens
            text: Prompt tokens of the whole answers, cached ones included.
          total_reasoning_tokens:
            expr: sum(reasoning_tokens where ok)
            unit: tokens
            text: Those of the output tokens that were reasoning, by the server's usage; null when it does not say.
          total_cached_tokens:
            expr: sum(cached_tokens where ok)
            unit: tokens
            text: Those of the prompt tokens that the server had in its cache, by its usage; null when it does not say.
          tokens_from_server:
            expr: 100 * count(where ok and tokens_from_server) / successful_iterations
            unit: "%"
            better: higher
            text: Whole answers whose tokens the server counted; in the others each chunk is taken for a token.
          duration:
            expr: span(started, ended)
            unit: ms
            text: From the first start to the last end.
          output_tps:
            expr: total_tokens / (duration / 1000)
            unit: tokens/s
            better: higher
            text: Throughput of the system, all output tokens by the duration.
          requests_per_second:
            expr: successful_iterations / (duration / 1000)
            unit: requests/s
            better: higher
            text: Whole answers by the duration.
          good_requests:
            expr: >-
              if((is_null(slo_ttft) and is_null(slo_tpot) and is_null(slo_latency))
                 or count(meets_slo) < total_iterations, null, count(where meets_slo))
            unit: count
            better: higher
            text: Requests that met the run's objective. Null when it has none, or when it cannot be told of every request.
          good_share:
            expr: 100 * good_requests / (total_iterations + coalesce(shed, 0))
            unit: "%"
            better: higher
            text: Share of the requests that met the run's objective; failed ones did not, nor those that were not sent.
          goodput:
            expr: good_requests / (duration / 1000)
            unit: requests/s
            better: higher
            text: Requests per second that met the run's objective.
          request_tps_mean:
            expr: mean(request_tps where ok and one_token_source)
            unit: tokens/s
            better: higher
            text: Output tokens per second that one request saw, on average.
          prompt_tps_mean:
            expr: mean(prompt_tps where ok)
            unit: tokens/s
            better: higher
            text: Prompt tokens per second until the first token, on average.
        \(spread("ttft", of: latency("ttft"), "Time to first token"))
        \(spread("itl", of: "gaps where ok", "Gap between chunks, all whole answers together"))
        \(spread("tpot", of: latency("tpot") + " where one_token_source", "Time per output token after the first", unit: "ms/token"))
        \(spread("e2e", of: latency("e2e"), "End to end"))
        \(spread("scheduled_ttft", of: latency("scheduled_ttft"), "Time to first token from the scheduled start"))
        \(spread("scheduled_e2e", of: latency("scheduled_e2e"), "End to end from the scheduled start"))
          generation_tps:
            expr: 1000 / tpot_mean
            unit: tokens/s
            better: higher
            text: Speed of writing once it has begun, 1000 / tpot_mean.
          jitter:
            expr: stddev(gaps where ok)
            unit: ms
            better: lower
            text: Standard deviation of the gaps between chunks.
          stalls:
            expr: if(count(gaps) > 0, count(where gaps > stall), null)
            unit: count
            better: lower
            text: Gaps longer than a second, those of failed requests too. Null when no gap was measured.
          queue_time_mean:
            expr: mean(server_queue_ms where ok)
            unit: ms
            better: lower
            text: Time in the server's queue, when the server says.
          client_delayed:
            expr: >-
              100 * count(where client_delay > client_delay_floor
                 and client_delay > client_delay_share * coalesce(median(ttft where ok), median(e2e where ok)))
              / count(client_delay)
            unit: "%"
            better: lower
            text: >-
              Requests in which the client was late by more than 1 ms and 5 % of the median TTFT, of those of which it is
              known. Above 1 % the figures are the client's as much as the server's.
          client_idle:
            expr: 100 * sum(client_refill) / (sum(client_refill) + sum(ended - started where not is_null(client_refill)))
            unit: "%"
            better: lower
            text: >-
              Share of a closed loop's time that went by between an answer's end and the start of the next request. Above
              5 % the load was the client's choice and not the server's.
          client_read_delay_mean:
            expr: sum(client_read_delay_sum) / sum(client_reads)
            unit: ms
            better: lower
            text: From a packet's arrival by the kernel to its read. Where the kernel's stamps count, it is in no figure.
          client_loop_lag_max:
            expr: max(client_loop_lag_max)
            unit: ms
            better: lower
            text: Longest time in which the client did not look at its sockets.
          cpu_mean:
            expr: mean(host_cpu)
            unit: "%"
            text: Load of the host, mean of the readings that could be taken.
          memory_mean:
            expr: mean(memory_percent)
            unit: "%"
            text: Memory of the host in use.
          process_cpu_mean:
            expr: mean(process_cpu)
            unit: "%"
            text: Load of the model server's process; 100 is one core.
          process_memory_max:
            expr: max(process_memory)
            unit: bytes
            better: lower
            text: Most resident memory of the model server's process.
          gpu_mean:
            expr: mean(gpu_utilisation)
            unit: "%"
            text: Utilisation of the GPUs; 0 % counts.
          gpu_memory_max:
            expr: max(gpu_memory)
            unit: bytes
            better: lower
            text: Most memory in use on the GPUs.
          energy:
            expr: >-
              if(is_null(mean(gpu_power)) and count(gpu_energy) < 2 and count(package_energy) < 2, null,
                 coalesce(if(count(gpu_energy) > 1, last(gpu_energy) - first(gpu_energy), null),
                    mean(gpu_power) * duration / 1000, 0)
                 + coalesce(if(count(package_energy) > 1, last(package_energy) - first(package_energy), null), 0))
            unit: J
            better: lower
            text: >-
              What the GPUs used by their counter, else their mean power times the duration, plus what the processor
              packages used; null when neither is known. A counter that was read only once tells nothing.
          energy_per_token:
            expr: energy / total_tokens
            unit: J/token
            better: lower
            text: Energy of the host by output token.

        model:
          success:
            expr: sum(successful_iterations) / sum(total_iterations)
            unit: share
            better: higher
            text: Whole answers by requests, over all scenarios.
          speed_score:
            expr: mean(coalesce(clamp(log10(output_tps) / 3, 0, 1), 0))
            unit: share
            better: higher
            text: Throughput on a log scale from 1 token/s (0) to 1,000 tokens/s (1), mean over scenarios; null is 0.
          ttft_score:
            expr: mean(coalesce(clamp((4 - log10(ttft_p50)) / 3, 0, 1), 0))
            unit: share
            better: higher
            text: Median TTFT on a log scale from 10 s (0) to 10 ms (1), mean over scenarios; null is 0.
          tpot_score:
            expr: mean(coalesce(clamp((3 - log10(tpot_mean)) / 3, 0, 1), 0))
            unit: share
            better: higher
            text: Mean TPOT on a log scale from 1 s (0) to 1 ms (1), mean over scenarios; null is 0.
          score:
            expr: coalesce(100 * success * (0.4 * speed_score + 0.3 * ttft_score + 0.3 * tpot_score), 0)
            unit: points
            better: higher
            text: >-
              0 to 100: throughput 40 %, TTFT 30 %, TPOT 30 %, times the share of whole answers. The anchors are fixed, so
              a score does not depend on what else was measured. A model that always fails scores 0, and what was not
              measured earns nothing.
        """

    /// A latency as the spreads see it: that of a whole answer, and what a failed request counts as.
    private static func latency(_ name: String) -> String { "if(ok, \(name), if(failures_infinite, infinity, null))" }

    /// Mean, p50, p90, p95 and p99 of a column.
    private static func spread(_ name: String, of values: String, _ what: String, unit: String = "ms") -> String {
        [
            ("mean", "mean"), ("p50", "50th percentile"), ("p90", "90th percentile"), ("p95", "95th percentile"),
            ("p99", "99th percentile"),
        ].map { function, words in
            """
              \(name)_\(function):
                expr: \(function)(\(values))
                unit: \(unit)
                better: lower
                text: "\(what): \(words)."
            """
        }.joined(separator: "\n")
    }
}
