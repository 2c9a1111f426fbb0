import Statistics
import Testing

@Suite struct SummaryTests {
    @Test func summariesOfEightValuesAreTheOnesOfTheTextbook() throws {
        let values: [Double] = [2, 4, 4, 4, 5, 5, 7, 9]

        #expect(Summary.sum(values) == 40)
        #expect(Summary.mean(values) == 5)
        #expect(abs(try #require(Summary.standardDeviation(values)) - (32.0 / 7).squareRoot()) < 1e-15)
        #expect(Summary.trimmedMean(0.25, of: values) == 4.5)
        #expect(Summary.trimmedMean(0, of: values) == 5)
    }

    @Test func summariesOfNothingAreNil() {
        #expect(Summary.sum([]) == nil)
        #expect(Summary.mean([]) == nil)
        #expect(Summary.standardDeviation([1]) == nil)
        #expect(Summary.trimmedMean(0.1, of: []) == nil)
    }
}
