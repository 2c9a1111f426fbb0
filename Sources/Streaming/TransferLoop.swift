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

    /// Hands requests over, which begin together.
    func begin(_ transfers: [Transfer]) {
        guard !transfers.isEmpty else { return }
        enum Answer { case accepted, stopping, full }
        let answer = inbox.withLock { inbox -> Answer in
            if inbox.stopping { return .stopping }
            if inbox.underWay + transfers.count > StreamingClient.requestLimit { return .full }
            inbox.underWay += transfers.count
            inbox.arrived += transfers
            return .accepted
        }
        switch answer {
        case .accepted:
            multi.wake()
        case .stopping:
            for transfer in transfers {
                transfer.refuse(.init(.cancelled, "Did not send the request: the client was shut down."))
            }
        case .full:
            let limit = StreamingClient.requestLimit
            for transfer in transfers {
                transfer.refuse(
                    .init(.connect, "Did not send the request: \(limit) requests are under way, the most at once."))
            }
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
        Self.goBeforeOthers()
        var transfers = Transfers(multi)
        var (isWoken, stopping) = (true, false)
        while true {
            if isWoken { stopping = takeInbox(&transfers) }
            multi.performDue()
            transfers.endFinished()
            transfers.endSilent()
            transfers.goOnWithHeld()
            let over = transfers.takeEndedCount()
            if over > 0 { inbox.withLock { $0.underWay -= over } }
            if stopping { break }
            isWoken = multi.wait(until: transfers.nextDeadline)
        }
        multi.close()
        let waiting = inbox.withLock { inbox in
            inbox.ended = true
            return inbox.waitingForEnd
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Has this thread run as soon as it has something to do, where the system allows that: it does little at a time, and what
    /// waits for it too long is merged with what comes after, so that its arrival is lost. Refused to those without the right.
    private static func goBeforeOthers() {
        #if os(Linux)
        // SCHED_RESET_ON_FORK, which Swift does not import: threads that are started from here do not inherit it.
        let notInherited: Int32 = 0x4000_0000
        var none = sched_param()
        sched_setscheduler(0, SCHED_OTHER | notInherited, &none)
        // Linux keeps this value for each thread, and 0 is the calling one.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, -15)
        #endif
    }

    /// Begins and cancels what was asked for; tells whether the loop is to end.
    private func takeInbox(_ transfers: inout Transfers) -> Bool {
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
        return stopping
    }
}
