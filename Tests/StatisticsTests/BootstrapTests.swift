import Testing

@testable import Statistics

@Suite struct BootstrapTests {
    @Test func theSameSeedGivesTheSameInterval() throws {
        let values: [Double] = [12, 15, 11, 19, 14, 13, 18, 16]

        let first = Bootstrap(seed: 7).interval(of: values, statistic: Summary.mean)
        let second = Bootstrap(seed: 7).interval(of: values, statistic: Summary.mean)
        let other = Bootstrap(seed: 8).interval(of: values, statistic: Summary.mean)

        #expect(first == second)
        #expect(first != other)
        #expect(try #require(first).contains(14.75))
    }

    @Test func theGeneratorGivesThePublishedNumbers() {
        var generator = SplitMix64(state: 1_234_567)

        #expect(generator.next() == 6_457_827_717_110_365_317)
        #expect(generator.next() == 3_203_168_211_198_807_973)
    }

    @Test func tooFewValuesHaveNoInterval() {
        #expect(Bootstrap().interval(of: [1], statistic: Summary.mean) == nil)
        #expect(Bootstrap().interval(of: [1, 2], statistic: { _ in nil }) == nil)
    }

    /// A percentile interval of a mean of 50 covers a little less than it says; 400 seeded draws tell 95 % from 90 %.
    @Test func theIntervalOfAMeanCoversTheTruthAboutAsOftenAsItSays() throws {
        var generator = SplitMix64(state: 99)
        var covered = 0
        for _ in 0..<400 {
            let values = (0..<50).map { _ in (0..<12).reduce(0.0) { sum, _ in sum + generator.share() } }
            let interval = try #require(
                Bootstrap(resamples: 300, seed: generator.next()).interval(of: values, statistic: Summary.mean))
            if interval.contains(6) { covered += 1 }
        }

        #expect((0.91...0.98).contains(Double(covered) / 400))
    }

    /// Five values, as a run has by default: the plain percentiles cover 80 % here, the expanded ones about what they say.
    @Test func ofFewValuesTheIntervalIsAsWideAsItMustBe() throws {
        var generator = SplitMix64(state: 5)
        var covered = 0
        for _ in 0..<200 {
            let values = (0..<5).map { _ in (0..<12).reduce(0.0) { sum, _ in sum + generator.share() } }
            let interval = try #require(
                Bootstrap(resamples: 400, seed: generator.next()).interval(of: values, statistic: Summary.mean))
            if interval.contains(6) { covered += 1 }
        }

        #expect((0.86...0.98).contains(Double(covered) / 200), "\(covered) of 200")
    }

    @Test func theEndsLieWhereStudentsTWouldHaveThem() {
        // Tables of the 97.5th percentile.
        for (freedom, published) in [(2.0, 4.303), (4, 2.776), (9, 2.262), (29, 2.045), (999, 1.962)] {
            #expect(abs(Bootstrap.studentT(freedom) / published - 1) < 0.01, "\(freedom)")
        }
        #expect(abs(Bootstrap.tail(rows: 100_000) - 0.025) < 1e-5)
        #expect(Bootstrap.tail(rows: 5) < 0.0015)
    }

    @Test func manyRowsAreDrawnLessOften() {
        #expect(Bootstrap(rows: 5).resamples == 2_000)
        #expect(Bootstrap(rows: 1_000).resamples == 2_000)
        #expect(Bootstrap(rows: 4_000).resamples == 500)
        #expect(Bootstrap(rows: 1_000_000).resamples == 200)
    }

    @Test func everyResampleHasAsManyRows() {
        var rows: Set<Int> = []
        Bootstrap(resamples: 100).draw(7) { times in
            #expect(times.count == 7 && times.reduce(0, +) == 7)
            rows.formUnion(times.indices.filter { times[$0] > 0 })
        }
        #expect(rows == Set(0..<7))
    }
}

extension SplitMix64 {
    fileprivate mutating func share() -> Double { Double(next() >> 11) * 0x1p-53 }
}
