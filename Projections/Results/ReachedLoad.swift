import Formulas

/// The load that a group's requests really put on the server, from the first measured start to the last measured end.
struct ReachedLoad {
    /// Requests in flight on average: the time that all requests spent in that span, warm-up and cool-down too, by the span
    /// (Little's law). Nil when there is no span.
    let concurrency: Double?
    /// Measured requests by the span, per second. Nil when there is no span.
    let rate: Double?

    /// What it is computed from.
    static let inputs: Set<String> = ["started", "ended", "warmup"]

    init(_ samples: SampleTable) {
        let starts = samples["started"] ?? []
        let ends = samples["ended"] ?? []
        let isWarmup = samples["warmup"] ?? []
        let measured = isWarmup.indices.filter { isWarmup[$0] == 0 }
        guard let first = measured.map({ starts[$0] }).min(), let last = measured.map({ ends[$0] }).max(), last > first
        else {
            (concurrency, rate) = (nil, nil)
            return
        }
        let inFlight = starts.indices.reduce(0.0) { $0 + max(0, min(ends[$1], last) - max(starts[$1], first)) }
        concurrency = inFlight / (last - first)
        rate = Double(measured.count) / ((last - first) / 1000)
    }
}
