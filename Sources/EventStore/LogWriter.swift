import Events
import Foundation
import Storage

/// The one writer of a log: a thread of its own, since LMDB blocks.
///
/// It takes whatever appends have queued up while the last commit went to the disk and commits them together, so the size
/// of a batch finds itself. A commit's last page goes to the disk with the next commit, so its appends are acknowledged
/// after that one; when there is none, after a sync of their own. The same thread watches for commits of other processes
/// while somebody waits for them.
final class LogWriter: Sendable {
    let store: Store
    private let clock: @Sendable () -> Int64
    private let condition = NSCondition()
    // Guarded by `condition`.
    nonisolated(unsafe) private var queue: [AppendRequest] = []
    nonisolated(unsafe) private var foresight = Foresight()
    nonisolated(unsafe) private var pendingEvents = 0
    nonisolated(unsafe) private var waitingForRoom: [(count: Int, isLetIn: CheckedContinuation<Void, any Error>)] = []
    nonisolated(unsafe) private var ticks: UInt64 = 0
    nonisolated(unsafe) private var waitingForTick: [UInt64: CheckedContinuation<Void, Never>] = [:]
    nonisolated(unsafe) private var nextWaiter: UInt64 = 0
    nonisolated(unsafe) private var isClosing = false
    nonisolated(unsafe) private var takesNothing = false
    nonisolated(unsafe) private var hasEnded = false
    nonisolated(unsafe) private var stopped: LogError?

    init(store: Store, clock: @escaping @Sendable () -> Int64) {
        self.store = store
        self.clock = clock
        let thread = Thread { [self] in run(LogCommitter(store: store, clock: clock)) }
        thread.name = "log writer"
        thread.start()
    }

    /// Commits what has been queued, ends the thread and wakes everyone who waits.
    func close() {
        condition.withLock {
            isClosing = true
            condition.broadcast()
            while !hasEnded { condition.wait() }
        }
    }

    // MARK: - The thread

    private func run(_ committer: LogCommitter) {
        var seen = store.lastTransaction()
        var checkedReaders = Date()
        // Committed, and valid after a power cut once the next commit or a sync is through.
        var unsynced: [Answer] = []
        while true {
            switch nextStep(waiting: unsynced.isEmpty) {
            case .commit(let requests):
                let outcome = committer.commit(requests)
                seen = store.lastTransaction()
                if outcome.hasWritten {
                    finish(unsynced)
                    unsynced = []
                }
                let answers = Array(zip(requests, outcome.results))
                took(answers, outcome.stop)
                unsynced += answers
            case .sync:
                finish(synced(unsynced))
                unsynced = []
            case .watch:
                let newest = store.lastTransaction()
                if newest != seen { tick() }
                seen = newest
            case .end:
                return end()
            }
            if checkedReaders.timeIntervalSinceNow < -LogLimits.staleReaderInterval {
                store.clearStaleReaders()
                checkedReaders = Date()
            }
        }
    }

    private typealias Answer = (AppendRequest, Result<Appended, LogError>)

    private enum Step {
        case commit([AppendRequest])
        case sync
        case watch
        case end
    }

    private func nextStep(waiting: Bool) -> Step {
        condition.withLock {
            while queue.isEmpty {
                if !waiting { return .sync }
                if isClosing {
                    takesNothing = true
                    return .end
                }
                if waitingForTick.isEmpty {
                    condition.wait()
                } else if !condition.wait(until: Date(timeIntervalSinceNow: LogLimits.watchInterval)) {
                    return .watch
                }
            }
            var events = 0
            let more = queue.firstIndex { request in
                events += request.events.records.count
                return events > LogLimits.eventsPerCommit
            }
            let taken = max(1, more ?? queue.count)
            defer { queue.removeFirst(taken) }
            return .commit(Array(queue.prefix(taken)))
        }
    }

    /// What becomes of them after a sync.
    private func synced(_ answers: [Answer]) -> [Answer] {
        guard answers.contains(where: { (try? $0.1.get()) != nil }) else { return answers }
        do {
            try store.sync()
            return answers
        } catch {
            let failure = LogCommitter.stop(after: error, in: store.folder)
            condition.withLock { stopped = stopped ?? failure }
            return answers.map { ($0, $1.flatMap { _ in .failure(failure) }) }
        }
    }

