import Foundation

/// Counts the transactions that are open, so that the map is only moved or unmapped when there are none.
///
/// A thread may hold several (a read inside a write), so waiting for quiet never bars new ones: it would wait for itself.
final class Gate: Sendable {
    private let condition = NSCondition()
    // Guarded by `condition`.
    nonisolated(unsafe) private var open = 0
    nonisolated(unsafe) private var isClosed = false

    /// False once the store has been closed.
    func enter() -> Bool {
        condition.withLock {
            if isClosed { return false }
            open += 1
            return true
        }
    }

    func leave() {
        condition.withLock {
            open -= 1
            if open == 0 { condition.broadcast() }
        }
    }

    /// Runs `body` while no transaction is open and none can begin; false when that moment did not come in time.
    func whenQuiet(within limit: TimeInterval, _ body: () -> Void) -> Bool {
        let deadline = Date(timeIntervalSinceNow: limit)
        return condition.withLock {
            while open > 0 && !isClosed {
                guard condition.wait(until: deadline) else { break }
            }
            guard open == 0, !isClosed else { return false }
            body()
            return true
        }
    }

    /// Bars new transactions, waits for the open ones to end and runs `body`, once.
    func close(_ body: () -> Void) {
        condition.withLock {
            guard !isClosed else { return }
            isClosed = true
            while open > 0 { condition.wait() }
            body()
        }
    }
}
