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
        var cores: [Int: ProcessorTimes] = [:]
        LineScanner.lines(of: text) { line in
            guard line.take("cpu") else { return false }  // the cpu lines come first
            let isAll = line.take(" ")
            let index = isAll ? nil : line.number()
            guard let times = ProcessorTimes(&line) else { return true }
            if isAll {
                all = times
            } else if let index = index.flatMap({ Int(exactly: $0) }) {
                cores[index] = times
            }
            return true
        }
        self.cores = cores
        guard let all else { return nil }
        self.all = all
    }
}

extension ProcessorTimes {
    /// user nice system idle iowait irq softirq steal guest guest_nice; old kernels stop earlier.
    fileprivate init?(_ line: inout LineScanner) {
        guard let user = line.number(), let nice = line.number(), let system = line.number(), let idle = line.number()
        else { return nil }
        let (waiting, interrupts, softInterrupts) = (line.number() ?? 0, line.number() ?? 0, line.number() ?? 0)
        busy = user + nice + system + interrupts + softInterrupts
        self.idle = idle + waiting
        stolen = line.number() ?? 0
    }
}
