import Dispatch
import Events
import EventStore
import Foundation
import Storage
import Synchronization

/// Folds the log into the live tables: rows and checkpoint in one transaction a batch, so each event counts exactly once,
/// whichever process folds it.
public final class Projector: Sendable {
    let log: EventLog
    let tables: TablesStore
    let projections: [any Projection.Type]
    private let streams: Set<StreamID>?
    private let slots: Mutex<[Slot]>
    private let others = Mutex<@Sendable () -> [Projector]>({ [] })
    private let queue = DispatchQueue(label: "flperf.projector")

    /// Most events folded in one transaction: enough to pay for the commit, few enough that others get to write.
    public static let batchLimit: UInt64 = 16_384

    /// Folds `log` into `tables`.
    ///
    /// - Parameters:
    ///   - streams: whose events are folded; all when nil.
    ///   - leftOut: events that the projections named in them are not to be asked to take in.
    public init(
        log: EventLog, tables: TablesStore, projections: [any Projection.Type], streams: Set<StreamID>? = nil,
        leavingOut leftOut: [PoisonedEvent] = []
    ) {
        self.log = log
        self.tables = tables
        self.projections = projections
        self.streams = streams
        slots = Mutex(projections.map { Slot($0, of: log, leavingOut: leftOut) })
    }

    /// Has whatever is asked of this projector done by others too: those of other machines' logs, folded into the same store.
    ///
    /// - Parameter others: called each time, since more may come.
    public func include(_ others: @escaping @Sendable () -> [Projector]) { self.others.withLock { $0 = others } }

    var included: [Projector] { others.withLock { $0 }() }

    /// One projection, what it keeps in memory, and how far that memory has come.
    struct Slot {
        let type: any Projection.Type
        var space: TableSpace?
        var projection: any Projection
        var checkpoint: Position = 0
        /// Events that it is not asked to take in.
        var leftOut: [Position: PoisonedEvent]

        init(_ type: any Projection.Type, of log: EventLog, leavingOut leftOut: [PoisonedEvent] = []) {
            self.type = type
            self.leftOut = Dictionary(
                leftOut.filter { $0.projection == type.name }.map { ($0.position, $0) }, uniquingKeysWith: { $1 })
            projection = type.init(
                TableSpace(TablesStore.name(of: type, log), version: type.version, generation: 1))
        }

        /// Takes up the live tables as this transaction sees them; drops the memory when another process folded on.
        mutating func take(_ live: TableSpace, _ position: Position) {
            if space != live {
                space = live
                projection = type.init(live)
            } else if checkpoint != position {
                projection.forget()
            }
            checkpoint = position
        }

        /// Has `body` fold an event that is new to it, unless it is left out.
        ///
        /// - Throws: `FoldFailure` when the event is to blame.
        mutating func take(
            _ raw: borrowing RawEvent, in transaction: borrowing WriteTransaction, _ body: (inout Slot) throws -> Void
        ) throws {
            guard checkpoint < raw.position else { return }
            if let event = leftOut[raw.position] {
                try space.map { try TablesStore.noteLeftOut(event, $0, in: transaction) }
                return
            }
            do {
                try body(&self)
            } catch  where error.isOfAnEvent {
                throw FoldFailure.event(
                    PoisonedEvent(
                        projection: type.name, position: raw.position, type: raw.type.name, reason: "\(error)"))
            }
        }
    }

    /// Folds everything that the log holds now, or up to a position, and returns the position that the tables are at.
    ///
    /// Without a position, what `include` named is folded too.
    /// - Parameter progress: told after each batch how far it is and how far it goes.
    /// - Throws: `StoreError`, `LogError`; `ProjectionError.poisoned` for an event that can't be folded, when all before it are;
    ///   `CancellationError` when `isCancelled` said so.
    @discardableResult
    public func catchUp(
        through limit: Position? = nil, progress: (_ done: Position, _ of: Position) -> Void = { _, _ in },
        isCancelled: () -> Bool = { false }
    ) throws -> Position {
        while true {
            guard !isCancelled() else { throw CancellationError() }
            let last = try min(log.lastPosition(), limit ?? .max)
            let reached = try foldBatch(through: last)
            progress(reached, last)
            guard reached >= last else { continue }
            if limit == nil {
                for other in included { try other.catchUp(progress: progress, isCancelled: isCancelled) }
            }
            return reached
        }
    }

