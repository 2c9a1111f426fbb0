/// A named way to read a quantile off sorted values.
///
/// Published tools use the word "p95" for all of these; the name of the method is part of the figure.
public enum Quantile: String, CaseIterable, Sendable {
    /// `sorted[max(0, ceil(q·n) − 1)]`: always an observed value; the original system's percentiles.
    case nearestRank = "nearest_rank"
    /// NumPy's default: linear between the two values around rank `q·(n − 1)`.
    case linear
    /// `sorted[floor(n/2)]`: the larger of the two middle values; defined for the median only.
    case upperMedian = "upper_median"
    /// `sorted[floor(q·n)]`, the last value at most: MLPerf LoadGen's rule.
    case floorRank = "floor_rank"
    /// The first observed value whose cumulative share reaches `q`. It differs from the nearest rank only where
    /// `q·n` rounds up in floating point: 0.07 · 100 is 7.000000000000001, and its rank here is still 7.
    case inverseCDF = "inverse_cdf"
    /// `sorted[round(q·(n − 1))]`, halves to the even index: NumPy's `nearest`, and so AIPerf's adjusted percentiles.
    case nearest

    /// The `q`-quantile of ascending values.
    ///
    /// - Parameters:
    ///   - q: a share from 0 to 1.
    ///   - sorted: ascending, without NaN; the last may be infinite.
    /// - Returns: nil when there are no values.
    public func value(_ q: Double, of sorted: [Double]) -> Double? {
        sorted.withUnsafeBufferPointer { value(q, of: $0) }
    }

    /// The same of values that lie elsewhere.
    public func value(_ q: Double, of sorted: UnsafeBufferPointer<Double>) -> Double? {
        precondition(q >= 0 && q <= 1, "a quantile is a share from 0 to 1")
        let count = sorted.count
        guard count > 0 else { return nil }
        switch self {
        case .nearestRank:
            return sorted[min(count - 1, max(0, Int((q * Double(count)).rounded(.up)) - 1))]
        case .linear:
            let rank = q * Double(count - 1)
            let below = min(count - 1, Int(rank))
            let above = min(count - 1, below + 1)
            // On a value, that value: between it and an infinite one there is nothing to take a part of.
            let part = rank - Double(below)
            return part == 0 || sorted[below] == sorted[above]
                ? sorted[below] : sorted[below] + (sorted[above] - sorted[below]) * part
        case .upperMedian:
            return sorted[count / 2]
        case .floorRank:
            return sorted[min(count - 1, Int(q * Double(count)))]
        case .inverseCDF:
            var rank = max(1, min(count, Int((q * Double(count)).rounded())))
            while rank > 1, Double(rank - 1) / Double(count) >= q { rank -= 1 }
            while rank < count, Double(rank) / Double(count) < q { rank += 1 }
            return sorted[rank - 1]
        case .nearest:
            return sorted[Int((q * Double(count - 1)).rounded(.toNearestOrEven))]
        }
    }
}
