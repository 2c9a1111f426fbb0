import Events
import Testing

@testable import Benchmarking

struct ObjectiveTests {
    /// 100 ms to the first content of 11 tokens, 10 ms each; sent 5 ms after its start, which was 50 ms late.
    private func sample(_ change: (inout InferenceSampled) -> Void = { _ in }) -> InferenceSampled {
        var sample = InferenceSampled.with {
            $0.intendedStartNs = 1_000_000_000
            $0.startedNs = 1_050_000_000
            $0.sentNs = 1_055_000_000
            $0.firstContentNs = 1_155_000_000
            $0.lastContentNs = 1_255_000_000
            $0.endedNs = 1_300_000_000
            $0.tokenSource = .serverUsage
            $0.completionTokens = 11
            $0.contentChunks = 2
        }
        change(&sample)
        return sample
    }

    @Test(arguments: [
        (Objective(ttft: .milliseconds(100)), true), (Objective(ttft: .milliseconds(99)), false),
        (Objective(tpot: .milliseconds(10)), true), (Objective(tpot: .milliseconds(9)), false),
        (Objective(latency: .milliseconds(200)), true), (Objective(latency: .milliseconds(199)), false),
        (Objective(ttft: .milliseconds(100), latency: .milliseconds(199)), false), (Objective(), true),
    ])
    func everyLimitCountsFromTheRequestSent(objective: Objective, isKept: Bool) {
        #expect(objective.isKept(by: sample()) == isKept)
    }

    @Test func inAnOpenLoopTimesCountFromTheIntendedStart() {
        let late = sample { $0.rateMillionths = 1_000_000 }

        #expect(!Objective(ttft: .milliseconds(154)).isKept(by: late))
        #expect(Objective(ttft: .milliseconds(155), latency: .milliseconds(255)).isKept(by: late))
    }

    @Test func whatFailedOrCannotBeToldIsNotKept() {
        #expect(!Objective().isKept(by: sample { $0.error = .timeout }))
        #expect(!Objective().isKept(by: sample { $0.error = .shed }))
        #expect(!Objective(ttft: .seconds(9)).isKept(by: sample { $0.clearFirstContentNs() }))
        #expect(!Objective(tpot: .seconds(9)).isKept(by: sample { $0.completionTokens = 0 }))
        #expect(Objective(tpot: .nanoseconds(1)).isKept(by: sample { $0.completionTokens = 1 }))
    }

    @Test func tokensThatTheServerDidNotCountAreChunks() {
        let uncounted = sample {
            $0.tokenSource = .chunks
            $0.clearCompletionTokens()
        }

        #expect(Objective(tpot: .milliseconds(100)).isKept(by: uncounted))
        #expect(!Objective(tpot: .milliseconds(99)).isKept(by: uncounted))
    }

    @Test func aLevelKeepsToItWhenTheShareOfItsRequestsDoes() {
        let result = LevelResult(level: .concurrency(1), requests: 20, good: 19, answersPerSecond: 1)

        #expect(result.keeps(Objective(share: 0.95)))
        #expect(!result.keeps(Objective(share: 0.96)))
        #expect(!LevelResult(level: .concurrency(1), requests: 0, good: 0).keeps(Objective()))
    }

    @Test func answersPerSecondAreThoseOfTheMeasuredRequests() {
        func answers(_ level: LoadLevel) -> Double? {
            let score = LevelScore(level, Objective())
            for second in 0..<4 as Range<Int64> {
                score.add(
                    .with {
                        $0.warmup = second == 0
                        $0.startedNs = second * 1_000_000_000
                        $0.endedNs = $0.startedNs + 2_000_000_000
                    })
            }
            #expect(score.result.requests == 3)
            return score.result.answersPerSecond
        }

        // Three in the four seconds from the first start; three that ended a second apart.
        #expect(answers(.concurrency(2)) == 0.75)
        #expect(answers(.rate(1)) == 1)
    }
}

/// Answers of an open loop of ten a second, each so many ms after it was meant to start.
private func answers(_ latencies: [Int64]) -> [(start: Int64, end: Int64)] {
    latencies.enumerated().map {
        (Int64($0.offset) * 100_000_000, Int64($0.offset) * 100_000_000 + $0.element * 1_000_000)
    }
}

struct QueueGrowthTests {
    @Test func aQueueThatGrowsIsTold() {
        #expect(QueueGrowth.isSeen(in: answers((0..<40).map { 80 + 20 * $0 })))
        #expect(QueueGrowth.isSeen(in: answers((0..<40).map { 80 + 20 * $0 }).shuffled()))
    }

    @Test func aQueueThatIsOnlyLongIsNone() {
        #expect(!QueueGrowth.isSeen(in: answers((0..<40).map { 800 + $0 % 7 })))
        #expect(!QueueGrowth.isSeen(in: answers((0..<40).map { 1 + $0 / 10 })))
        #expect(!QueueGrowth.isSeen(in: answers((0..<19).map { 80 + 50 * $0 })))
        #expect(!QueueGrowth.isSeen(in: []))
    }

    @Test func aLevelWithAGrowingQueueIsNotKept() {
        var result = LevelResult(level: .rate(10), requests: 40, good: 40)
        #expect(result.keeps(Objective()))
        result.queueGrew = true
        #expect(!result.keeps(Objective()))
    }
}
