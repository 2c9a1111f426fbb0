import Foundation
import Synchronization

/// Lets a few of many tests go on at a time: all of them begin at once, and a thousand open logs and servers are more
/// files than a process may open.
public enum TakingTurns {
    /// Whether this task, or one that began it, has its turn already.
    @TaskLocal private static var hasTurn = false

    private struct State {
        var free = 16
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private static let state = Mutex(State())

    /// What a shell gives is often 1,024; the most that this process may have is far more.
    private static let mayOpenManyFiles: Bool = {
        #if canImport(Darwin)
        let resource = RLIMIT_NOFILE
        #else
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #endif
        var limit = rlimit()
        getrlimit(resource, &limit)
        limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, 8_192))
        return setrlimit(resource, &limit) == 0
    }()

    /// Waits for a turn, and has it while `body` runs; at once when it is within another.
    public static func inTurn<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        if hasTurn { return try await body() }
        _ = mayOpenManyFiles
        await withCheckedContinuation { continuation in
            let goesOn = state.withLock { state in
                guard state.free == 0 else {
                    state.free -= 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if goesOn { continuation.resume() }
        }
        defer {
            let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
                guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
                state.free += 1
                return nil
            }
            next?.resume()
        }
        return try await $hasTurn.withValue(true) { try await body() }
    }
}
