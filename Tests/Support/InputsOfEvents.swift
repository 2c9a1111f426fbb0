import Events
import Formulas

/// The inputs that formulas name, worked out of one event after another: what the columns are held against.
public enum InputsOfEvents {
    private typealias Reader = @Sendable (borrowing SampleView) -> Double
    private typealias ArrayReader = @Sendable (borrowing SampleView, inout [Double]) -> Void

    private static let columns: [String: Reader] = [
        "intended_start": { milliseconds($0.intendedStartNs) },
        "started": { milliseconds($0.startedNs) },
        "connected": { milliseconds($0.connectedNs) },
        "sent": { milliseconds($0.sentNs) },
        "headers": { milliseconds($0.headersNs) },
        "first_byte": { milliseconds($0.firstByteNs) },
        "first_content": { milliseconds($0.firstContentNs) },
        "last_content": { milliseconds($0.lastContentNs) },
        "ended": { milliseconds($0.endedNs) },
        "original_ttft": { milliseconds($0.originalTtftNs) },
        "prompt_tokens": { count($0.promptTokens) },
        "asked_prompt_tokens": { count($0.askedPromptTokens) },
        "completion_tokens": { count($0.completionTokens) },
        "reasoning_tokens": { count($0.reasoningTokens) },
        "cached_tokens": { count($0.cachedTokens) },
        "content_chunks": { count($0.contentChunks) },
        "output_bytes": { Double($0.outputBytes) },
        "failed": { $0.error != .none ? 1 : 0 },
        "timed_out": { $0.error == .timeout ? 1 : 0 },
        "cancelled": { $0.error == .cancelled ? 1 : 0 },
        "truncated": { $0.error == .truncated ? 1 : 0 },
        "warmup": { $0.warmup || $0.cooldown ? 1 : 0 },
        "streamed": { $0.streamed ? 1 : 0 },
        "iteration": { Double($0.iteration) },
        "turn": { count($0.turn) },
        "http_status": { count($0.httpStatus) },
        "tokens_from_server": { $0.tokenSource == .serverUsage ? 1 : 0 },
        "server_prompt_ms": { milliseconds($0.server.promptNs) },
        "server_decode_ms": { milliseconds($0.server.decodeNs) },
        "server_load_ms": { milliseconds($0.server.loadNs) },
        "server_total_ms": { milliseconds($0.server.totalNs) },
        "server_queue_ms": { milliseconds($0.server.queueNs) },
        "kernel_clock": { $0.clock == .kernel ? 1 : 0 },
        "first_shared": { $0.sharedReadRuns.first == 0 ? 1 : 0 },
        "client_reads": { $0.client.isPresent ? Double($0.client.reads) : .nan },
        "client_read_delay_sum": { $0.client.reads > 0 ? milliseconds($0.client.readDelaySumNs) : .nan },
        "client_read_delay_max": { $0.client.reads > 0 ? milliseconds($0.client.readDelayMaxNs) : .nan },
        "client_loop_lag_max": { milliseconds($0.client.loopLagMaxNs) },
        "client_refill": { milliseconds($0.client.refillNs) },
    ]

    private static let arrays: [String: ArrayReader] = [
        "gaps": { sample, values in
            // The first stands for the wait from the start; the gaps are those between chunks.
            for gap in sample.chunkGaps.dropFirst() { values.append(Double(gap) / 1000) }
        },
        "chunk_times": { sample, values in
            for at in sample.chunkArrivals { values.append(milliseconds(at)) }
        },
        "chunk_sizes": { sample, values in
            for size in VarintSequence(sample.chunkSizes) { values.append(Double(size)) }
        },
    ]

