/// An interval for a statistic from resampling: how far it might move if the same thing were measured again.
public struct Bootstrap: Sendable {
    /// How often the values are drawn anew; 2,000 keeps the ends of a 95 % interval steady to about 2 % of its width.
    public let resamples: Int
    /// Where the generator starts. The same seed and values give the same interval on every machine.
    public let seed: UInt64

    /// - Precondition: at least 100 resamples.
    public init(resamples: Int = 2_000, seed: UInt64 = 1) {
        precondition(resamples >= 100, "an interval needs at least 100 resamples")
        self.resamples = resamples
        self.seed = seed
    }

    /// The percentile interval: the middle `level` of the statistic over resamples drawn with replacement.
    ///
    /// - Parameters:
    ///   - statistic: gets a resample in no order; where it gives nil the resample is left out.
    ///   - level: the share of resamples inside, such as 0.95.
    /// - Returns: nil for fewer than two values, or when the statistic was nil for every resample.
    public func interval(
        of values: [Double], level: Double = 0.95, statistic: ([Double]) -> Double?
    ) -> ClosedRange<Double>? {
        precondition(level > 0 && level < 1, "a level is a share between 0 and 1")
        guard values.count > 1 else { return nil }
        var generator = SplitMix64(state: seed)
        var drawn = values
        var outcomes: [Double] = []
        outcomes.reserveCapacity(resamples)
        for _ in 0..<resamples {
            for index in drawn.indices { drawn[index] = values[generator.index(below: values.count)] }
            if let outcome = statistic(drawn), outcome.isFinite { outcomes.append(outcome) }
        }
        outcomes.sort()
        let tail = (1 - level) / 2
        guard let low = Quantile.linear.value(tail, of: outcomes),
            let high = Quantile.linear.value(1 - tail, of: outcomes)
        else { return nil }
        return low...high
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
