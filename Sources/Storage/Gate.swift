import Foundation

/// Counts the transactions that are open, so that the map is only moved, unmapped or opened anew when there are none.
///
/// A thread may hold several (a read inside a write), so one that holds any is let in even while others are kept waiting:
/// else it would wait for itself. A transaction therefore ends on the thread that it began on.
final class Gate: Sendable {
    private let condition = Monitor()
    // Guarded by `condition`.
    nonisolated(unsafe) private var open = 0
    nonisolated(unsafe) private var openByThread: [pthread_t: Int] = [:]
    nonisolated(unsafe) private var waitingForQuiet = 0
    /// The thread that has the store to itself.
    nonisolated(unsafe) private var owner: pthread_t?
    nonisolated(unsafe) private var isClosed = false

    /// False once the store has been closed.
    var isOpen: Bool { condition.withLock { !isClosed } }

    /// Whether this thread holds a transaction.
    var isHeldByThisThread: Bool { condition.withLock { openByThread[pthread_self()] != nil } }

    /// False once the store has been closed.
    func enter() -> Bool {
        let thread = pthread_self()
        return condition.withLock {
            while isKeptWaiting(thread) && !isClosed { condition.wait() }
            if isClosed { return false }
            open += 1
            openByThread[thread, default: 0] += 1
            return true
        }
    }

    func leave() {
        let thread = pthread_self()
        condition.withLock {
            open -= 1
            let own = (openByThread[thread] ?? 1) - 1
            openByThread[thread] = own > 0 ? own : nil
            if open == 0 { condition.broadcast() }
        }
    }

    /// Called with the lock held.
    private func isKeptWaiting(_ thread: pthread_t) -> Bool {
        if let owner { return owner != thread }
        return waitingForQuiet > 0 && openByThread[thread] == nil
    }

    /// Runs `body` while no transaction of another thread is open and none can begin; false when that moment did not come in
    /// time, and at once when this thread holds one itself. `body` may begin transactions and ends them.
    ///
    /// Threads that hold none wait meanwhile, or a busy store would never become quiet.
    func whenQuiet(within limit: TimeInterval, _ body: () -> Void) -> Bool {
        guard becomeOwner(within: limit) else { return false }
        body()
        condition.withLock {
            owner = nil
            condition.broadcast()
        }
        return true
    }

    private func becomeOwner(within limit: TimeInterval) -> Bool {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(limit)
        return condition.withLock {
            guard openByThread[pthread_self()] == nil else { return false }
            waitingForQuiet += 1
            defer {
                waitingForQuiet -= 1
                condition.broadcast()
            }
            while open > 0 || owner != nil, !isClosed, clock.now < deadline {
                condition.wait(for: (deadline - clock.now) / .seconds(1))
            }
            guard open == 0, owner == nil, !isClosed else { return false }
            owner = pthread_self()
            return true
        }
    }

    /// Bars new transactions, waits for the open ones to end and runs `body`, once.
    func close(_ body: () -> Void) {
        condition.withLock {
            guard !isClosed else { return }
            isClosed = true
            condition.broadcast()
            while open > 0 || owner != nil { condition.wait() }
            body()
        }
    }
}
