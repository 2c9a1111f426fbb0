import Foundation
import Synchronization

/// Sends requests to model servers and stamps what comes back, hundreds at once, on one thread of its own.
///
/// Connections are kept and used again. Nothing is retried, no redirect is followed, and no proxy is asked on loopback.
public final class StreamingClient: Sendable {
    private let loop: TransferLoop
    private let nextID = Atomic<UInt64>(1)

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
        await perform(request) { loop.begin([$0]) }
    }

    /// Sees to it that so many connections to a server are open and free, so that as many requests need not wait for them.
    ///
    /// Makes the request that often at once, over the connections that are open and over new ones. libcurl can't keep a
    /// connection that nothing was asked over, so it should be one that costs the server little, such as for its list of
    /// models; what it answers does not matter.
    /// - Returns: how many were answered, whose connections stay open unless the server closes them.
    @discardableResult
    public func openConnections(_ count: Int, asking request: StreamRequest) async -> Int {
        precondition(count <= Self.connectionPoolSize, "more connections than are kept")
        let gathering = Gathering(count)
        return await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<count {
                group.addTask { [self] in
                    let outcome = await perform(request) { loop.begin(gathering.add($0)) }
                    return outcome.headers != nil
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
    }

    private func perform(_ request: StreamRequest, _ begin: (Transfer) -> Void) async -> StreamOutcome {
        let ticket = TransferTicket(id: nextID.add(1, ordering: .relaxed).oldValue, started: MonotonicTime.now())
        let record = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                begin(Transfer(ticket: ticket, request: request, continuation: continuation))
            }
        } onCancel: {
            ticket.isCancelled.store(true, ordering: .sequentiallyConsistent)
            loop.cancel(ticket.id)
        }
        return record.outcome(of: request, started: ticket.started)
    }

    /// Ends every request under way with class `cancelled`, closes the connections and waits for the thread's end.
    public func shutdown() async {
        await loop.stopped()
    }
}
