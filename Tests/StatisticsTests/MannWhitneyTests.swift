import Statistics
import Testing

/// Expected p-values: SciPy 1.17.1, `mannwhitneyu(a, b)`.
@Suite struct MannWhitneyTests {
    static let a = [92.0, 86.8, 97.5, 104.2, 111.4, 101.1, 94.5, 92.2, 107.5, 116.3, 102.7, 87.7]
    static let b = [82.4, 108, 94, 74.7, 91.2, 80.4, 85.7, 87.1, 84.9, 97.5, 91.4, 86.1, 96.1, 100.3, 75.6]

    static let examples: [(a: [Double], b: [Double], p: Double)] = [
        // Few values without ties: exact.
        ([19.0, 22, 16, 29, 24], [20.0, 11, 17, 12], 0.1111111111111111),
        ([1, 2, 3, 4, 5, 6, 7, 8.5], [2.5, 3.5, 9, 10, 11, 12, 13], 0.054079254079254076),
        // A value in both groups: by the normal distribution.
        (a, b, 0.008405491328307492),
        ([1, 2, 2, 3, 3, 3, 4, 5, 5, 9], [2, 3, 3, 4, 4, 5, 6, 6, 7, 8, 8], 0.12577454728349594),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [11, 12, 13, 14, 15, 16, 17, 18, 19, 20], 0.00018267179110955002),
        ([1, 1, 1], [1, 1, 1], 1),
    ]

    @Test(arguments: examples)
    func theValueIsThatOfSciPy(example: (a: [Double], b: [Double], p: Double)) throws {
        #expect(abs(try #require(MannWhitney.pValue(example.a, example.b)) - example.p) < 1e-12)
        #expect(abs(try #require(MannWhitney.pValue(example.b, example.a)) - example.p) < 1e-12)
    }

    @Test func anEmptyGroupHasNoValue() {
        #expect(MannWhitney.pValue([], [1, 2]) == nil)
    }

    /// SciPy: `false_discovery_control([0.01, 0.02, 0.03, 0.04, 0.05])` and of the second list.
    @Test func manyComparisonsAreHeldAgainstAStricterLevel() {
        let even = FalseDiscovery.adjusted([0.01, 0.02, 0.03, 0.04, 0.05])
        let mixed = FalseDiscovery.adjusted([0.8, 0.001, 0.04, 0.03])

        #expect(even.allSatisfy { abs($0 - 0.05) < 1e-15 })
        for (found, expected) in zip(mixed, [0.8, 0.004, 0.05333333333333333, 0.05333333333333333]) {
            #expect(abs(found - expected) < 1e-15)
        }
        #expect(FalseDiscovery.adjusted([]).isEmpty)
    }
}
