import Statistics
import Testing

@Suite struct QuantileTests {
    private static let ten: [Double] = [15, 20, 35, 40, 50, 55, 60, 70, 80, 90]

    @Test(arguments: [
        (Quantile.nearestRank, 0.0, 15.0), (.nearestRank, 0.05, 15), (.nearestRank, 0.3, 35), (.nearestRank, 0.5, 50),
        (.nearestRank, 0.95, 90), (.nearestRank, 1, 90),
        (.linear, 0, 15), (.linear, 0.25, 36.25), (.linear, 0.5, 52.5), (.linear, 0.95, 85.5), (.linear, 1, 90),
        (.upperMedian, 0.5, 55),
        (.floorRank, 0, 15), (.floorRank, 0.5, 55), (.floorRank, 0.95, 90), (.floorRank, 1, 90),
        (.inverseCDF, 0, 15), (.inverseCDF, 0.3, 35), (.inverseCDF, 0.31, 40), (.inverseCDF, 1, 90),
    ])
    func tenValuesGiveTheQuantileOfEachMethod(_ method: Quantile, _ share: Double, _ expected: Double) throws {
        #expect(abs(try #require(method.value(share, of: Self.ten)) - expected) < 1e-12)
    }

    @Test func floatingPointMovesTheNearestRankButNotTheInverseCDF() {
        let hundred = (1...100).map(Double.init)

        #expect(Quantile.nearestRank.value(0.07, of: hundred) == 8)
        #expect(Quantile.inverseCDF.value(0.07, of: hundred) == 7)
    }

    @Test(arguments: Quantile.allCases)
    func everyMethodTakesNothingAndOneValue(_ method: Quantile) {
        #expect(method.value(0.5, of: []) == nil)
        #expect(method.value(0, of: [3]) == 3)
        #expect(method.value(0.5, of: [3]) == 3)
        #expect(method.value(1, of: [3]) == 3)
    }

    @Test func onAnInfiniteValueAQuantileIsInfinite() {
        let values: [Double] = [1, 2, .infinity, .infinity]

        #expect(Quantile.linear.value(0, of: values) == 1)
        #expect(Quantile.linear.value(1.0 / 3, of: values) == 2)
        #expect(Quantile.linear.value(0.5, of: values) == .infinity)
        #expect(Quantile.linear.value(0.9, of: values) == .infinity)
        #expect(Quantile.linear.value(1, of: values) == .infinity)
    }

    @Test func theMethodsDifferOnFiveValues() {
        let five: [Double] = [1, 2, 3, 4, 100]

        #expect(Quantile.nearestRank.value(0.95, of: five) == 100)
        #expect(Quantile.linear.value(0.75, of: five) == 4)
        #expect(Quantile.upperMedian.value(0.5, of: five) == 3)
        #expect(Quantile.upperMedian.value(0.5, of: [1, 2, 3, 4]) == 3)
    }
}
