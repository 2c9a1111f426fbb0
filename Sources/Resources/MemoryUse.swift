/// Memory of the host, in bytes.
///
/// - Source: `/proc/meminfo`. Used is MemTotal − MemAvailable: what could not be had without swapping.
struct MemoryUse: Equatable {
    var total: UInt64
    var used: UInt64
    var swapUsed: UInt64?

    var usedPercent: Double { Double(used) / Double(total) * 100 }

    /// Nil when the text lacks MemTotal or MemAvailable.
    init?(parsing text: String) {
        var (total, available, swap, free): (UInt64?, UInt64?, UInt64?, UInt64?)
        LineScanner.lines(of: text) { line in
            if line.take("MemTotal:") {
                total = line.number()
            } else if line.take("MemAvailable:") {
                available = line.number()
            } else if line.take("SwapTotal:") {
                swap = line.number()
            } else if line.take("SwapFree:") {
                free = line.number()
            }
            return total == nil || available == nil || swap == nil || free == nil
        }
        guard let total, let available, total > 0 else { return nil }
        self.total = total * 1024
        used = (total - min(available, total)) * 1024
        if let swap, let free { swapUsed = (swap - min(free, swap)) * 1024 }
    }
}
