import Events
import Foundation
import Storage

/// The one writer of a log: a thread of its own, since LMDB blocks.
///
/// It takes whatever appends have queued up while the last commit went to the disk and commits them together, so the size
/// of a batch finds itself. A commit's last page goes to the disk with the next commit, so its appends are acknowledged
/// after that one, or after a sync of their own when little waits behind them: callers that wait are let go on first, and
/// have a moment to come back. The same thread watches for commits of other processes while somebody waits for them.
final class LogWriter: Sendable {
    let store: Store
    private let clock: @Sendable () -> Int64
    private let condition = Monitor()
    // Guarded by `condition`, all of these to the empty line: `nonisolated(unsafe)`, since the writer has to wait for a change
    // of them, which a `Mutex` can't, and the compiler does not see what a lock of our own guards.
    nonisolated(unsafe) private var queue: [AppendRequest] = []
    nonisolated(unsafe) private var foresight = Foresight()
    nonisolated(unsafe) private var returning: (appends: Int, until: ContinuousClock.Instant)?
    nonisolated(unsafe) private var pendingEvents = 0
    nonisolated(unsafe) private var waitingForRoom: [(count: Int, isLetIn: CheckedContinuation<Void, any Error>)] = []
    nonisolated(unsafe) private var ticks: UInt64 = 0
    nonisolated(unsafe) private var waitingForTick: [UInt64: CheckedContinuation<Void, Never>] = [:]
    nonisolated(unsafe) private var nextWaiter: UInt64 = 0
    nonisolated(unsafe) private var isClosing = false
    nonisolated(unsafe) private var takesNothing = false
    nonisolated(unsafe) private var hasEnded = false
    /// What appends are told while nothing can be written, and what it began with.
    nonisolated(unsafe) private var stopped: (failure: LogError, cause: LogError)?

    private let readerWatch: ReaderWatch

    init(store: Store, clock: @escaping @Sendable () -> Int64, warn: @escaping @Sendable (String) -> Void) {
        readerWatch = ReaderWatch(warn: warn)
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

    private typealias Answer = (AppendRequest, Result<Appended, LogError>)

    private func run(_ committer: LogCommitter) {
        var seen = store.lastTransaction()
        var lookedAtReaders = ContinuousClock.now
        // Committed, and safe from a power cut once the next commit or a sync is through.
        var unsynced: [Answer] = []
        while true {
            switch nextStep(unsynced: unsynced.reduce(0) { $0 + max(1, $1.0.events.records.count) }) {
            case .commit(let requests):
                let outcome = committer.commit(requests)
                seen = store.lastTransaction()
                if outcome.hasWritten {
                    finish(unsynced)
                    unsynced = []
                }
                unsynced += zip(requests, outcome.results)
                took(Array(unsynced.suffix(requests.count)))
                if let cause = outcome.unknown {
                    finish(recovered(unsynced, committer, cause))
                    unsynced = []
                }
            case .sync:
                finish(synced(unsynced, committer))
                unsynced = []
            case .watch:
                let newest = store.lastTransaction()
                if newest != seen { tick() }
                seen = newest
            case .recover(let cause):
                _ = recovered([], committer, cause)
            case .end:
                return end()
            }
            if ContinuousClock.now - lookedAtReaders > .seconds(LogLimits.readerInterval) {
                readerWatch.look(at: store)
                lookedAtReaders = .now
            }
        }
    }

    private enum Step {
        case commit([AppendRequest])
        case sync
        case watch
        case recover(LogError)
        case end
    }

    /// - Parameter unsynced: how many events are committed and not yet known to be on the disk.
    private func nextStep(unsynced: Int) -> Step {
        condition.withLock {
            let queued = queue.reduce(0) { $0 + $1.events.records.count }
            if unsynced > 2 * queued { return .sync }
            while queue.isEmpty {
                if isClosing {
                    takesNothing = true
                    return .end
                }
                if waitingForTick.isEmpty && stopped == nil {
                    condition.wait()
                } else if let stopped, !condition.wait(for: LogLimits.recoveryInterval) {
                    return .recover(stopped.cause)
                } else if stopped == nil, !condition.wait(for: LogLimits.watchInterval) {
                    return .watch
                }
            }
            gather()
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

    /// Waits for those whose appends have just been acknowledged and who come again, as long as that is worth it. Called with
    /// the lock held.
    private func gather() {
        guard let returning else { return }
        var (known, end) = (queue.count, returning.until)
        while queue.count < returning.appends && ContinuousClock.now < end {
            condition.stepAside()
            guard queue.count > known else { continue }
            known = queue.count
            end = min(returning.until, .now + LogLimits.returnGap)
        }
        self.returning = nil
    }

    /// What becomes of them by a sync.
    private func synced(_ answers: [Answer], _ committer: LogCommitter) -> [Answer] {
        guard answers.contains(where: { (try? $0.1.get()) != nil }) else { return answers }
        do {
            try store.sync()
            return answers
        } catch {
            return recovered(answers, committer, LogError(error))
        }
    }

    /// What has become of them, after a write failed and nobody knows how far it came. Where that can't be told, nothing is
    /// written from now on, and it is tried again now and then.
    private func recovered(_ answers: [Answer], _ committer: LogCommitter, _ cause: LogError) -> [Answer] {
        let stop: (LogError, LogError)?
        var results = answers
        do {
            let found = try committer.recover(answers.map(\.0), from: cause)
            results = zip(answers, found).map { answer, found in
                switch (answer.1, found) {
                // What was refused for another reason stays refused for that, and what is there is where it was.
                case (.failure(let refusal), _) where refusal != cause: answer
                case (.success, .success): answer
                default: (answer.0, found)
                }
            }
            stop = nil
        } catch {
            let failure = LogError.writesStopped(store.folder, cause: cause, now: error)
            results = answers.map { ($0, $1.flatMap { _ in .failure(failure) }) }
            stop = (failure, cause)
        }
        condition.withLock {
            stopped = stop
            foresight = Foresight()
            letIn()
        }
        return results
    }

    /// Makes room for others, and foresees where what is queued will go.
    private func took(_ answers: [Answer]) {
        condition.withLock {
            for (request, _) in answers { pendingEvents -= request.events.records.count }
            foresight.learn(answers, queued: queue)
            letIn()
        }
    }

    private func finish(_ answers: [Answer]) {
        for (request, result) in answers { request.acknowledge(result) }
        // Who appends much at once needs longer than that to come again.
        let small = answers.count { $0.0.events.records.count <= LogLimits.smallAppend }
        condition.withLock { returning = (small, .now + LogLimits.returnTime) }
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
            _ = condition.withLock { condition.wait(for: 0.01) }
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
            if let stopped { throw stopped.failure }
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
            if let refusal = stopped?.failure ?? (isClosing ? LogError.closed(store.folder) : nil) {
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
