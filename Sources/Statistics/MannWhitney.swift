import Foundation

/// Mann and Whitney's test (1947): whether the values of one group tend to be larger than those of another.
///
/// It looks at ranks alone, so a single outlier weighs no more than any other value, and nothing is assumed of the
/// distribution. The same as SciPy's `mannwhitneyu(a, b)` with its defaults.
public enum MannWhitney {
    /// Up to so many values in the smaller group, and without ties, the p-value is exact.
    static let exactLimit = 8

    /// The two-sided p-value: how often chance alone would set two groups of the same distribution apart as far as these.
    ///
    /// Exact for few values without ties; else by the normal distribution, corrected for ties and for continuity.
    ///
    /// - Parameters: values without NaN, in any order.
    /// - Returns: from 0 to 1; nil when a group is empty.
    public static func pValue(_ a: [Double], _ b: [Double]) -> Double? {
        guard !a.isEmpty, !b.isEmpty else { return nil }
        let (rankSum, ties) = ranks(a, b)
        let (n, m) = (Double(a.count), Double(b.count))
        let statistic = rankSum - n * (n + 1) / 2
        // The larger of the two groups' statistics, so that one tail need be looked at.
        let larger = max(statistic, n * m - statistic)
        if ties == 0, min(a.count, b.count) <= exactLimit {
            return min(1, 2 * exactTail(atLeast: Int(larger.rounded()), a.count, b.count))
        }
        let total = n + m
        let variance = n * m / 12 * (total + 1 - ties / (total * (total - 1)))
        guard variance > 0 else { return 1 }
        let deviation = (larger - n * m / 2 - 0.5) / variance.squareRoot()
        return min(1, erfc(deviation / 2.0.squareRoot()))
    }

    /// The sum of the first group's ranks, equal values sharing their mean rank, and Σ t³ − t over the ties of t values.
    private static func ranks(_ a: [Double], _ b: [Double]) -> (sum: Double, ties: Double) {
        let sorted = (a.map { (value: $0, isFirst: true) } + b.map { (value: $0, isFirst: false) })
            .sorted { $0.value < $1.value }
        var (sum, ties, start) = (0.0, 0.0, 0)
        while start < sorted.count {
            var end = start + 1
            while end < sorted.count, sorted[end].value == sorted[start].value { end += 1 }
            let count = Double(end - start)
            let rank = Double(start + end + 1) / 2
            sum += rank * Double(sorted[start..<end].count { $0.isFirst })
            ties += count * count * count - count
            start = end
        }
        return (sum, ties)
    }

    /// The share of all ways to choose `n` of `n + m` ranks whose statistic is at least that, counted one rank at a time.
    private static func exactTail(atLeast statistic: Int, _ n: Int, _ m: Int) -> Double {
        let most = n * m
        // ways[k][u]: so many choices of k ranks among those looked at have statistic u.
        var ways = [[Double]](repeating: [Double](repeating: 0, count: most + 1), count: n + 1)
        ways[0][0] = 1
        for rank in 0..<(n + m) {
            for chosen in stride(from: min(n, rank + 1), through: 1, by: -1) {
                // The rank beats those below it that were not chosen.
                let beaten = rank - (chosen - 1)
                guard beaten <= m else { continue }
                for value in stride(from: most, through: beaten, by: -1) {
                    ways[chosen][value] += ways[chosen - 1][value - beaten]
                }
            }
        }
        let all = ways[n].reduce(0, +)
        return ways[n][min(statistic, most)...].reduce(0, +) / all
    }
}
