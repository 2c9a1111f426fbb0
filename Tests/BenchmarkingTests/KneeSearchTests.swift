import Testing

@testable import Benchmarking

struct KneeSearchTests {
    /// Carries a search out on a server that keeps the objective up to some load, and answers no more than so many requests per
    /// second.
    private func search(
        over: Sweep.Over, levels: Int = 30, singleRate: Double = 2, keepsUpTo knee: Double, capacity: Double = .infinity
    ) -> (levels: [LoadLevel], end: KneeSearch.End?) {
        var search = KneeSearch(Sweep(over: over, objective: Objective(ttft: .seconds(1)), levels: levels))
        var measured: [LoadLevel] = []
        while let level = search.next {
            measured.append(level)
            let (load, answers) =
                switch level {
                case .concurrency(let streams): (Double(streams), Double(streams) * singleRate)
                case .rate(let rate): (rate, rate)
                }
            // What a search over rates begins with is no rate.
            let isKept = over == .rate && level == .concurrency(1) ? knee > 0 : load <= knee
            search.take(
                LevelResult(
                    level: level, requests: 100, good: isKept ? 95 : 94, answersPerSecond: min(answers, capacity)))
        }
        return (measured, search.end)
    }

    @Test func streamsAreDoubledAndThenDividedDownToTheLastOne() {
        let found = search(over: .concurrency, keepsUpTo: 11)

        #expect(found.levels == [1, 2, 4, 8, 16, 11, 13, 12].map { .concurrency($0) })
        #expect(
            found.end
                == .init(
                    knee: .concurrency(11), reason: "The objective was kept at 11 streams, but not at 12 streams."))
    }

    @Test func ratesBeginWithThatOfOneRequestAtATime() throws {
        let found = search(over: .rate, singleRate: 3, keepsUpTo: 10)

        #expect(found.levels.prefix(4) == [.concurrency(1), .rate(3), .rate(6), .rate(12)])
        #expect(found.levels[4] == .rate(8.49))
        guard case .rate(let knee)? = found.end?.knee else {
            Issue.record("no knee: \(String(describing: found.end))")
            return
        }
        #expect(knee <= 10)
        #expect(knee * 1.05 >= 10)
        #expect(Set(found.levels).count == found.levels.count)
    }

    @Test func aRateThatIsTooMuchIsHalved() {
        let found = search(over: .rate, singleRate: 4, keepsUpTo: 0.6)

        #expect(found.levels.prefix(5) == [.concurrency(1), .rate(4), .rate(2), .rate(1), .rate(0.5)])
        #expect(found.end?.knee == .rate(0.595))
    }

    @Test(arguments: Sweep.Over.allCases)
    func whereNotEvenOneRequestKeepsToItThereIsNoKnee(over: Sweep.Over) {
        let found = search(over: over, keepsUpTo: 0)

        #expect(found.levels == [.concurrency(1)])
        #expect(
            found.end
                == .init(
                    knee: nil, reason: "Not even one request at a time kept to the objective: 94 of 100 did."))
    }

    @Test func loadThatBringsNoMoreAnswersEndsIt() {
        let found = search(over: .concurrency, keepsUpTo: .infinity, capacity: 8)

        #expect(found.levels == [1, 2, 4, 8].map { .concurrency($0) })
        #expect(found.end?.knee == .concurrency(8))
        #expect(
            found.end?.reason
                == "The objective was kept at 8 streams. More load brings no more answers: 8/s at 8 streams, 8/s at 4 streams."
        )
    }

    @Test func noMoreLevelsAreMeasuredThanAllowed() {
        let found = search(over: .concurrency, levels: 6, keepsUpTo: 11)

        #expect(found.levels.count == 6)
        #expect(found.end?.knee == .concurrency(11))
        #expect(
            found.end?.reason
                == "The objective was kept at 11 streams, but not at 16 streams. No more levels were allowed.")
    }

    @Test func theMostThatCanBeAskedForEndsIt() {
        let found = search(over: .concurrency, keepsUpTo: .infinity)

        #expect(found.end?.knee == .concurrency(1_024))
        #expect(
            found.end?.reason
                == "The objective was kept at 1024 streams. 1024 streams is the most that can be asked for.")
    }
}
