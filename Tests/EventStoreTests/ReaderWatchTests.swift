import Events
import Foundation
import Storage
import Synchronization
import TestSupport
import Testing

@testable import EventStore

struct ReaderWatchTests {
    @Test func aReaderThatMakesTheFileGrowIsWarnedOfOnce() async throws {
        try await withLog { log in
            _ = try await log.append([note("before")], to: .system)
            let warnings = Mutex<[String]>([])
            let watch = ReaderWatch(growth: 1 << 20) { warning in warnings.withLock { $0.append(warning) } }
            let (isReading, mayEnd) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
            let start = ContinuousClock.now
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                Thread.detachNewThread {
                    try? log.store.read { _ in
                        isReading.signal()
                        mayEnd.wait()
                    }
                }
                Thread.detachNewThread {
                    isReading.wait()
                    defer { mayEnd.signal() }
                    continuation.resume(
                        with: Result {
                            watch.look(at: log.store, now: start)
                            watch.look(at: log.store, now: start + .seconds(120))
                            #expect(warnings.withLock { $0 } == [], "nothing has grown")
                            for _ in 0..<40 {
                                try log.appendBlocking([note(String(repeating: "x", count: 100_000))], to: .system)
                            }
                            watch.look(at: log.store, now: start + .seconds(30))
                            #expect(warnings.withLock { $0 } == [], "it has not been long")
                            watch.look(at: log.store, now: start + .seconds(120))
                            watch.look(at: log.store, now: start + .seconds(180))
                        })
                }
            }

            let told = warnings.withLock { $0 }
            #expect(told.count == 1)
            #expect(told.first?.contains("Process \(getpid()) has been reading") == true, "\(told)")
            #expect(told.first?.contains(log.folder) == true)
        }
    }
}
