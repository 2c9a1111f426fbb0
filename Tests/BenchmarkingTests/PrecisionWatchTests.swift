import Events
import Testing

@testable import Benchmarking

struct PrecisionWatchTests {
    /// Samples with a wait that swings by so much of itself around 50 ms, in an order that repeats.
    private func sample(_ index: Int, swing: Double, error: ErrorClass = .none) -> InferenceSampled {
        .with {
            let wait = 50e6 * (1 + swing * [-1, 0.4, 1, -0.6, 0.2][index % 5])
            $0.startedNs = Int64(index) * 1_000_000_000
            $0.intendedStartNs = $0.startedNs
            $0.firstContentNs = $0.startedNs + Int64(wait)
            $0.endedNs = $0.firstContentNs + Int64(10 * wait)
            $0.completionTokens = 10
            $0.tokenSource = .serverUsage
            $0.error = error
        }
    }

    /// Requests that were measured until the watch had enough; `most` when it never had.
    private func requests(aim: Double, fewest: Int = 1, swing: Double, most: Int = 2_000) -> Int {
        let watch = PrecisionWatch(aim: aim, fewest: fewest, isOpenLoop: false)
        for index in 0..<most {
            if watch.isReached { return index }
            watch.add(sample(index, swing: swing))
        }
        return most
    }

    @Test func theMoreTheFiguresVaryTheMoreRequestsItTakes() {
        let steady = requests(aim: 0.02, swing: 0.005)
        let some = requests(aim: 0.02, swing: 0.05)
        let much = requests(aim: 0.02, swing: 0.2)

        #expect(steady == PrecisionWatch.fewestAnswers)
        #expect(some > steady)
        #expect(much > some)
        #expect(much < 2_000)
    }

    @Test func noFewerRequestsThanWereAskedForAreMade() {
        #expect(requests(aim: 0.02, fewest: 40, swing: 0.005) == 40)
    }

    @Test func failedRequestsAreNoFigureAndSoNeverPrecise() {
        let watch = PrecisionWatch(aim: 0.5, fewest: 1, isOpenLoop: false)
        for index in 0..<100 { watch.add(sample(index, swing: 0.1, error: .http)) }
        #expect(!watch.isReached)
    }

    @Test func theQueueEndsWithTheWatchTheCountOrTheTime() {
        func taken(_ queue: IterationQueue, after: (Int) -> Int64 = { Int64($0) }, _ watch: PrecisionWatch) -> Int {
            var count = 0
            while let iteration = queue.take(after: after(count)) {
                watch.add(sample(iteration.index, swing: 0.005))
                count += 1
            }
            return count
        }
        func watch(_ aim: Double) -> PrecisionWatch { PrecisionWatch(aim: aim, fewest: 1, isOpenLoop: false) }

        let precise = watch(0.02)
        #expect(
            taken(IterationQueue(.measured, .precision(precise, atMost: 50, within: nil), cooldown: 2), precise) == 12)
        let never = watch(0.000_001)
        #expect(taken(IterationQueue(.measured, .precision(never, atMost: 50, within: nil)), never) == 50)
        let late = watch(0.000_001)
        let second = IterationQueue(.measured, .precision(late, atMost: 50, within: .seconds(1)))
        #expect(taken(second, after: { Int64($0) * 100_000_000 }, late) == 10)
    }
}