    private static let readings: [String: @Sendable (borrowing ResourceSampled) -> Double] = [
        "at": { milliseconds($0.atNs) },
        "host_cpu": { $0.hasHostCpuPercent ? $0.hostCpuPercent : .nan },
        "memory_percent": { $0.hasMemoryUsedPercent ? $0.memoryUsedPercent : .nan },
        "memory_used": { $0.hasMemoryUsedBytes ? Double($0.memoryUsedBytes) : .nan },
        "process_cpu": { $0.hasProcessCpuPercent ? $0.processCpuPercent : .nan },
        "process_memory": { $0.hasProcessMemoryBytes ? Double($0.processMemoryBytes) : .nan },
        "gpu_utilisation": { mean($0.gpus.compactMap { $0.hasUtilisationPercent ? $0.utilisationPercent : nil }) },
        "gpu_memory": { sum($0.gpus.compactMap { $0.hasMemoryUsedBytes ? Double($0.memoryUsedBytes) : nil }) },
        "gpu_power": { sum($0.gpus.compactMap { $0.hasPowerWatts ? $0.powerWatts : nil }) },
        "gpu_energy": { reading in
            let known = reading.gpus.compactMap { $0.hasEnergyJoules ? $0.energyJoules : nil }
            // A sum that lacks one GPU would be another sum than the reading before.
            return known.count == reading.gpus.count ? sum(known) : .nan
        },
        "gpu_temperature": {
            $0.gpus.compactMap { $0.hasTemperatureCelsius ? $0.temperatureCelsius : nil }.max() ?? .nan
        },
        "swap_used": { $0.hasSwapUsedBytes ? Double($0.swapUsedBytes) : .nan },
        "disk_read": { $0.hasDisk ? Double($0.disk.readBytes) : .nan },
        "disk_written": { $0.hasDisk ? Double($0.disk.writtenBytes) : .nan },
        "network_received": { $0.hasNetwork ? Double($0.network.receivedBytes) : .nan },
        "network_sent": { $0.hasNetwork ? Double($0.network.sentBytes) : .nan },
        "process_threads": { $0.hasProcessThreads ? Double($0.processThreads) : .nan },
        "cgroup_throttled": {
            milliseconds($0.controlGroup.hasThrottledNs ? Int64(clamping: $0.controlGroup.throttledNs) : nil)
        },
        "cpu_throttles": { $0.hasCpuThrottles ? Double($0.cpuThrottles) : .nan },
        "own_cpu": { $0.hasOwnCpuPercent ? $0.ownCpuPercent : .nan },
        "package_energy": { $0.hasPackageEnergyJoules ? $0.packageEnergyJoules : .nan },
        "after_sample": { $0.afterSample ? 1 : 0 },
    ]

    /// Every input of these samples.
    public static func table(of samples: [InferenceSampled]) throws -> SampleTable {
        var values = columns.mapValues { _ in [Double]() }
        var lists = arrays.mapValues { _ in [[Double]]() }
        for sample in samples {
            let payload = try Event.inferenceSampled(sample).encoded().payload
            try payload.withUnsafeBytes { bytes in
                let view = try SampleView(bytes, schemaVersion: EventType.inferenceSampled.schemaVersion)
                for (name, read) in columns { values[name]?.append(read(view)) }
                for (name, read) in arrays {
                    var list: [Double] = []
                    read(view, &list)
                    lists[name]?.append(list)
                }
            }
        }
        var table = SampleTable(count: samples.count)
        for (name, column) in values { table[name] = column }
        for (name, lists) in lists { table[array: name] = RaggedColumn(lists) }
        return table
    }

    /// Every input of these readings.
    public static func table(of events: [ResourceSampled]) -> ResourceTable {
        var table = ResourceTable(count: events.count)
        for (name, read) in readings { table[name] = events.map { read($0) } }
        return table
    }

    private static func milliseconds(_ nanoseconds: Int64?) -> Double { nanoseconds.map { Double($0) / 1e6 } ?? .nan }
    private static func count(_ count: (some BinaryInteger)?) -> Double { count.map { Double($0) } ?? .nan }
    private static func sum(_ values: [Double]) -> Double { values.isEmpty ? .nan : values.reduce(0, +) }
    private static func mean(_ values: [Double]) -> Double { sum(values) / Double(max(1, values.count)) }
}
