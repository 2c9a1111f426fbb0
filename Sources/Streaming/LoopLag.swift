/// How long the loop had its back to its sockets, kept so that the longest such time since any instant can be told.
struct LoopLag {
    /// Those that none after them exceeded, so each is shorter than the one before.
    private var peaks: [(end: Int64, length: Int64)] = []

    /// Most peaks that are kept; beyond it the oldest is forgotten.
    static let peakLimit = 4096

    /// Takes note of one such time, in nanoseconds, and of the instant at which it ended.
    mutating func add(_ length: Int64, until end: Int64) {
        while let last = peaks.last, last.length <= length { peaks.removeLast() }
        if peaks.count == Self.peakLimit { peaks.removeFirst() }
        peaks.append((end, length))
    }

    /// The longest of them since that instant, in nanoseconds, of one that began before it the part after it; 0 when there
    /// was none.
    func longest(since start: Int64) -> Int64 {
        var (low, high) = (0, peaks.count)
        while low < high {
            let middle = (low + high) / 2
            if peaks[middle].end < start { low = middle + 1 } else { high = middle }
        }
        guard low < peaks.count else { return 0 }
        let first = min(peaks[low].length, peaks[low].end - start)
        return low + 1 < peaks.count ? max(first, peaks[low + 1].length) : first
    }
}
