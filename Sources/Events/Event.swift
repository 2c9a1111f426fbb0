import SwiftProtobuf

/// One thing that happened, with its payload: the messages of `events.proto`.
public enum Event: Sendable, Equatable {
    case modelAdded(ModelAdded)
    case modelRemoved(ModelRemoved)
    case modelDownloadProgressed(ModelDownloadProgressed)
    case modelLoadStarted(ModelLoadStarted)
    case modelLoaded(ModelLoaded)
    case modelLoadFailed(ModelLoadFailed)
    case modelUnloaded(ModelUnloaded)
    case modelTested(ModelTested)
    case modelHealthChecked(ModelHealthChecked)
    case modelDownloadFailed(ModelDownloadFailed)
    case modelStateFound(ModelStateFound)
    case modelServerRestarted(ModelServerRestarted)
    case runRequested(RunRequested)
    case runStarted(RunStarted)
    case modelPhaseStarted(ModelPhaseStarted)
    case modelPhaseFinished(ModelPhaseFinished)
    case modelPhaseSkipped(ModelPhaseSkipped)
    case inferenceSampled(InferenceSampled)
    case resourceSampled(ResourceSampled)
    case runCompleted(RunCompleted)
    case runFailed(RunFailed)
    case runCancelled(RunCancelled)
    case runInterrupted(RunInterrupted)
    case serverMetricsSampled(ServerMetricsSampled)
    case sweepEnded(SweepEnded)
    case runDeleted(RunDeleted)
    case runRestored(RunRestored)
    case logRecorded(LogRecorded)
    case formulaSetAdopted(FormulaSetAdopted)
    case serviceStarted(ServiceStarted)
    case serviceStopped(ServiceStopped)
    case runImported(RunImported)
    case textsErased(TextsErased)
    case scheduleAdded(ScheduleAdded)
    case scheduleEnded(ScheduleEnded)
    case recomputationApplied(RecomputationApplied)
}

extension Event {
    /// The type's number in the envelope.
    public var type: EventType {
        switch self {
        case .modelAdded: .modelAdded
        case .modelRemoved: .modelRemoved
        case .modelDownloadProgressed: .modelDownloadProgressed
        case .modelLoadStarted: .modelLoadStarted
        case .modelLoaded: .modelLoaded
        case .modelLoadFailed: .modelLoadFailed
        case .modelUnloaded: .modelUnloaded
        case .modelTested: .modelTested
        case .modelHealthChecked: .modelHealthChecked
        case .modelDownloadFailed: .modelDownloadFailed
        case .modelStateFound: .modelStateFound
        case .modelServerRestarted: .modelServerRestarted
        case .runRequested: .runRequested
        case .runStarted: .runStarted
        case .modelPhaseStarted: .modelPhaseStarted
        case .modelPhaseFinished: .modelPhaseFinished
        case .modelPhaseSkipped: .modelPhaseSkipped
        case .inferenceSampled: .inferenceSampled
        case .resourceSampled: .resourceSampled
        case .runCompleted: .runCompleted
        case .runFailed: .runFailed
        case .runCancelled: .runCancelled
        case .runInterrupted: .runInterrupted
        case .serverMetricsSampled: .serverMetricsSampled
        case .sweepEnded: .sweepEnded
        case .runDeleted: .runDeleted
        case .runRestored: .runRestored
        case .logRecorded: .logRecorded
        case .formulaSetAdopted: .formulaSetAdopted
        case .serviceStarted: .serviceStarted
        case .serviceStopped: .serviceStopped
        case .runImported: .runImported
        case .textsErased: .textsErased
        case .scheduleAdded: .scheduleAdded
        case .scheduleEnded: .scheduleEnded
        case .recomputationApplied: .recomputationApplied
        }
    }

    /// The schema version of this event's payload when it is written.
    public var schemaVersion: UInt16 { type.schemaVersion }

    /// The message inside, of whatever type.
    public var message: any Message {
        switch self {
        case .modelAdded(let message): message
        case .modelRemoved(let message): message
        case .modelDownloadProgressed(let message): message
        case .modelLoadStarted(let message): message
        case .modelLoaded(let message): message
        case .modelLoadFailed(let message): message
        case .modelUnloaded(let message): message
        case .modelTested(let message): message
        case .modelHealthChecked(let message): message
        case .modelDownloadFailed(let message): message
        case .modelStateFound(let message): message
        case .modelServerRestarted(let message): message
        case .runRequested(let message): message
        case .runStarted(let message): message
        case .modelPhaseStarted(let message): message
        case .modelPhaseFinished(let message): message
        case .modelPhaseSkipped(let message): message
        case .inferenceSampled(let message): message
        case .resourceSampled(let message): message
        case .runCompleted(let message): message
        case .runFailed(let message): message
        case .runCancelled(let message): message
        case .runInterrupted(let message): message
        case .serverMetricsSampled(let message): message
        case .sweepEnded(let message): message
        case .runDeleted(let message): message
        case .runRestored(let message): message
        case .logRecorded(let message): message
        case .formulaSetAdopted(let message): message
        case .serviceStarted(let message): message
        case .serviceStopped(let message): message
        case .runImported(let message): message
        case .textsErased(let message): message
        case .scheduleAdded(let message): message
        case .scheduleEnded(let message): message
        case .recomputationApplied(let message): message
        }
    }
}
