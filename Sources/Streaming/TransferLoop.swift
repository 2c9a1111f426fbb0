import CCurl
import Foundation
import Synchronization

/// The thread that runs libcurl's multi interface: takes requests from an inbox, drives them, hands their outcomes back.
///
/// What happens per read is in `Transfer`; what waits for the network is `curl_multi_poll`, in `run()` alone.
final class TransferLoop: Sendable {
    private let inbox = Mutex(Inbox())
    private let multi: MultiHandle

    private struct Inbox: ~Copyable {
        var arrived: [Transfer] = []
        var cancelled: [UInt64] = []
        var stopping = false
        var underWay = 0
        var ended = false
        var waitingForEnd: [CheckedContinuation<Void, Never>] = []
    }

    init() {
        multi = MultiHandle(connections: StreamingClient.connectionPoolSize)
    }

    /// Starts the thread; it keeps the loop alive until it ends.
    func start() {
        let thread = Thread { [self] in run() }
        thread.name = "streaming"
        thread.stackSize = 1 << 20
        thread.start()
    }

    /// Hands a request over.
    func begin(_ transfer: Transfer) {
        enum Answer { case accepted, stopping, full }
        let answer = inbox.withLock { inbox -> Answer in
            if inbox.stopping { return .stopping }
            if inbox.underWay >= StreamingClient.requestLimit { return .full }
            inbox.underWay += 1
            inbox.arrived.append(transfer)
            return .accepted
        }
        switch answer {
        case .accepted:
            multi.wake()
        case .stopping:
            transfer.refuse(.init(.cancelled, "Did not send the request: the client was shut down."))
        case .full:
            let limit = StreamingClient.requestLimit
            transfer.refuse(
                .init(.connect, "Did not send the request: \(limit) requests are under way, the most at once."))
        }
    }

    /// Ends the request of that id, if it has not ended yet.
    func cancel(_ id: UInt64) {
        inbox.withLock { $0.cancelled.append(id) }
        multi.wake()
    }

    /// Asks the thread to end every request and itself.
    func stop() {
        inbox.withLock { $0.stopping = true }
        multi.wake()
    }

    /// Stops and waits for the thread's end.
    func stopped() async {
        stop()
        await withCheckedContinuation { continuation in
            let ended = inbox.withLock { inbox in
                if !inbox.ended { inbox.waitingForEnd.append(continuation) }
                return inbox.ended
            }
            if ended { continuation.resume() }
        }
    }

    private func run() {
        var transfers = Transfers(multi)
        while true {
            let (arrived, cancelled, stopping) = inbox.withLock { inbox in
                defer {
                    inbox.arrived.removeAll()
                    inbox.cancelled.removeAll()
                }
                return (inbox.arrived, inbox.cancelled, inbox.stopping)
            }
            for transfer in arrived { transfers.begin(transfer) }
            for id in cancelled { transfers.cancel(id) }
            if stopping { transfers.cancelAll() }
            multi.performDue()
            transfers.endFinished()
            transfers.endSilent()
            let over = transfers.takeEndedCount()
            if over > 0 { inbox.withLock { $0.underWay -= over } }
            if stopping { break }
            multi.wait(until: transfers.nextDeadline)
        }
        multi.close()
        let waiting = inbox.withLock { inbox in
            inbox.ended = true
            return inbox.waitingForEnd
        }
        for continuation in waiting { continuation.resume() }
    }
}