    /// Folds what comes until the task is cancelled. Another process's events are seen within `interval`.
    public func follow(interval: Duration = .milliseconds(50), onError: @escaping @Sendable (any Error) -> Void) async {
        var failures = 0
        while !Task.isCancelled {
            let start = ContinuousClock.now
            do {
                try await withCheckedThrowingContinuation { continuation in
                    queue.async { continuation.resume(with: Result { _ = try self.catchUp() }) }
                }
                failures = 0
            } catch {
                // The same trouble twenty times a second helps nobody.
                if failures == 0 { onError(error) }
                failures += 1
            }
            // A fold that takes long gets a pause that is longer still: it must not load a host that is being measured.
            let pause = max(interval, (ContinuousClock.now - start) * 4)
            try? await Task.sleep(for: failures == 0 ? pause : .seconds(min(30, failures)))
        }
    }

    private func foldBatch(through last: Position) throws -> Position {
        try slots.withLock { slots in
            if try isUpToDate(last) { return last }
            let first = try tables.store.read { try tables.checkpoint(of: projections, log, in: $0) } + 1
            return try log.foldBatch(from: first, through: last) { last in
                try transact(&slots) { transaction, slots in
                    for index in slots.indices {
                        let type = slots[index].type
                        let space = try tables.liveSpace(of: type, log, in: transaction) ?? begin(type, in: transaction)
                        guard space.version == type.version else {
                            throw ProjectionError.otherVersion(type.name, tables: space.version, code: type.version)
                        }
                        let position = try TablesStore.checkpoint(space, log.source, in: transaction) ?? 0
                        slots[index].take(space, position)
                    }
                    return try fold(&slots, through: last, in: transaction)
                }
            }
        }
    }

    /// One transaction of a fold. When it fails, memory forgets what it had of it.
    func transact(
        _ slots: inout [Slot], _ body: (borrowing WriteTransaction, inout [Slot]) throws -> Position
    ) throws -> Position {
        do {
            return try tables.store.write { try body($0, &slots) }
        } catch {
            for index in slots.indices { slots[index].projection.forget() }
            throw error
        }
    }

    private func isUpToDate(_ last: Position) throws -> Bool {
        try tables.store.read { try tables.checkpoint(of: projections, log, in: $0) >= last }
    }

    private func begin(_ type: any Projection.Type, in transaction: borrowing WriteTransaction) throws -> TableSpace {
        let name = TablesStore.name(of: type, log)
        let space = TableSpace(name, version: type.version, generation: 1)
        try TablesStore.generations.put(name, space.prefix, in: transaction)
        return space
    }

    /// One batch into these slots, each from its own checkpoint; returns how far the least of them is.
    ///
    /// - Throws: `FoldFailure` when an event is to blame.
    func fold(
        _ slots: inout [Slot], through last: Position, in transaction: borrowing WriteTransaction
    ) throws -> Position {
        let from = (slots.map(\.checkpoint).min() ?? last) + 1
        guard from <= last else { return last }
        let through = min(last, from + Self.batchLimit - 1)
        let takers = slots.indices.filter { slots[$0].type.handles.contains(.inferenceSampled) }
        try log.scan(from: from, through: through) { raw in
            if let streams, try !streams.contains(raw.stream()) { return true }
            do {
                if let sample = try raw.sample() {
                    for index in takers {
                        try slots[index].take(raw, in: transaction) {
                            try $0.projection.fold(sample, at: raw.position, recordedAt: raw.recordedAt)
                        }
                    }
                    return true
                }
            } catch  where error.isOfAnEvent && !(error is FoldFailure) {
                // It can't be read. Below it is said who needs it.
            }
            try fold(raw, &slots, in: transaction)
            return true
        }
        for index in slots.indices where slots[index].checkpoint < through {
            do {
                try slots[index].projection.finishBatch(in: transaction, log: log)
            } catch  where error.isOfAnEvent {
                throw FoldFailure.batch(projection: slots[index].type.name, reason: "\(error)")
            }
            slots[index].checkpoint = through
            if let space = slots[index].space {
                try TablesStore.moveCheckpoint(space, log.source, to: through, in: transaction)
            }
        }
        return through
    }

    private func fold(
        _ raw: borrowing RawEvent, _ slots: inout [Slot], in transaction: borrowing WriteTransaction
    ) throws {
        var event: RecordedEvent?
        var isHandled = false
        for index in slots.indices where slots[index].type.handles.contains(raw.type) {
            isHandled = true
            try slots[index].take(raw, in: transaction) { slot in
                let decoded = try event ?? RecordedEvent(raw)
                event = decoded
                try slot.projection.fold(decoded, from: log.source, in: transaction)
            }
        }
        guard !isHandled, raw.type.messageName == nil else { return }
        // What a newer build says in an event of its own may be meant for any of them.
        for index in slots.indices {
            try slots[index].take(raw, in: transaction) { _ in throw EventError.unknownType(raw.type.rawValue) }
        }
    }
}
