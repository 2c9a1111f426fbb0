/// Where a series of figures, in the order of time, changes its level: E-Divisive (Matteson and James, "A Nonparametric
/// Approach for Multiple Change Point Analysis of Multivariate Data", 2014).
///
/// The series is split where the two sides differ most by their energy statistic, Székely and Rizzo's distance of
/// distributions; the split counts when shuffled copies of the part seldom reach as much; then each side is split likewise.
public struct ChangePoints: Sendable {
    /// Figures on either side of a change at least: of fewer, no level can be told.
    public var smallestPart = 3
    /// A split counts when at most this share of the shuffled copies reach what it does.
    public var level = 0.05
    /// Shuffled copies that a split is held against.
    public var permutations = 199
    /// Where the shuffling starts: the same seed and figures give the same changes on every machine.
    public var seed: UInt64 = 1

    public init() {}

    /// The places of the first figures of a new level, ascending; empty when there is one level alone.
    ///
    /// - Parameter values: finite, in the order of time.
    public func find(in values: [Double]) -> [Int] {
        var generator = SplitMix64(state: seed)
        var changes: [Int] = []
        var parts = [0..<values.count]
        while let part = parts.popLast() {
            let slice = Array(values[part])
            guard let best = split(slice) else { continue }
            var reached = 0
            var shuffled = slice
            for _ in 0..<permutations {
                shuffled.shuffle(using: &generator)
                if let other = split(shuffled), other.statistic >= best.statistic { reached += 1 }
            }
            guard Double(reached + 1) / Double(permutations + 1) <= level else { continue }
            let place = part.lowerBound + best.place
            changes.append(place)
            parts += [part.lowerBound..<place, place..<part.upperBound]
        }
        return changes.sorted()
    }

    /// The best split of a series; nil when it is too short.
    private func split(_ values: [Double]) -> (place: Int, statistic: Double)? {
        let count = values.count
        guard count >= 2 * smallestPart else { return nil }
        // Sums of distances: within the left side, within the right, and between them, moved on one figure at a time.
        func distance(_ index: Int, to others: Range<Int>) -> Double {
            others.reduce(0) { $0 + abs(values[index] - values[$1]) }
        }
        var (left, right, between) = (0.0, 0.0, 0.0)
        for index in 0..<count { right += distance(index, to: 0..<index) }
        var best: (place: Int, statistic: Double)?
        for place in 1..<count {
            let moved = place - 1
            let (toLeft, toRight) = (distance(moved, to: 0..<moved), distance(moved, to: place..<count))
            left += toLeft
            right -= toRight
            between += toRight - toLeft
            guard place >= smallestPart, count - place >= smallestPart else { continue }
            let (n, m) = (Double(place), Double(count - place))
            let energy = 2 / (n * m) * between - 2 / (n * (n - 1)) * left - 2 / (m * (m - 1)) * right
            let statistic = n * m / (n + m) * energy
            if statistic > best?.statistic ?? 0 { best = (place, statistic) }
        }
        return best
    }
}
