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
        var kibibytes: [Substring: UInt64] = [:]
        for line in text.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].split(separator: " ").first
            kibibytes[line[..<colon]] = value.flatMap { UInt64($0) }
        }
        guard let total = kibibytes["MemTotal"], let available = kibibytes["MemAvailable"], total > 0 else {
            return nil
        }
        self.total = total * 1024
        used = (total - min(available, total)) * 1024
        if let swap = kibibytes["SwapTotal"], let free = kibibytes["SwapFree"] {
            swapUsed = (swap - min(free, swap)) * 1024
        }
    }
}
