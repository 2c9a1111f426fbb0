import Streaming
import Synchronization

/// The requests of one scenario and load level that nobody has taken yet.
final class IterationQueue: Sendable {
    /// One request: its number within scenario and level, and what it is for.
    struct Iteration: Sendable, Equatable {
        var index: Int
        var part: LoadPart
    }

    private struct State {
        /// Requests taken while the load rises; nil when it does no more.
        var rising: Int? = 0
        var next = 0
        /// How many were measured; nil while that is not settled.
        var measured: Int?
    }
    private let state = Mutex(State())
    private let part: LoadPart
    private let limit: LoadLimit
    private let cooldown: Int
    private let ramp: Int64
    private let firstOfRamp: Int

    /// - Parameters:
    ///   - part: what the requests within the limit are for.
    ///   - cooldown: requests behind those.
    ///   - ramp: how long the load rises before them; the requests meanwhile are warm-up, and the limit counts from its end.
    ///   - firstOfRamp: the number of the first of those: how many warm-up requests there were before.
    init(
        _ part: LoadPart, _ limit: LoadLimit, cooldown: Int = 0, ramp: Duration = .zero, firstOfRamp: Int = 0
    ) {
        self.part = part
        self.limit = limit
        self.cooldown = cooldown
        self.ramp = ramp.wholeNanoseconds
        self.firstOfRamp = firstOfRamp
    }

    /// The next one; nil when all are taken.
    ///
    /// - Parameter elapsed: nanoseconds from the level's start to that of this request.
    func take(after elapsed: Int64) -> Iteration? {
        state.withLock { state in
            if let rising = state.rising, elapsed < ramp {
                state.rising = rising + 1
                return Iteration(index: firstOfRamp + rising, part: .warmup)
            }
            state.rising = nil
            let index = state.next
            if state.measured == nil, isReached(index, elapsed - ramp) { state.measured = index }
            if let measured = state.measured, index >= measured + cooldown { return nil }
            state.next += 1
            return Iteration(index: index, part: state.measured == nil ? part : .cooldown)
        }
    }

    private func isReached(_ index: Int, _ elapsed: Int64) -> Bool {
        switch limit {
        case .count(let count): index >= count
        // One request is made in any case, however late a busy host lets it begin.
        case .duration(let duration): index > 0 && elapsed >= duration.wholeNanoseconds
        case .precision(let watch, let most, let duration):
            index >= most || watch.isReached
                || (index > 0 && duration.map { elapsed >= $0.wholeNanoseconds } ?? false)
        }
    }
}
