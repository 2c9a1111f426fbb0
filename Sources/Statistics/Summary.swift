/// One-number summaries of values without NaN. Each gives nil when there are too few values to have one.
public enum Summary {
    /// The sum in order of the values; nil of nothing, since nothing measured is not zero.
    public static func sum(_ values: UnsafeBufferPointer<Double>) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +)
    }

    /// The arithmetic mean: sum ÷ count.
    public static func mean(_ values: UnsafeBufferPointer<Double>) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    /// The sample standard deviation (n − 1), in two passes; nil for fewer than two values.
    public static func standardDeviation(_ values: UnsafeBufferPointer<Double>) -> Double? {
        guard values.count > 1, let mean = mean(values) else { return nil }
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / Double(values.count - 1)).squareRoot()
    }

    /// The mean of what is left when the lowest and the highest `fraction` of the values are cut off.
    ///
    /// `floor(fraction·n)` values go at each end, as in SciPy's `trim_mean`.
    ///
    /// - Parameters:
    ///   - fraction: at least 0 and less than 0.5.
    ///   - sorted: ascending.
    public static func trimmedMean(_ fraction: Double, of sorted: UnsafeBufferPointer<Double>) -> Double? {
        precondition(fraction >= 0 && fraction < 0.5, "a trimmed fraction is at least 0 and less than one half")
        let cut = Int(fraction * Double(sorted.count))
        return mean(UnsafeBufferPointer(rebasing: sorted[cut..<(sorted.count - cut)]))
    }
}

// The same of arrays.
extension Summary {
    public static func sum(_ values: [Double]) -> Double? { values.withUnsafeBufferPointer { sum($0) } }

    public static func mean(_ values: [Double]) -> Double? { values.withUnsafeBufferPointer { mean($0) } }

    public static func standardDeviation(_ values: [Double]) -> Double? {
        values.withUnsafeBufferPointer { standardDeviation($0) }
    }

    public static func trimmedMean(_ fraction: Double, of sorted: [Double]) -> Double? {
        sorted.withUnsafeBufferPointer { trimmedMean(fraction, of: $0) }
    }
}
