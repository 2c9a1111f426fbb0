import Events
import Foundation
import Testing

@testable import Benchmarking
@testable import Streaming

/// What becomes of an outcome in the sample that is kept.
struct SampleOfOutcomeTests {
    /// A stream whose reads brought so many events each, stamped by these clocks.
    private func outcome(_ reads: [(events: Int, clock: ArrivalClock)]) -> StreamOutcome {
        var body: [UInt8] = []
        var arrivals: [StreamArrival] = []
        for (index, read) in reads.enumerated() {
            let start = body.count
            for _ in 0..<read.events { body += Array("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n".utf8) }
            arrivals.append(
                StreamArrival(at: Int64(index + 1) * 1_000_000, bytes: start..<body.count, clock: read.clock))
        }
        return StreamOutcome(
            status: 200, contentType: "text/event-stream", framing: .serverSentEvents, body: body, arrivals: arrivals)
    }

    private func sample(_ outcome: StreamOutcome, refill: Int64? = nil) -> InferenceSampled {
        InferenceSampled(outcome, anchor: RunAnchor(), refill: refill, streaming: true, keepOutput: false)
    }

    @Test(
        arguments: [
            ([1, 1, 1], []), ([1, 3, 1, 1, 2], [1, 3, 2, 2]), ([2, 2], [0, 2, 0, 2]), ([], []), ([4], [0, 4]),
        ] as [([Int], [UInt64])])
    func readsThatBroughtSeveralChunksAreMarked(events: [Int], runs: [UInt64]) {
        let sample = sample(outcome(events.map { ($0, .kernel) }))

        #expect(Varints.decode(sample.sharedReadRuns) == runs)
        #expect(sample.sharedReads == runs.count / 2)
        #expect(sample.contentChunks == events.reduce(0) { $0 + UInt64($1) })
    }

    @Test(
        arguments: [
            ([.kernel, .kernel, .kernel], .kernel, 0), ([.kernel, .user, .kernel], .kernel, 1),
            ([.user, .kernel, .kernel], .user, 0), ([.kernel, .kernel, .user], .user, 0), ([], .user, 0),
        ] as [([ArrivalClock], StampClock, UInt64)])
    func theClockIsTheKernelsWhenBothEndsAre(clocks: [ArrivalClock], clock: StampClock, others: UInt64) {
        let sample = sample(outcome(clocks.map { (1, $0) }))

        #expect(sample.clock == clock && sample.userStampedChunks == others)
    }

    @Test func whatTheClientLostIsKept() {
        var outcome = outcome([(1, .kernel)])
        outcome.readDelay.add(40_000)
        outcome.readDelay.add(60_000)
        outcome.loopLag = 70_000
        outcome.phases = ConnectionPhases()
        outcome.phases?.connected = 12_000

        let sample = sample(outcome, refill: 5_000)

        #expect(sample.client.reads == 2 && sample.client.readDelaySumNs == 100_000)
        #expect(sample.client.readDelayMaxNs == 60_000 && sample.client.loopLagMaxNs == 70_000)
        #expect(sample.client.refillNs == 5_000)
        #expect(sample.connection.connectNs == 12_000 && !sample.connection.hasNameLookupNs)
    }

    @Test func whatIsNotKnownIsNotKept() {
        let sample = sample(outcome([(1, .user)]))

        #expect(!sample.hasConnection && !sample.client.hasRefillNs && !sample.client.hasLoopLagMaxNs)
    }
}
