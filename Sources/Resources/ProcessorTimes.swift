/// Time that processors have spent since the machine started, in clock ticks.
///
/// - Source: the `cpu` lines of `/proc/stat` (proc(5)). Guest time is already part of user time there.
struct ProcessorTimes: Equatable {
    var busy: UInt64
    var idle: UInt64
    var stolen: UInt64

    var total: UInt64 { busy + idle + stolen }

    /// The share of time since `earlier` that was spent working; stolen time counts as busy, since it could not be had.
    ///
    /// Nil when no tick has passed, or when the counters went backwards (iowait does, and so does a core that was
    /// switched off).
    func busyPercent(since earlier: ProcessorTimes) -> Double? {
        guard total > earlier.total, busy + stolen >= earlier.busy + earlier.stolen else { return nil }
        let spent = Double(busy + stolen - earlier.busy - earlier.stolen)
        return min(100, spent / Double(total - earlier.total) * 100)
    }
}

/// One reading of `/proc/stat`: all processors together, and each.
struct ProcessorTable: Equatable {
    var all: ProcessorTimes
    var cores: [Int: ProcessorTimes]

    /// Nil when the text has no line for all processors.
    init?(parsing text: String) {
        var all: ProcessorTimes?
        cores = [:]
        for line in text.split(separator: "\n") {
            guard line.hasPrefix("cpu") else { break }  // the cpu lines come first
            let fields = line.split(separator: " ")
            guard let times = ProcessorTimes(fields.dropFirst().compactMap { UInt64($0) }) else { continue }
            if fields[0] == "cpu" {
                all = times
            } else if let index = Int(fields[0].dropFirst(3)) {
                cores[index] = times
            }
        }
        guard let all else { return nil }
        self.all = all
    }
}

extension ProcessorTimes {
    /// user nice system idle iowait irq softirq steal guest guest_nice; old kernels stop earlier.
    fileprivate init?(_ ticks: [UInt64]) {
        guard ticks.count >= 4 else { return nil }
        func tick(_ index: Int) -> UInt64 { index < ticks.count ? ticks[index] : 0 }
        busy = tick(0) + tick(1) + tick(2) + tick(5) + tick(6)
        idle = tick(3) + tick(4)
        stolen = tick(7)
    }
}
