import Foundation

/// One at a time: Foundation's `Process.run` crashes now and then when several threads are in it (Swift 6.3, Linux).
private let starting = NSLock()

extension Process {
    /// Starts the program.
    public func start() throws { try starting.withLock { try run() } }
}
