import Events

/// The requests of one benchmark of GuideLLM as samples.
struct GuideLLMSamples {
    private(set) var samples: [InferenceSampled] = []
    private let benchmark: GuideLLMBenchmarks.Benchmark
    private let anchor: Double
    private let streaming: Bool

    /// - Parameter anchor: s since the epoch, what the samples' times count from; no time of the file is far from it.
    init(_ benchmark: GuideLLMBenchmarks.Benchmark, anchor: Double, streaming: Bool) {
        self.benchmark = benchmark
        self.anchor = anchor
        self.streaming = streaming
        samples =
            benchmark.requests.successful.compactMap { sample($0, .none) }
            + benchmark.requests.errored.compactMap { sample($0, .other) }
            + benchmark.requests.incomplete.compactMap { sample($0, .cancelled) }
    }

    /// Nil for a request that was never begun.
    private func sample(_ request: GuideLLMBenchmarks.Request, _ error: ErrorClass) -> InferenceSampled? {
        let timings = request.info.timings
        guard let start = timings.resolve_start ?? timings.request_start else { return nil }
        let end = timings.request_end ?? timings.resolve_end ?? timings.last_token_iteration ?? start
        return .with {
            $0.startedNs = nanoseconds(start)
            $0.intendedStartNs = nanoseconds(benchmark.hasSchedule ? timings.targeted_start ?? start : start)
            if let sent = timings.request_start { $0.sentNs = nanoseconds(sent) }
            if let first = timings.first_request_iteration { $0.firstByteNs = nanoseconds(first) }
            if let first = timings.first_token_iteration { $0.firstContentNs = nanoseconds(first) }
            if let last = timings.last_token_iteration { $0.lastContentNs = nanoseconds(last) }
            $0.endedNs = nanoseconds(end)
            $0.warmup = end < benchmark.start_time
            $0.cooldown = (timings.request_start ?? start) > benchmark.end_time
            $0.streamed = streaming
            $0.clock = .imported
            if let chunks = timings.token_iterations { $0.contentChunks = chunks }
            if let tokens = request.input_metrics?.total_tokens { $0.promptTokens = tokens }
            if let tokens = request.input_metrics?.cached_tokens { $0.cachedTokens = tokens }
            if let tokens = request.output_metrics?.total_tokens {
                $0.completionTokens = tokens
                // Told to prefer its own counts, GuideLLM does not say which of the two a request has.
                $0.tokenSource = benchmark.config.prefer_response_metrics == false ? .unknown : .serverUsage
            } else if $0.hasContentChunks {
                $0.tokenSource = .chunks
            }
            if let turn = request.info.turn_index, turn > 0 { $0.turn = turn }
            if let text = request.output { $0.outputBytes = UInt64(text.utf8.count) }
            ($0.error, $0.errorMessage) = (error, request.info.error ?? "")
        }
    }

    private func nanoseconds(_ time: Double) -> Int64 { Int64(((time - anchor) * 1e9).rounded()) }
}
