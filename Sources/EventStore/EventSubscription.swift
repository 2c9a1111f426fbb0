import Events

/// The events from a position on, as they come, in batches that are never empty.
///
/// Every event once, in order. An append of this process wakes it at once; those of other processes are looked for every
/// `LogLimits.watchInterval` seconds. It ends when the log is closed or the task cancelled. Each iteration begins anew.
public struct EventSubscription: AsyncSequence, Sendable {
    /// One batch.
    public typealias Element = [RecordedEvent]

    let log: EventLog
    let first: Position

    public func makeAsyncIterator() -> Iterator { Iterator(log: log, next: first) }

    /// Where an iteration has come to.
    public struct Iterator: AsyncIteratorProtocol {
        let log: EventLog
        /// The position that comes next.
        public private(set) var next: Position

        init(log: EventLog, next: Position) {
            self.log = log
            self.next = Swift.max(1, next)
        }

        /// The next batch; nil when the log has been closed or the task cancelled.
        ///
        /// - Throws: `LogError`, when an event can't be read.
        public mutating func next() async throws -> [RecordedEvent]? {
            while !Task.isCancelled {
                let ticks = log.writer.tickCount
                do {
                    let events = try log.read(from: next, limit: LogLimits.eventsPerBatch)
                    if let last = events.last {
                        next = last.position + 1
                        return events
                    }
                } catch let error as LogError where error.code == .closed {
                    return nil
                }
                guard await log.writer.waitForTick(after: ticks) else { return nil }
            }
            return nil
        }
    }
}

extension EventLog {
    /// Everything from a position on, what is there and what comes.
    public func subscribe(from position: Position = 1) -> EventSubscription {
        EventSubscription(log: self, first: position)
    }
}
