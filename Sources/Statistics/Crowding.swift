/// How much goes on at once.
public enum Crowding {
    /// Beyond it a stretch is no longer told from its neighbour.
    private static let stretches = 0x1p53

    /// How many of some spans, at most, touch one stretch of a width; the stretches are laid end to end from 0.
    ///
    /// A span from 1.9 to 2.1 touches the second and the third stretch of width 1; a moment, whose start is its end, one.
    /// Costs a sort, however many stretches there are.
    ///
    /// - Parameters:
    ///   - starts, ends: one of each for each span; a span that ends before it starts, or farther from 0 than
    ///     2⁵³ stretches, is left out.
    ///   - width: above 0, in the unit of the spans.
    /// - Returns: nil when there is no span or the width is none.
    public static func most(starts: [Double], ends: [Double], width: Double) -> Int? {
        precondition(starts.count == ends.count, "each start has an end")
        guard width > 0, width.isFinite else { return nil }
        var changes: [(stretch: Double, change: Int)] = []
        for (start, end) in zip(starts, ends) where start <= end {
            let first = (start / width).rounded(.down)
            let last = (end / width).rounded(.down)
            guard abs(first) < Self.stretches, abs(last) < Self.stretches else { continue }
            changes.append((first, 1))
            changes.append((last + 1, -1))
        }
        // Those that end before a stretch are gone when the ones that begin in it come.
        changes.sort { ($0.stretch, $0.change) < ($1.stretch, $1.change) }
        var (now, most) = (0, 0)
        for (_, change) in changes {
            now += change
            most = max(most, now)
        }
        return changes.isEmpty ? nil : most
    }
}
