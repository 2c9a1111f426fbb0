import Foundation

/// 95 % intervals from resampling: how far a figure might move if the same thing were measured again.
///
/// The rows that a figure comes from (requests) are drawn anew with replacement, as many as there are, and the figure is
/// computed from each such resample (Efron, 1979). Rows count as independent of each other.
public struct Bootstrap: Sendable {
    /// How often the rows are drawn anew; 2,000 keeps the ends of an interval steady to about 2 % of its width.
    public let resamples: Int
    /// Where the generator starts. The same seed and rows give the same interval on every machine.
    public let seed: UInt64

    /// - Precondition: at least 100 resamples.
    public init(resamples: Int = 2_000, seed: UInt64 = 1) {
        precondition(resamples >= 100, "an interval needs at least 100 resamples")
        self.resamples = resamples
        self.seed = seed
    }

    /// For so many rows: 2,000 resamples up to 1,000 rows, then fewer so that 2,000,000 rows are drawn in all, but never fewer
    /// than 200. The more rows there are, the narrower the interval, and the less its ends' unsteadiness matters.
    public init(rows: Int, seed: UInt64 = 1) {
        self.init(resamples: min(2_000, max(200, 2_000_000 / max(1, rows))), seed: seed)
    }

    /// Draws `count` rows as often as there are resamples.
    ///
    /// - Parameter body: gets how often each row is in the resample; together that is `count`.
    public func draw(_ count: Int, _ body: ([Int]) -> Void) {
        var generator = SplitMix64(state: seed)
        for _ in 0..<resamples {
            var times = [Int](repeating: 0, count: count)
            for _ in 0..<count { times[generator.index(below: count)] += 1 }
            body(times)
        }
    }

    /// The interval of a statistic of values.
    ///
    /// - Parameter statistic: gets a resample in the order of the values; where it gives nil the resample is left out.
    /// - Returns: nil as of `interval(from:rows:)`.
    public func interval(of values: [Double], statistic: ([Double]) -> Double?) -> ClosedRange<Double>? {
        var outcomes: [Double] = []
        draw(values.count) { times in
            var drawn: [Double] = []
            drawn.reserveCapacity(values.count)
            for (value, count) in zip(values, times) { drawn.append(contentsOf: repeatElement(value, count: count)) }
            if let outcome = statistic(drawn) { outcomes.append(outcome) }
        }
        return interval(from: outcomes, rows: values.count)
    }

    /// The interval from a statistic's values over the resamples: its quantiles at the two ends, spread for few rows.
    ///
    /// The 2.5th and 97.5th percentile alone are too narrow for few rows: of five they cover the truth about 80 times in 100.
    /// The ends move out to where a Student t interval of as many rows would have them (Hesterberg, "What Teachers Should Know
    /// About the Bootstrap", 2015, section 5.3: the expanded percentile interval).
    ///
    /// - Parameters:
    ///   - outcomes: of the resamples that gave a value; may be infinite, not NaN.
    ///   - rows: how many rows a resample has.
    /// - Returns: nil for fewer than two rows, or when more than half of the resamples gave no value.
    public func interval(from outcomes: [Double], rows: Int) -> ClosedRange<Double>? {
        guard rows > 1, outcomes.count * 2 >= resamples else { return nil }
        let sorted = outcomes.sorted()
        let tail = Self.tail(rows: rows)
        guard let low = Quantile.linear.value(tail, of: sorted), let high = Quantile.linear.value(1 - tail, of: sorted)
        else { return nil }
        return low...high
    }

    /// The share of resamples beyond either end: Φ(−√(n/(n−1)) · t), t the 97.5th percentile of Student's t with n − 1 degrees.
    static func tail(rows: Int) -> Double {
        let freedom = Double(rows - 1)
        return erfc((Double(rows) / freedom).squareRoot() * studentT(freedom) / 2.0.squareRoot()) / 2
    }

    /// The 97.5th percentile of Student's t by its series in 1/degrees (Abramowitz and Stegun, 26.7.5): within 1 % from two
    /// degrees on.
    static func studentT(_ freedom: Double) -> Double {
        let normal = 1.959_963_984_540_054
        // Numerators of the terms at this percentile.
        let terms = [2.372_27, 2.822_50, 2.555_85, 1.589_53]
        return terms.reversed().reduce(0) { ($0 + $1) / freedom } + normal
    }
}

/// Steele, Lea and Flood's SplitMix64 (2014): one word of state, and the same numbers from a seed everywhere.
public struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// - Parameter state: the seed; any will do.
    public init(state: UInt64) { self.state = state }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, but not including, 1.
    public mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// A place in an array of `count` values. Written out because the standard library may change its own mapping.
    mutating func index(below count: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(count)).high)
    }
}
