import Events
import Formulas

/// How a sample event is read as the inputs that formulas name.
enum SampleInputs {
    typealias Reader = @Sendable (InferenceSampled) -> Double
    typealias ArrayReader = @Sendable (InferenceSampled, inout [Double]) -> Void

    static let columns: [String: Reader] = [
        "intended_start": { milliseconds($0.intendedStartNs) },
        "started": { milliseconds($0.startedNs) },
        "connected": { $0.hasConnectedNs ? milliseconds($0.connectedNs) : .nan },
        "sent": { $0.hasSentNs ? milliseconds($0.sentNs) : .nan },
        "headers": { $0.hasHeadersNs ? milliseconds($0.headersNs) : .nan },
        "first_byte": { $0.hasFirstByteNs ? milliseconds($0.firstByteNs) : .nan },
        "first_content": { $0.hasFirstContentNs ? milliseconds($0.firstContentNs) : .nan },
        "last_content": { $0.hasLastContentNs ? milliseconds($0.lastContentNs) : .nan },
        "ended": { milliseconds($0.endedNs) },
        "original_ttft": { $0.hasOriginalTtftNs ? milliseconds($0.originalTtftNs) : .nan },
        "prompt_tokens": { $0.hasPromptTokens ? Double($0.promptTokens) : .nan },
        "completion_tokens": { $0.hasCompletionTokens ? Double($0.completionTokens) : .nan },
        "reasoning_tokens": { $0.hasReasoningTokens ? Double($0.reasoningTokens) : .nan },
        "cached_tokens": { $0.hasCachedTokens ? Double($0.cachedTokens) : .nan },
        "content_chunks": { $0.hasContentChunks ? Double($0.contentChunks) : .nan },
        "output_bytes": { Double($0.outputBytes) },
        "failed": { $0.error != .none ? 1 : 0 },
        "timed_out": { $0.error == .timeout ? 1 : 0 },
        "cancelled": { $0.error == .cancelled ? 1 : 0 },
        "truncated": { $0.error == .truncated ? 1 : 0 },
        "warmup": { $0.warmup ? 1 : 0 },
        "streamed": { $0.streamed ? 1 : 0 },
        "iteration": { Double($0.iteration) },
        "http_status": { $0.hasHTTPStatus ? Double($0.httpStatus) : .nan },
        "tokens_from_server": { $0.tokenSource == .serverUsage ? 1 : 0 },
        "server_prompt_ms": { $0.server.hasPromptNs ? milliseconds($0.server.promptNs) : .nan },
        "server_decode_ms": { $0.server.hasDecodeNs ? milliseconds($0.server.decodeNs) : .nan },
        "server_load_ms": { $0.server.hasLoadNs ? milliseconds($0.server.loadNs) : .nan },
        "server_total_ms": { $0.server.hasTotalNs ? milliseconds($0.server.totalNs) : .nan },
        "server_queue_ms": { $0.server.hasQueueNs ? milliseconds($0.server.queueNs) : .nan },
    ]

    static let arrays: [String: ArrayReader] = [
        "gaps": { sample, values in
            // The first stands for the wait from the start; the gaps are those between chunks.
            for gap in (Varints.decode(sample.chunkGapsUs) ?? []).dropFirst() { values.append(Double(gap) / 1000) }
        },
        "chunk_times": { sample, values in
            for at in sample.chunkArrivals { values.append(milliseconds(at)) }
        },
        "chunk_sizes": { sample, values in
            for size in Varints.decode(sample.chunkSizes) ?? [] { values.append(Double(size)) }
        },
    ]

    static let resources: [String: @Sendable (ResourceSampled) -> Double] = [
        "at": { milliseconds($0.atNs) },
        "host_cpu": { $0.hasHostCpuPercent ? $0.hostCpuPercent : .nan },
        "memory_percent": { $0.hasMemoryUsedPercent ? $0.memoryUsedPercent : .nan },
        "memory_used": { $0.hasMemoryUsedBytes ? Double($0.memoryUsedBytes) : .nan },
        "process_cpu": { $0.hasProcessCpuPercent ? $0.processCpuPercent : .nan },
        "process_memory": { $0.hasProcessMemoryBytes ? Double($0.processMemoryBytes) : .nan },
        "gpu_utilisation": { mean($0.gpus.compactMap { $0.hasUtilisationPercent ? $0.utilisationPercent : nil }) },
        "gpu_memory": { sum($0.gpus.compactMap { $0.hasMemoryUsedBytes ? Double($0.memoryUsedBytes) : nil }) },
        "gpu_power": { sum($0.gpus.compactMap { $0.hasPowerWatts ? $0.powerWatts : nil }) },
        "gpu_temperature": {
            $0.gpus.compactMap { $0.hasTemperatureCelsius ? $0.temperatureCelsius : nil }.max() ?? .nan
        },
        "package_energy": { $0.hasPackageEnergyJoules ? $0.packageEnergyJoules : .nan },
        "after_sample": { $0.afterSample ? 1 : 0 },
    ]

    private static func milliseconds(_ nanoseconds: Int64) -> Double { Double(nanoseconds) / 1e6 }
    private static func sum(_ values: [Double]) -> Double { values.isEmpty ? .nan : values.reduce(0, +) }
    private static func mean(_ values: [Double]) -> Double { sum(values) / Double(max(1, values.count)) }
}
