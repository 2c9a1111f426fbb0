import Foundation
import Synchronization

/// Sends requests to model servers and stamps what comes back, hundreds at once, on one thread of its own.
///
/// Connections are kept and used again. Nothing is retried, no redirect is followed, and no proxy is asked on loopback.
public final class StreamingClient: Sendable {
    private let loop: TransferLoop
    private let nextID = Atomic<UInt64>(1)
    private let delays = Mutex(ReadDelay())

    /// Most requests that may be under way at once; one more fails at once with class `connect`.
    public static let requestLimit = 4096
    /// Open connections that are kept for later requests.
    public static let connectionPoolSize = 1024

    /// Starts the client's thread, which runs until `shutdown()` or until the client is released.
    public init() {
        loop = TransferLoop()
        loop.start()
    }

    deinit {
        loop.stop()
    }

    /// Sends the request and waits for the end of its answer.
    ///
    /// Never throws: a failure is part of the outcome, with what had come until then. Cancelling the task ends the
    /// request at once with class `cancelled`.
    public func perform(_ request: StreamRequest) async -> StreamOutcome {
        let ticket = TransferTicket(id: nextID.add(1, ordering: .relaxed).oldValue, started: MonotonicTime.now())
        let record = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                loop.begin(Transfer(ticket: ticket, request: request, continuation: continuation))
            }
        } onCancel: {
            ticket.isCancelled.store(true, ordering: .sequentiallyConsistent)
            loop.cancel(ticket.id)
        }
        delays.withLock { $0.add(record.readDelay) }
        return record.outcome(of: request, started: ticket.started)
    }

    /// How long the parts of all answers so far waited until they were read.
    public var readDelay: ReadDelay { delays.withLock(\.self) }

    /// Ends every request under way with class `cancelled`, closes the connections and waits for the thread's end.
    public func shutdown() async {
        await loop.stopped()
    }
}
