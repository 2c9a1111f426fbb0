import Testing

@testable import Benchmarking

struct ProgressPacingTests {
    @Test func progressIsTakenOnceASecond() {
        let start = ContinuousClock.now
        var pacing = ProgressPacing(from: start)

        let taken = (1...40).filter { pacing.takes(start + .milliseconds(100 * $0)) }

        #expect(taken == [10, 20, 30, 40])
    }

    @Test func aLongSilenceIsNotMadeUpFor() {
        let start = ContinuousClock.now
        var pacing = ProgressPacing(from: start)

        let taken = [10_000, 10_900, 11_000].map { pacing.takes(start + .milliseconds($0)) }

        #expect(taken == [true, false, true])
    }
}
