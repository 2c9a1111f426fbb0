import Statistics
import Testing

@Suite struct ChangeTests {
    private func change(_ before: [Double], _ after: [Double]) throws -> Change {
        func outcomes(_ values: [Double], _ seed: UInt64) -> [Double] {
            var outcomes: [Double] = []
            Bootstrap(seed: seed).draw(values.count) { times in
                outcomes.append(zip(values, times).reduce(0) { $0 + $1.0 * Double($1.1) } / Double(values.count))
            }
            return outcomes
        }
        return Change(
            from: try #require(Summary.mean(before)), to: try #require(Summary.mean(after)),
            beforeOutcomes: outcomes(before, 1), afterOutcomes: outcomes(after, 2),
            rows: min(before.count, after.count),
            bootstrap: Bootstrap())
    }

    @Test func aTenthMoreIsTenPerCent() throws {
        let values = (0..<40).map { 100 + Double($0 % 5) }
        let change = try change(values, values.map { $0 * 1.1 })

        #expect(abs(try #require(change.relative) - 0.1) < 1e-12)
        #expect(try #require(change.interval).contains(0.1))
        #expect(try #require(change.interval).lowerBound > 0)
        #expect(try #require(change.bootstrapP) < 0.01)
    }

    /// Two hundred seeded pairs of the same distribution: the interval of no change holds 0 about as often as it says.
    @Test func ofTheSameThingTheIntervalHoldsNoChange() throws {
        var generator = SplitMix64(state: 3)
        var (held, called) = (0, 0)
        for _ in 0..<200 {
            let pair = (0..<2).map { _ in
                (0..<30).map { _ in 10 + (0..<12).reduce(0.0) { sum, _ in sum + generator.fraction() } }
            }
            let change = try change(pair[0], pair[1])
            if try #require(change.interval).contains(0) { held += 1 }
            if try #require(change.bootstrapP) < 0.05 { called += 1 }
        }

        #expect((180...198).contains(held), "\(held) of 200")
        #expect((2...22).contains(called), "\(called) of 200")
    }

    @Test func fromNothingThereIsNoShare() throws {
        let change = try change([0, 0, 0], [1, 2, 3])

        #expect(change.relative == nil)
        #expect(change.interval == nil)
        #expect(try #require(change.bootstrapP) < 0.01)
    }
}
