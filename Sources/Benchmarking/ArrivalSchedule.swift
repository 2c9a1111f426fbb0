import Foundation
import Statistics

/// When the requests of an open loop are to start, endlessly: the first one at once, the others after gaps that depend on
/// nothing but the rate and the seed.
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
    private var random: SplitMix64
    /// Mean gaps passed until the next arrival. Not in nanoseconds, whose rounding would add up.
    private var gaps = 0.0

    /// - Parameters:
    ///   - rate: requests per second, above 0.
    ///   - seed: the same one gives the same schedule; another rate stretches it.
    public init(rate: Double, distribution: Distribution, seed: UInt64) {
        self.rate = rate
        self.distribution = distribution
        random = SplitMix64(state: seed)
    }

    public mutating func next() -> Int64? {
        let arrival = Int64(gaps / rate * 1e9)
        // The inverse of the exponential distribution's function; 1 − fraction is never 0.
        gaps += distribution == .constant ? 1 : -log(1 - random.fraction())
        return arrival
    }
}
