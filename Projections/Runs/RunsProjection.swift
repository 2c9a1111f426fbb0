import EventStore
import Events
import ProjectionKit
import Storage

/// The runs table: one row a run.
///
/// - `rows`: run id → `RunRow` as JSON, keys sorted.
/// - `servers`: run, model → `ServerGauges` as JSON, what the row's figures of a server follow from.
public struct RunsProjection: Projection {
    public static let name = "runs"
    public static let version: UInt32 = 7
    public static let handles: Set<EventType> = [
        .runRequested, .runStarted, .modelPhaseStarted, .modelPhaseFinished, .modelPhaseSkipped, .inferenceSampled,
        .serverMetricsSampled, .sweepEnded, .runCompleted, .runFailed, .runCancelled, .runInterrupted, .runImported,
        .runDeleted, .runRestored,
    ]

    let rows: RowTable<RunRow>
    let servers: RowTable<ServerGauges>
    /// The rows that this batch touches, so that a row is written once a batch and not once a sample.
    private var open: [String: RunRow] = [:]
    /// Samples of this batch that are not in their rows yet: most events are samples, and a row is large.
    private var counts: [String: SampleCount] = [:]

    public init(_ space: TableSpace) {
        rows = RowTable(space.table("rows"))
        servers = RowTable(space.table("servers"))
    }

    public mutating func fold(
        _ recorded: RecordedEvent, from source: SourceID, in transaction: borrowing WriteTransaction
    ) throws {
        switch recorded.event {
        case .runRequested(let event):
            open[event.runID] = RunRow(event, recorded, source: source)
        case .runImported(let event):
            try change(event.runID, recorded, in: transaction) { $0.formula_set = event.formulaSet }
        case .runStarted(let event):
            try change(event.runID, recorded, in: transaction) { $0.take(event, recorded) }
        case .modelPhaseStarted(let event):
            try change(event.runID, recorded, in: transaction) { run in
                run.phase(event.modelID) { phase in
                    if event.hasModel { phase = PhaseRow(event.model) }
                    phase.status = .running
                }
            }
        case .modelPhaseFinished(let event):
            try change(event.runID, recorded, in: transaction) { run in
                run.phase(event.modelID) { phase in
                    phase.status = event.succeeded ? .completed : .failed
                    phase.reason = event.reason.isEmpty ? nil : event.reason
                }
            }
        case .modelPhaseSkipped(let event):
            try change(event.runID, recorded, in: transaction) { run in
                run.phase(event.modelID) { phase in
                    phase.status = .skipped
                    phase.reason = event.reason
                }
            }
        case .serverMetricsSampled(let event):
            let key = RowKey(event.runID, event.modelID)
            var gauges = try servers.get(key, in: transaction) ?? ServerGauges()
            gauges.take(event)
            try servers.put(key, gauges, in: transaction)
            try change(event.runID, recorded, in: transaction) { run in
                run.phase(event.modelID) { $0.server = gauges.figures }
            }
        case .sweepEnded(let event):
            try change(event.runID, recorded, in: transaction) { $0.take(event) }
        case .runCompleted(let event):
            try change(event.runID, recorded, in: transaction) { run in
                run.end(.completed, recorded)
                run.warnings += event.warnings
            }
        case .runFailed(let event):
            try change(event.runID, recorded, in: transaction) { $0.end(.failed, recorded, reason: event.reason) }
        case .runCancelled(let event):
            try change(event.runID, recorded, in: transaction) { $0.end(.cancelled, recorded, reason: event.reason) }
        case .runInterrupted(let event):
            try change(event.runID, recorded, in: transaction) { $0.end(.interrupted, recorded, reason: event.reason) }
        case .runDeleted(let event):
            try change(event.runID, recorded, in: transaction) { $0.deleted_at = recorded.occurredMilliseconds }
        case .runRestored(let event):
            try change(event.runID, recorded, in: transaction) { $0.deleted_at = nil }
        default: break
        }
    }

    public mutating func fold(_ sample: borrowing SampleView, at position: Position, recordedAt: Int64) {
        let run = String(decoding: sample.runID, as: UTF8.self)
        counts[run, default: SampleCount()].add(sample.error, at: position)
    }

    public mutating func finishBatch(in transaction: borrowing WriteTransaction, log: EventLog) throws {
        for id in counts.keys { try load(id, in: transaction) }
        for (id, row) in open { try rows.put(id, row, in: transaction) }
        open.removeAll(keepingCapacity: true)
    }

    public mutating func forget() {
        open = [:]
        counts = [:]
    }

    private mutating func change(
        _ id: String, _ recorded: RecordedEvent, in transaction: borrowing WriteTransaction,
        _ body: (inout RunRow) -> Void
    ) throws {
        try load(id, in: transaction)
        guard open[id] != nil else { return }
        body(&open[id]!)
        open[id]!.last_position = recorded.position
    }

    /// Has the row in memory, the samples so far in it. A run that was never requested has none, and its samples count nowhere.
    private mutating func load(_ id: String, in transaction: borrowing WriteTransaction) throws {
        if open[id] == nil { open[id] = try rows.get(id, in: transaction) }
        guard let count = counts.removeValue(forKey: id), open[id] != nil else { return }
        open[id]!.samples += count.samples
        open[id]!.failed_samples += count.failed
        open[id]!.shed_samples += count.shed
        open[id]!.last_position = count.lastPosition
    }
}

/// Samples of a run, counted.
private struct SampleCount {
    var samples: UInt64 = 0
    var failed: UInt64 = 0
    var shed: UInt64 = 0
    var lastPosition: UInt64 = 0

    mutating func add(_ error: ErrorClass, at position: UInt64) {
        samples += 1
        if error == .shed { shed += 1 } else if error != .none { failed += 1 }
        lastPosition = position
    }
}

extension RunsProjection {
    /// Every run that is not deleted, newest first.
    public func all(in transaction: borrowing some Transaction & ~Copyable) throws -> [RunRow] {
        try rows.all(in: transaction).filter { $0.deleted_at == nil }.sorted(by: Self.isNewer)
    }

    /// Every deleted run, newest first.
    public func deleted(in transaction: borrowing some Transaction & ~Copyable) throws -> [RunRow] {
        try rows.all(in: transaction).filter { $0.deleted_at != nil }.sorted(by: Self.isNewer)
    }

    /// Runs in order of id, deleted ones too, at most `limit`, from behind a key on; `last` is nil at the end.
    public func page(
        after key: RowKey?, limit: Int, in transaction: borrowing some Transaction & ~Copyable
    ) throws -> (rows: [RunRow], last: RowKey?) {
        try rows.page(after: key, limit: limit, in: transaction)
    }

    /// The run of this id; nil when there is none or it is deleted.
    public func run(_ id: String, in transaction: borrowing some Transaction & ~Copyable) throws -> RunRow? {
        try rows.get(id, in: transaction).flatMap { $0.deleted_at == nil ? $0 : nil }
    }

    /// Takes a run's row, or every one, into a stamp.
    public func add(_ run: String?, to stamp: inout Stamp, in transaction: borrowing some Transaction & ~Copyable)
        throws
    {
        try rows.add(under: run.map { RowKey($0) } ?? RowKey(), to: &stamp, in: transaction)
    }

    private static func isNewer(_ a: RunRow, _ b: RunRow) -> Bool { (a.created_at, a.id) > (b.created_at, b.id) }
}
