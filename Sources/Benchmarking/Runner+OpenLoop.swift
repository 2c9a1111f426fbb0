import Events
import Streaming
import Synchronization

extension Runner {
    /// Starts requests when the schedule says so, whether or not those before them have ended: a server that stalls does not
    /// slow down those who ask it (no coordinated omission).
    func openLoop(_ load: Load, rate: Double, ramp: Duration, _ queue: IterationQueue) async throws {
        let settings = plan.settings
        let places = Places(settings.maxInFlight)
        let start = MonotonicTime.now()
        let (server, pauseBefore) = (load.phase.server, load.phase.server.pause)
        try await withThrowingDiscardingTaskGroup { requests in
            for offset in starts(load, rate: rate, ramp: ramp) {
                guard await load.phase.goesOn(), let iteration = queue.take(after: offset) else { break }
                // While there was no server the schedule stood still.
                let intendedStart = start + offset + (server.pause - pauseBefore)
                let wait = intendedStart - MonotonicTime.now()
                if wait > 0 { try? await Task.sleep(for: .nanoseconds(wait), tolerance: .zero) }
                if Task.isCancelled || requests.isCancelled { break }
                begin(iteration, load)
                if places.take() {
                    requests.addTask {
                        try await withThrowingTaskGroup(of: Void.self) { records in
                            await perform(load, iteration) { asked, id, outcome in
                                // The other turns of a conversation are due when the answer before them has come.
                                let due = asked.turn ?? 0 == 0 ? intendedStart : nil
                                records.addTask {
                                    try await record(outcome, id, load, iteration, asked, intendedStart: due)
                                }
                            }
                            places.giveBack()
                            try await records.waitForAll()
                        }
                    }
                } else {
                    let sample = InferenceSampled(
                        shedAt: MonotonicTime.now(), anchor: anchor, intendedStart: intendedStart,
                        streaming: settings.streaming, maxInFlight: settings.maxInFlight)
                    requests.addTask {
                        var shed = sample
                        Exchange(load.scenario, iteration: iteration.index, settings).first.label(&shed)
                        try await record(shed, EventID.make(), load, iteration)
                    }
                }
            }
        }
    }
}

extension Runner {
    /// When the requests start, in nanoseconds from the first: as the trace has it, else by the schedule.
    private func starts(_ load: Load, rate: Double, ramp: Duration) -> AnySequence<Int64> {
        if let requests = plan.settings.trace?.requests[load.place] { return AnySequence(requests.lazy.map(\.start)) }
        return AnySequence(
            ArrivalSchedule(
                rate: rate, distribution: plan.settings.arrivals, ramp: ramp, seed: plan.settings.seed ?? 0))
    }
}

/// Room for so many requests in flight.
private final class Places: Sendable {
    private let free: Mutex<Int>

    init(_ count: Int) { free = Mutex(count) }

    /// Whether there was room for one more, which is then taken.
    func take() -> Bool {
        free.withLock { free in
            guard free > 0 else { return false }
            free -= 1
            return true
        }
    }

    func giveBack() { free.withLock { $0 += 1 } }
}
