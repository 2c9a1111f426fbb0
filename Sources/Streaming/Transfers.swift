import CCurl
import Synchronization

/// The requests under way, as the loop's thread sees them: begun, and ended for whatever reason comes first.
struct Transfers {
    private let multi: MultiHandle
    private var active: [UInt64: Transfer] = [:]
    private var ended = 0
    private var gatherings: [Gathering] = []
    /// The earliest first-token deadline of a request under way; nil when there is none.
    private(set) var nextDeadline: Int64?

    init(_ multi: MultiHandle) {
        self.multi = multi
    }

    mutating func begin(_ transfer: Transfer) {
        if let gathering = transfer.gathering, gatherings.last !== gathering { gatherings.append(gathering) }
        if transfer.ticket.isCancelled.load(ordering: .sequentiallyConsistent) {
            transfer.refuse(
                .init(.cancelled, "The request to '\(transfer.request.shownURL)' was cancelled before it was sent."))
            ended += 1
            return
        }
        if let fault = transfer.request.fault {
            transfer.refuse(.init(.connect, fault))
            ended += 1
            return
        }
        transfer.easy = EasyHandle(for: transfer)
        multi.add(transfer.easy!)
        active[transfer.ticket.id] = transfer
        if let deadline = transfer.firstTokenDeadline { nextDeadline = min(nextDeadline ?? .max, deadline) }
    }

    mutating func cancel(_ id: UInt64) {
        guard let transfer = active[id] else { return }
        end(transfer, .init(.cancelled, "The request to '\(transfer.request.shownURL)' was cancelled."))
    }

    mutating func cancelAll() {
        for id in active.keys { cancel(id) }
    }

    /// Goes on with the answers that waited until each of their gathering had a connection.
    mutating func goOnWithHeld() {
        guard !gatherings.isEmpty else { return }
        for gathering in gatherings where gathering.isSettled {
            for transfer in gathering.takeHeld() { transfer.easy?.resume() }
        }
        gatherings.removeAll(where: \.isSettled)
    }

    /// Ends what libcurl has finished, well or not.
    mutating func endFinished() {
        while let (transfer, code) = multi.nextEnded() {
            end(transfer, transfer.failure(for: code))
        }
    }

    /// Ends what has not given any content by its first-token deadline. Each request is looked at once.
    mutating func endSilent() {
        guard let nextDeadline else { return }
        let now = MonotonicTime.now()
        guard nextDeadline <= now else { return }
        self.nextDeadline = nil
        for transfer in active.values {
            guard let deadline = transfer.firstTokenDeadline else { continue }
            if deadline > now {
                self.nextDeadline = min(self.nextDeadline ?? .max, deadline)
            } else if transfer.hasContent {
                transfer.firstTokenDeadline = nil
            } else {
                let limit = transfer.request.firstTokenTimeout ?? .zero
                let sentence =
                    "'\(transfer.request.shownURL)' gave no content within \(limit), the limit for the first token."
                end(transfer, .init(.timeout(.firstToken), sentence))
            }
        }
    }

    /// How many requests have ended since the last call.
    mutating func takeEndedCount() -> Int {
        defer { ended = 0 }
        return ended
    }

    private mutating func end(_ transfer: Transfer, _ failure: StreamFailure?) {
        guard let easy = transfer.easy.take() else { return }
        let now = MonotonicTime.now()
        multi.remove(easy)
        active[transfer.ticket.id] = nil
        ended += 1
        transfer.finish(failure, easy, lag: multi.longestLag(since: transfer.ticket.started, until: now), at: now)
    }
}

extension Transfer {
    /// Ends a request that was never sent.
    func refuse(_ failure: StreamFailure) {
        finish(failure, at: MonotonicTime.now())
    }

    /// Whether the answer holds any content so far. Parses what is there: for once, at a deadline, not per read.
    var hasContent: Bool {
        switch request.framing {
        case .whole: !record.body.isEmpty
        case .serverSentEvents: ChatStream.hasContent(inEvents: record.body)
        case .ndjson: ChatStream.hasContent(inLines: record.body)
        }
    }
}
