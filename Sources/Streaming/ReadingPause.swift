#if os(Linux)
/// How long the loop may leave its sockets alone after a look at them, so that the next one finds the chunks of many streams:
/// each wake costs more than reading a chunk does.
///
/// It costs no accuracy where the kernel keeps when the bytes came. It must be short beside the gaps of every stream that was
/// read, or two chunks of one would be read together and the earlier one's arrival be lost.
struct ReadingPause {
    /// Answers that are being read and have the kernel's stamps, and those that have not.
    private var stamped = 0, unstamped = 0
    /// The shortest gap that the last look at the sockets ended.
    private var shortestGap: Int64 = 0
    /// How many sockets had something.
    private var found = 0

    /// The longest pause, and the shortest that is worth its own wake; nanoseconds.
    static let longest: Int64 = 500_000, shortest: Int64 = 100_000
    /// How many times longer the gaps have to be.
    static let share: Int64 = 16
    /// With fewer streams a pause finds no more than a wake does.
    static let fewestStreams = 8

    /// Nanoseconds; nil for none.
    var length: Int64? {
        // Streams that keep step have all brought what they had, once most of them have.
        guard unstamped == 0, stamped >= Self.fewestStreams, 0 < found, 2 * found < stamped else { return nil }
        let length = min(shortestGap / Self.share, Self.longest)
        return length >= Self.shortest ? length : nil
    }

    /// The sockets are looked at now, and so many have something.
    mutating func begin(finding count: Int) { (found, shortestGap) = (count, .max) }

    /// A socket had something: what came after that gap in its stream, or, with nil, something that no stamp tells the time of.
    mutating func saw(gap: Int64?) { shortestGap = min(shortestGap, gap ?? 0) }

    /// A socket brings another answer than before, or none; each is told by whether it has the kernel's stamps.
    mutating func reads(_ new: Bool?, insteadOf old: Bool?) {
        if let old { if old { stamped -= 1 } else { unstamped -= 1 } }
        if let new { if new { stamped += 1 } else { unstamped += 1 } }
    }
}
#endif
