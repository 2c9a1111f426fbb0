import Dispatch
import Foundation
import Synchronization

/// The same work for many things, on all cores.
public enum Parallel {
    /// So many neighbours are taken at once, since they mostly have something in common.
    private static let stretch = 16

    /// Makes a result for each of `count` places.
    ///
    /// - Parameter worker: does the work of one core: asks `next` for one place after another until there is none, and puts
    ///   the result of each.
    /// - Returns: the results in order of place.
    /// - Throws: what a worker threw first; the others then end after what they are at.
    public static func map<Result: Sendable>(
        _ count: Int,
        _ worker: @Sendable (_ next: () -> Int?, _ put: (_ place: Int, Result) -> Void) throws -> Void
    ) throws -> [Result] {
        let workers = min(ProcessInfo.processInfo.activeProcessorCount, (count + stretch - 1) / stretch)
        let results = UnsafeMutableBufferPointer<Result?>.allocate(capacity: count)
        results.initialize(repeating: nil)
        defer { results.deinitialize().deallocate() }
        // Each place is written by the one worker that took it.
        nonisolated(unsafe) let shared = results
        let taken = Atomic<Int>(0)
        let failure = Mutex<(any Error)?>(nil)
        DispatchQueue.concurrentPerform(iterations: workers) { _ in
            var places = 0..<0
            do {
                try worker {
                    if places.isEmpty {
                        let first = taken.wrappingAdd(stretch, ordering: .relaxed).oldValue
                        places = min(first, count)..<min(first + stretch, count)
                    }
                    return places.popFirst()
                } _: {
                    shared[$0] = $1
                }
            } catch {
                taken.store(count, ordering: .relaxed)
                failure.withLock { $0 = $0 ?? error }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
        return results.map { $0! }
    }
}
