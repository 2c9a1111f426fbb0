import Synchronization

/// Requests that begin together, and of which no answer ends before each has a connection, or has failed to get one.
///
/// A quick server has answered the first before the second is looked at, which would then go over the same connection.
final class Gathering: Sendable {
    private struct State {
        var waiting: [Transfer] = []
        var unconnected: Int
        var held: [Transfer] = []
    }
    private let count: Int
    private let state: Mutex<State>

    init(_ count: Int) {
        self.count = count
        state = Mutex(State(unconnected: count))
    }

    /// Adds one; gives all of them when it is the last, else none.
    func add(_ transfer: Transfer) -> [Transfer] {
        transfer.gathering = self
        return state.withLock { state in
            state.waiting.append(transfer)
            guard state.waiting.count == count else { return [] }
            defer { state.waiting = [] }
            return state.waiting
        }
    }

    /// Takes note that one of them has a connection or will never have one.
    func settle() { state.withLock { $0.unconnected -= 1 } }

    var isSettled: Bool { state.withLock { $0.unconnected == 0 } }

    /// Whether that one's answer has to wait; `takeHeld` gives those that had to.
    func holds(_ transfer: Transfer) -> Bool {
        state.withLock { state in
            guard state.unconnected > 0 else { return false }
            state.held.append(transfer)
            return true
        }
    }

    func takeHeld() -> [Transfer] {
        state.withLock { state in
            defer { state.held = [] }
            return state.held
        }
    }
}
