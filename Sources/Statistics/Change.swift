/// How one figure differs from another of the same thing, measured at another time or elsewhere.
public struct Change: Sendable, Equatable {
    /// (after − before) ÷ |before|: 0.1 is 10 % more; nil when before is 0 or one of them is infinite.
    public let relative: Double?
    /// The 95 % interval of `relative`; nil when it can't be told.
    public let interval: ClosedRange<Double>?
    /// How often resampling alone would set the two as far apart, two-sided; nil when it can't be told.
    public let bootstrapP: Double?

    /// From the two figures and their values over independent resamples (`Bootstrap`).
    ///
    /// - Parameters:
    ///   - before, after: the figures.
    ///   - beforeOutcomes, afterOutcomes: over resamples of either group, drawn from different seeds; may be infinite.
    ///   - rows: of the smaller group, from which the interval gets its width.
    ///   - bootstrap: what the resamples were drawn with.
    public init(
        from before: Double, to after: Double, beforeOutcomes: [Double], afterOutcomes: [Double], rows: Int,
        bootstrap: Bootstrap
    ) {
        relative = Self.relative(before, after)
        let pairs = zip(beforeOutcomes, afterOutcomes).filter { $0.isFinite && $1.isFinite }
        interval = bootstrap.interval(from: pairs.compactMap(Self.relative), rows: rows)
        guard before.isFinite, after.isFinite, rows > 1, pairs.count * 2 >= bootstrap.resamples else {
            bootstrapP = nil
            return
        }
        // Counted with the figure itself, so that it is never 0 (Davison and Hinkley, 1997, section 4.2.3).
        let (below, above) = (pairs.count { $1 <= $0 }, pairs.count { $1 >= $0 })
        bootstrapP = min(1, 2 * Double(min(below, above) + 1) / Double(pairs.count + 1))
    }

    private static func relative(_ before: Double, _ after: Double) -> Double? {
        guard before != 0, before.isFinite, after.isFinite else { return nil }
        return (after - before) / abs(before)
    }
}
