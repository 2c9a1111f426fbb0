import Benchmarking
import EventStore
import Events

/// One event of a run that is played again, and how far the run had come with it.
public struct ReplayStep: Sendable {
    public var position: Position
    public var event: Event
    /// When it happened, counted from the run's first event. Samples by the run's own clock, the others by the wall clock;
    /// never before the step before it.
    public var at: Duration
    /// Requests recorded by then, warm-up and cool-down included.
    public var samples: Int
    /// Those of them that failed, in whatever way.
    public var failed: Int
    /// Requests planned in all; nil when that is not known.
    public var planned: Int?
    /// The alias of the model that the event is about; nil when it is about none.
    public var model: String?

    /// The load that the sample belongs to; nil when it is none.
    public var level: LoadLevel? {
        guard case .inferenceSampled(let sample) = event else { return nil }
        return sample.rateMillionths > 0
            ? .rate(Double(sample.rateMillionths) / 1e6) : .concurrency(Int(sample.level))
    }

    /// What happened, in words; nil of a sample or a reading, of which there are many.
    public var inWords: String? {
        let name = model ?? "the model"
        return switch event {
        case .runRequested(let event):
            "requested: suite \(event.suiteName), \(event.models.map(\.alias).joined(separator: ", "))"
        case .runImported(let event): "imported, figures of \(event.formulaSet)"
        case .runStarted: "started"
        case .modelPhaseStarted: "\(name) begins"
        case .modelPhaseFinished(let event): "\(name) \(event.succeeded ? "is measured" : "failed: \(event.reason)")"
        case .modelPhaseSkipped(let event): "\(name) was skipped: \(event.reason)"
        case .sweepEnded(let event): "\(name) · \(event.scenario): the sweep ended: \(event.reason)"
        case .runCompleted: "completed"
        case .runFailed(let event): "failed: \(event.reason)"
        case .runCancelled(let event): "cancelled\(event.reason.isEmpty ? "" : ": \(event.reason)")"
        case .runInterrupted(let event): "interrupted: \(event.reason)"
        case .runDeleted: "deleted"
        case .runRestored: "restored"
        default: nil
        }
    }
}

/// Follows a run's events and makes steps of them.
struct ReplayCourse {
    private var base: Int64?
    /// The instant that the samples' times count from: ns since the epoch.
    private var anchor: Int64?
    private var isImported = false
    private var last: Duration = .zero
    private var aliases: [String: String] = [:]
    private var samples = 0
    private var failed = 0
    private var planned: Int?

    init(planned: Int?) { self.planned = planned }

    mutating func step(_ recorded: RecordedEvent) -> ReplayStep {
        if base == nil { base = recorded.event.occurredUnixNanoseconds ?? recorded.recordedAt }
        note(recorded.event)
        if let moment = moment(of: recorded), let base { last = max(last, .nanoseconds(moment - base)) }
        return ReplayStep(
            position: recorded.position, event: recorded.event, at: last, samples: samples, failed: failed,
            planned: planned, model: recorded.event.modelOfRun.map { aliases[$0] ?? $0 })
    }

    private mutating func note(_ event: Event) {
        switch event {
        case .runRequested(let event):
            isImported = !event.origin.isEmpty
            aliases = Dictionary(event.models.map { ($0.id, $0.alias) }, uniquingKeysWith: { first, _ in first })
        case .runStarted(let event) where event.anchorUnixNs > 0: anchor = event.anchorUnixNs
        case .inferenceSampled(let sample):
            samples += 1
            if sample.error != .none, sample.error != .shed { failed += 1 }
        default: break
        }
    }

    /// ns since the epoch; nil of what says nothing of when the run did it.
    private func moment(of recorded: RecordedEvent) -> Int64? {
        switch recorded.event {
        case .inferenceSampled(let sample): (anchor ?? base).map { $0 + sample.endedNs }
        case .resourceSampled(let reading): (anchor ?? base).map { $0 + reading.atNs }
        // Recorded when somebody came back to the run, perhaps much later.
        case .runInterrupted, .runDeleted, .runRestored: nil
        default: recorded.event.occurredUnixNanoseconds ?? (isImported ? nil : recorded.recordedAt)
        }
    }
}

extension Event {
    /// The id of the model that an event of a run is about.
    fileprivate var modelOfRun: String? {
        switch self {
        case .inferenceSampled(let event): event.modelID
        case .modelPhaseStarted(let event): event.modelID
        case .modelPhaseFinished(let event): event.modelID
        case .modelPhaseSkipped(let event): event.modelID
        case .sweepEnded(let event): event.modelID
        default: nil
        }
    }
}
