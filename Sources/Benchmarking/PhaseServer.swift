import Events
import Orchestrator
import Streaming
import Synchronization

/// The server of one phase: where it is now, and whether it still answers.
///
/// Requests that fail because nobody answers are told from those that a server refuses: after a few of them in a row it is
/// asked for its health. A server that is gone is started again, while the phase's requests wait, or the phase ends.
final class PhaseServer: Sendable {
    /// Requests in a row that found no server, after which it is asked whether it is still there.
    static let patience = 3

    private enum Condition {
        case answering
        /// Requests in a row found nobody; whether the server is gone is being found out.
        case doubtful
        /// It is being started again since then; requests wait.
        case starting(since: Int64, waiting: [CheckedContinuation<Void, Never>])
        /// It is gone for good, for this reason.
        case gone(String)
    }

    private struct State {
        var place: RunServers.Place
        var process: Int32?
        var failuresInARow = 0
        var condition = Condition.answering
        var pause: Int64 = 0
    }
    private let state: Mutex<State>

    init(_ place: RunServers.Place, _ process: Int32?) {
        state = Mutex(State(place: place, process: process))
    }

    var place: RunServers.Place { state.withLock { $0.place } }
    var backend: any Backend { place.backend }
    /// Its number on this host; nil when it is not here, or not found.
    var process: Int32? { state.withLock { $0.process } }
    /// How long the phase's requests had to wait for the server to be started again; nanoseconds in all.
    var pause: Int64 { state.withLock { $0.pause } }
    /// Why there is no server any more; nil while there is one.
    var reasonGone: String? {
        state.withLock { if case .gone(let reason) = $0.condition { reason } else { nil } }
    }

    /// Waits while the server is being started again.
    ///
    /// - Returns: whether requests can be sent to it.
    func isReady() async -> Bool {
        await withCheckedContinuation { continuation in
            let waits = state.withLock { state in
                guard case .starting(let since, let waiting) = state.condition else { return false }
                state.condition = .starting(since: since, waiting: waiting + [continuation])
                return true
            }
            if !waits { continuation.resume() }
        }
        return reasonGone == nil
    }

    /// Takes note of how a request ended.
    ///
    /// - Returns: whether it is now for the caller to find out if the server is still there.
    func take(_ error: ErrorClass) -> Bool {
        state.withLock { state in
            switch error {
            case .connect, .protocol, .truncated: state.failuresInARow += 1
            case .none, .http, .streamError: state.failuresInARow = 0
            // Neither a server that is slow nor a request that was not sent says anything.
            default: break
            }
            guard case .answering = state.condition, state.failuresInARow >= Self.patience else { return false }
            state.condition = .doubtful
            return true
        }
    }

    /// It answers after all.
    func answers() {
        state.withLock { ($0.condition, $0.failuresInARow) = (.answering, 0) }
    }

    /// Has requests wait from now on.
    func startsAgain() {
        state.withLock { $0.condition = .starting(since: MonotonicTime.now(), waiting: []) }
    }

    /// It answers again, where it is now: what waited goes on.
    func isBack(at place: RunServers.Place) {
        let process = ServerProcess(of: place.backend).id
        end { state in
            (state.place, state.process) = (place, process)
            (state.condition, state.failuresInARow) = (.answering, 0)
        }
    }

    /// It will not answer any more: what waited is not sent.
    func isGone(_ reason: String) { end { $0.condition = .gone(reason) } }

    private func end(_ change: (inout State) -> Void) {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            var waiting: [CheckedContinuation<Void, Never>] = []
            if case .starting(let since, let others) = state.condition {
                waiting = others
                state.pause += MonotonicTime.now() - since
            }
            change(&state)
            return waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
