/// Benjamini and Hochberg's correction (1995) for looking at many comparisons at once: of those called changed, at most the
/// chosen share are so by chance. Of twenty comparisons of the same thing, one would otherwise seem changed.
public enum FalseDiscovery {
    /// The p-values, adjusted so that each can be held against the level by itself, in their order. The same as SciPy's
    /// `false_discovery_control`.
    ///
    /// - Parameter values: p-values, from 0 to 1.
    public static func adjusted(_ values: [Double]) -> [Double] {
        var result = values
        var least = 1.0
        let ascending = values.indices.sorted { values[$0] < values[$1] }
        for (place, index) in ascending.enumerated().reversed() {
            least = min(least, values[index] * Double(values.count) / Double(place + 1))
            result[index] = least
        }
        return result
    }
}
