import Foundation

/// A lock with a condition to wait for, by a clock that nobody sets: `NSCondition` waits until a time of day, which takes an
/// hour longer when the clock is set back by an hour.
package final class Monitor: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    package init() {
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        #if os(Linux)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
        #else
        pthread_cond_init(condition, nil)
        #endif
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    package func withLock<Result>(_ body: () throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }

    /// Lets go of the lock until `broadcast`, and perhaps less long. Called with the lock held.
    package func wait() { pthread_cond_wait(condition, mutex) }

    /// The same for some seconds at most; false when they are over. Called with the lock held.
    @discardableResult package func wait(for seconds: Double) -> Bool {
        #if os(Linux)
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let end = Double(time.tv_nsec) + seconds * 1e9
        time.tv_sec += Int(end / 1e9)
        time.tv_nsec = Int(end.truncatingRemainder(dividingBy: 1e9))
        return pthread_cond_timedwait(condition, mutex, &time) == 0
        #else
        var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(seconds.truncatingRemainder(dividingBy: 1) * 1e9))
        return pthread_cond_timedwait_relative_np(condition, mutex, &time) == 0
        #endif
    }

    /// Lets other threads have the lock, and the processor, for a moment. Called with the lock held.
    package func stepAside() {
        pthread_mutex_unlock(mutex)
        sched_yield()
        pthread_mutex_lock(mutex)
    }

    package func broadcast() { pthread_cond_broadcast(condition) }
}
