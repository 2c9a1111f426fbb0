/// An event that may have happened before it was recorded, because it was imported.
public protocol Dated {
    var occurredUnixNs: Int64 { get }
    var hasOccurredUnixNs: Bool { get }
}

extension ModelAdded: Dated {}
extension ModelRemoved: Dated {}
extension ModelDownloadProgressed: Dated {}
extension ModelLoadStarted: Dated {}
extension ModelLoaded: Dated {}
extension ModelLoadFailed: Dated {}
extension ModelUnloaded: Dated {}
extension ModelTested: Dated {}
extension ModelHealthChecked: Dated {}
extension ModelDownloadFailed: Dated {}
extension ModelStateFound: Dated {}
extension ModelServerRestarted: Dated {}
extension RunRequested: Dated {}
extension RunStarted: Dated {}
extension ModelPhaseStarted: Dated {}
extension ModelPhaseFinished: Dated {}
extension ModelPhaseSkipped: Dated {}
extension RunCompleted: Dated {}
extension RunFailed: Dated {}
extension RunCancelled: Dated {}
extension RunInterrupted: Dated {}
extension SweepEnded: Dated {}
extension RunDeleted: Dated {}
extension RunRestored: Dated {}
extension LogRecorded: Dated {}
extension FormulaSetAdopted: Dated {}
extension ServiceStarted: Dated {}
extension ServiceStopped: Dated {}
extension RunImported: Dated {}
extension TextsErased: Dated {}
extension ScheduleAdded: Dated {}
extension ScheduleEnded: Dated {}
extension RecomputationApplied: Dated {}

extension Event {
    /// When it happened, if that is not when it was recorded.
    ///
    /// - Unit: nanoseconds since the epoch, UTC. Nil on everything that was not imported.
    public var occurredUnixNanoseconds: Int64? {
        guard let dated = message as? any Dated, dated.hasOccurredUnixNs else { return nil }
        return dated.occurredUnixNs
    }
}
