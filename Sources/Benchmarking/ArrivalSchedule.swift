import Foundation
import Statistics
import Streaming

/// When the requests of an open loop are to start, endlessly: the first one at once, the others after gaps that depend on
/// nothing but the rate, the ramp and the seed.
///
/// - Unit: nanoseconds since the level's start.
public struct ArrivalSchedule: Sequence, IteratorProtocol, Sendable {
    /// How the gaps are distributed.
    public enum Distribution: String, Sendable, CaseIterable {
        /// Exponentially, as of many people who do not know of each other (a Poisson process).
        case poisson
        /// All alike.
        case constant
    }

    private let rate: Double
    private let distribution: Distribution
    /// Seconds in which the rate rises evenly from 0; 0 for none.
    private let ramp: Double
    private var random: SplitMix64
    /// Mean gaps passed until the next arrival. Not in nanoseconds, whose rounding would add up.
    private var gaps = 0.0

    /// - Parameters:
    ///   - rate: requests per second, above 0.
    ///   - ramp: how long the rate rises evenly from 0 to that.
    ///   - seed: the same one gives the same schedule; another rate stretches it.
    public init(rate: Double, distribution: Distribution, ramp: Duration = .zero, seed: UInt64) {
        self.rate = rate
        self.ramp = Double(ramp.wholeNanoseconds) / 1e9
        self.distribution = distribution
        random = SplitMix64(state: seed)
    }

    public mutating func next() -> Int64? {
        let arrival = Int64(seconds * 1e9)
        // The inverse of the exponential distribution's function; 1 − fraction is never 0.
        gaps += distribution == .constant ? 1 : -log(1 - random.fraction())
        return arrival
    }

    /// Where the integral of the rate comes to `gaps`: at `t` within the ramp it is `rate · t² / (2 · ramp)`.
    private var seconds: Double {
        let inRamp = rate * ramp / 2
        return gaps < inRamp ? (2 * ramp * gaps / rate).squareRoot() : ramp + (gaps - inRamp) / rate
    }
}