    /// Makes room for others, and foresees where what is queued will go.
    private func took(_ answers: [Answer], _ stop: LogError?) {
        condition.withLock {
            stopped = stopped ?? stop
            for (request, _) in answers { pendingEvents -= request.events.records.count }
            foresight.learn(answers, queued: queue)
            letIn()
        }
    }

    private func finish(_ answers: [Answer]) {
        for (request, result) in answers { request.acknowledge(result) }
        tick()
    }

    private func end() {
        let (tickers, waiters) = condition.withLock {
            defer {
                waitingForTick = [:]
                waitingForRoom = []
            }
            return (waitingForTick.values, waitingForRoom)
        }
        for waiter in waiters { waiter.isLetIn.resume(throwing: LogError.closed(store.folder)) }
        for ticker in tickers { ticker.resume() }
        condition.withLock {
            hasEnded = true
            condition.broadcast()
        }
    }
}

// MARK: - Appends

extension LogWriter {
    /// Waits until so many events may be encoded. Everyone who was let in must `submit`, or `giveBack`.
    func enter(_ count: Int) async throws {
        if try enterAtOnce(count) { return }
        try await withCheckedThrowingContinuation { continuation in
            condition.withLock {
                waitingForRoom.append((count, continuation))
                letIn()
            }
        }
    }

    func enterBlocking(_ count: Int) throws {
        while try !enterAtOnce(count) {
            condition.withLock { _ = condition.wait(until: Date(timeIntervalSinceNow: 0.01)) }
        }
    }

    func giveBack(_ count: Int) {
        condition.withLock {
            pendingEvents -= count
            letIn()
        }
    }

    func submit(_ request: AppendRequest) {
        var sealing: Sealing?
        let isTaken = condition.withLock {
            guard !takesNothing else { return false }
            sealing = foresight.place(of: request.events, at: clock).map { request.events.foresee($0) }
            queue.append(request)
            if queue.count == 1 { condition.broadcast() }
            return true
        }
        guard isTaken else { return request.acknowledge(.failure(.closed(store.folder))) }
        sealing?.help()
    }

    private func enterAtOnce(_ count: Int) throws -> Bool {
        try condition.withLock {
            if let stopped { throw stopped }
            if isClosing { throw LogError.closed(store.folder) }
            guard waitingForRoom.isEmpty, hasRoom(for: count) else { return false }
            pendingEvents += count
            return true
        }
    }

    /// An append of more than the limit has to be alone.
    private func hasRoom(for count: Int) -> Bool {
        pendingEvents == 0 || pendingEvents + count <= LogLimits.pendingEvents
    }

    /// Called with the lock held.
    private func letIn() {
        while let first = waitingForRoom.first {
            if let refusal = stopped ?? (isClosing ? LogError.closed(store.folder) : nil) {
                first.isLetIn.resume(throwing: refusal)
            } else {
                guard hasRoom(for: first.count) else { return }
                pendingEvents += first.count
                first.isLetIn.resume()
            }
            waitingForRoom.removeFirst()
        }
    }
}

// MARK: - Waiting for commits

extension LogWriter {
    /// A number that changes after every commit that is seen, of this process or another.
    var tickCount: UInt64 { condition.withLock { ticks } }

    /// How many wait for a commit.
    var waiterCount: Int { condition.withLock { waitingForTick.count } }

    /// Returns at the next commit after `count` was read, when the task is cancelled, or when the log is closed (false).
    func waitForTick(after count: UInt64) async -> Bool {
        let number = condition.withLock {
            nextWaiter += 1
            return nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = condition.withLock {
                    guard ticks == count, !isClosing, !Task.isCancelled else { return false }
                    waitingForTick[number] = continuation
                    condition.broadcast()
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            condition.withLock { waitingForTick.removeValue(forKey: number) }?.resume()
        }
        return condition.withLock { !isClosing }
    }

    private func tick() {
        let waiters = condition.withLock {
            ticks += 1
            defer { waitingForTick.removeAll(keepingCapacity: true) }
            return Array(waitingForTick.values)
        }
        for waiter in waiters { waiter.resume() }
    }
}

/// One append on its way to the disk.
struct AppendRequest: Sendable {
    let events: EncodedEvents
    let expected: ExpectedVersion
    /// Texts that are taken away in the same transaction.
    var erases: [TextKey] = []
    let acknowledge: @Sendable (Result<Appended, LogError>) -> Void
}
