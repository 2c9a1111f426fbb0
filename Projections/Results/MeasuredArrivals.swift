import Events

/// The measured requests of a group as they arrived, the shed ones included.
struct MeasuredArrivals {
    private var count = 0
    /// Those of them that were not sent.
    private(set) var shed = 0
    private var first = Int64.max
    private var last = Int64.min

    mutating func add(_ sample: borrowing SampleView) {
        count += 1
        if sample.error == .shed { shed += 1 }
        first = min(first, sample.startedNs)
        last = max(last, sample.startedNs)
    }

    /// Requests really sent per second: the rate at which they came up, times the share that was sent. Nil for fewer than two.
    var sentPerSecond: Double? {
        guard count > 1, last > first else { return nil }
        return Double(count - 1) / (Double(last - first) / 1e9) * Double(count - shed) / Double(count)
    }
}
