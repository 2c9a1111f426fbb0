import Events
import Streaming
import Synchronization

extension Runner {
    /// Starts requests when the schedule says so, whether or not those before them have ended: a server that stalls does not
    /// slow down those who ask it (no coordinated omission).
    func openLoop(_ load: Load, rate: Double, _ queue: IterationQueue, _ tally: Tally) async throws {
        let settings = plan.settings
        let schedule = ArrivalSchedule(rate: rate, distribution: settings.arrivals, seed: settings.seed ?? 0)
        let places = Places(settings.maxInFlight)
        let start = MonotonicTime.now()
        try await withThrowingDiscardingTaskGroup { requests in
            for offset in schedule {
                guard let iteration = queue.take(after: offset) else { break }
                let intendedStart = start + offset
                let wait = intendedStart - MonotonicTime.now()
                if wait > 0 { try? await Task.sleep(for: .nanoseconds(wait), tolerance: .zero) }
                if Task.isCancelled || requests.isCancelled { break }
                begin(iteration, load)
                if places.take() {
                    requests.addTask {
                        let (id, outcome) = await perform(load)
                        places.giveBack()
                        try await record(outcome, id, load, iteration, intendedStart: intendedStart, tally)
                    }
                } else {
                    let sample = InferenceSampled(
                        shedAt: MonotonicTime.now(), anchor: anchor, intendedStart: intendedStart,
                        streaming: settings.streaming, maxInFlight: settings.maxInFlight)
                    requests.addTask { try await record(sample, EventID.make(), load, iteration, tally) }
                }
            }
        }
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
