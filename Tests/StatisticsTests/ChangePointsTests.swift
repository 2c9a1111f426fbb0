import Statistics
import Testing

@Suite struct ChangePointsTests {
    @Test func aSeriesOfThreeLevelsChangesTwice() {
        let series = [10.1, 9.9, 10.0, 10.2, 9.8, 12.1, 12.0, 11.9, 12.2, 12.1, 9.0, 9.1, 8.9, 9.0]

        #expect(ChangePoints().find(in: series) == [5, 10])
    }

    @Test func oneLevelDoesNotChange() {
        var generator = SplitMix64(state: 11)
        var found = 0
        for _ in 0..<40 {
            let series = (0..<24).map { _ in 100 + generator.fraction() }
            if !ChangePoints().find(in: series).isEmpty { found += 1 }
        }

        #expect(found <= 6, "\(found) of 40 series of one level")
    }

    @Test func aSlowerLevelIsFoundThroughNoiseOfHalfItsStep() {
        var generator = SplitMix64(state: 12)
        let series = (0..<40).map { ($0 < 25 ? 100 : 110) + 10 * (generator.fraction() - 0.5) }

        let changes = ChangePoints().find(in: series)

        #expect(changes.count == 1)
        #expect((23...27).contains(changes.first ?? 0), "\(changes)")
    }

    @Test(arguments: [[], [1], [1, 2, 3, 4, 5], [7, 7, 7, 7, 7, 7, 7, 7]] as [[Double]])
    func tooFewOrEqualFiguresDoNotChange(_ series: [Double]) {
        #expect(ChangePoints().find(in: series).isEmpty)
    }
}
