/// Quantiles of values that do not count alike.
public enum WeightedQuantile {
    /// The first value, in ascending order, at which the shares of the weights so far add up to `q`.
    ///
    /// Equal values count together; a weight that is not above 0 does not count. The shares are added up in floating point,
    /// one value after another, as GuideLLM (and so NumPy's `cumsum`) does: where `q` falls between two values of equal
    /// weights, the rounding of that sum decides which of them it is.
    ///
    /// - Parameters:
    ///   - q: a share from 0 to 1.
    ///   - values: without NaN, in any order.
    ///   - weights: one for each value.
    /// - Returns: nil when nothing has a weight, or a weight is infinite.
    public static func value(_ q: Double, of values: [Double], weights: [Double]) -> Double? {
        precondition(values.count == weights.count, "each value has a weight")
        let order = values.indices.filter { weights[$0] > 0 }.sorted { values[$0] < values[$1] }
        var distinct: [(value: Double, weight: Double)] = []
        for index in order {
            if let last = distinct.last, last.value == values[index] {
                distinct[distinct.count - 1].weight += weights[index]
            } else {
                distinct.append((values[index], weights[index]))
            }
        }
        let total = distinct.reduce(0) { $0 + $1.weight }
        guard total > 0, total.isFinite else { return nil }
        var share = 0.0
        for (value, weight) in distinct {
            share += weight / total
            if share >= q { return value }
        }
        // The shares may add up to a little less than 1.
        return distinct.last?.value
    }
}
