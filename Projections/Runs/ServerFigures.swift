import Events
import ProjectionKit

/// What a server told of its own work while a model was measured: of vLLM's and llama.cpp's figures, those that explain ours.
///
/// Gauges are looked at every few seconds of the measured requests, so that a short scenario has none; what rises and falls in
/// between is not in them.
public struct ServerFigures: Codable, Sendable, Hashable {
    /// Most requests that it worked on at once. Source: `vllm:num_requests_running`, `llamacpp:requests_processing`.
    @Nullable public var requests_running_max: Double?
    /// Most requests that waited for their turn. Source: `vllm:num_requests_waiting`, `llamacpp:requests_deferred`.
    @Nullable public var requests_waiting_max: Double?
    /// Fullest that its memory for contexts was, in percent. Source: `vllm:kv_cache_usage_perc`, `llamacpp:kv_cache_usage_ratio`.
    @Nullable public var kv_cache_percent_max: Double?
    /// Prompt tokens that it had in its prefix cache, in percent of those it looked for, over the phase. Source:
    /// `vllm:prefix_cache_hits_total` by `vllm:prefix_cache_queries_total`.
    @Nullable public var prefix_cache_hit_percent: Double?
    /// Requests that it put off for want of memory, over the phase. Source: `vllm:num_preemptions_total`.
    @Nullable public var preemptions: Double?
    /// Mean time of a request in its queue in ms, over the phase. Source: `vllm:request_queue_time_seconds`.
    @Nullable public var queue_ms_mean: Double?
    /// Why there are none; null when there are.
    @Nullable public var unavailable: String?
}

/// What the figures of a phase follow from: kept beside the row, so that it can grow by each event.
struct ServerGauges: Codable, Sendable {
    private var highest: [String: Double] = [:]
    private var first: [String: Double] = [:]
    private var last: [String: Double] = [:]
    private var unavailable: String?

    private static let running = ["vllm:num_requests_running", "llamacpp:requests_processing"]
    private static let waiting = ["vllm:num_requests_waiting", "llamacpp:requests_deferred"]
    private static let cache = [
        "vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc", "llamacpp:kv_cache_usage_ratio",
    ]
    private static let hits = ["vllm:prefix_cache_hits_total", "vllm:gpu_prefix_cache_hits_total"]
    private static let queries = ["vllm:prefix_cache_queries_total", "vllm:gpu_prefix_cache_queries_total"]
    private static let preemptions = ["vllm:num_preemptions_total"]
    private static let queueTime = ["vllm:request_queue_time_seconds_sum"]
    private static let queued = ["vllm:request_queue_time_seconds_count"]

    mutating func take(_ event: ServerMetricsSampled) {
        unavailable = event.unavailable.isEmpty ? nil : event.unavailable
        let gauges = Set(Self.running + Self.waiting + Self.cache)
        let counters = Set(Self.hits + Self.queries + Self.preemptions + Self.queueTime + Self.queued)
        // A server with several engines tells each one's: counts add up, and of shares the highest is told.
        var values: [String: Double] = [:]
        for metric in event.metrics where metric.value.isFinite {
            guard gauges.contains(metric.name) || counters.contains(metric.name) else { continue }
            let before = values[metric.name] ?? 0
            values[metric.name] =
                Self.cache.contains(metric.name) ? max(before, metric.value) : before + metric.value
        }
        for (name, value) in values {
            if gauges.contains(name) {
                // Before and after its requests the server had nothing to do.
                guard !event.scenario.isEmpty else { continue }
                highest[name] = max(highest[name] ?? value, value)
            } else {
                if first[name] == nil { first[name] = value }
                last[name] = value
            }
        }
    }

    var figures: ServerFigures {
        let peak = { (names: [String]) in names.lazy.compactMap { highest[$0] }.first }
        let queries = grown(Self.queries)
        let queued = grown(Self.queued)
        return ServerFigures(
            requests_running_max: peak(Self.running), requests_waiting_max: peak(Self.waiting),
            kv_cache_percent_max: peak(Self.cache).map { $0 * 100 },
            prefix_cache_hit_percent: share(grown(Self.hits), of: queries).map { $0 * 100 },
            preemptions: grown(Self.preemptions),
            queue_ms_mean: share(grown(Self.queueTime), of: queued).map { $0 * 1000 },
            unavailable: highest.isEmpty && last.isEmpty ? unavailable : nil)
    }

    /// What a counter gained; nil when it is not told, or began anew.
    private func grown(_ names: [String]) -> Double? {
        for name in names {
            if let first = first[name], let last = last[name] { return last >= first ? last - first : nil }
        }
        return nil
    }

    private func share(_ part: Double?, of whole: Double?) -> Double? {
        guard let part, let whole, whole > 0 else { return nil }
        return part / whole
    }
}
