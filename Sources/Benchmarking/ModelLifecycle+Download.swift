import Events
import Orchestrator
import Synchronization

extension ModelLifecycle {
    /// Has the server fetch the model to its disk; does nothing when it is there already.
    ///
    /// Progress is an event at the start, at most one a second, and one at the end: a download of an hour must not fill the log.
    ///
    /// - Parameter observe: is told every bit of progress, in order.
    /// - Throws: `BackendError`, which is recorded as the reason, and what `record` throws.
    public func download(
        observe: @escaping @Sendable (DownloadProgress) -> Void = { _ in }
    ) async throws -> DownloadOutcome {
        guard backend.capabilities.download else {
            // The server's own sentence for what it lacks; nothing began, so nothing is recorded.
            return try await backend.download(identity.modelID) { _ in }
        }
        do {
            if try await backend.model(identity.modelID)?.isDownloaded == true {
                try await look()
                return DownloadOutcome(alreadyDownloaded: true, duration: nil, variant: nil)
            }
        } catch let error as BackendError {
            try await noticeAbsence(after: error)
            throw error
        }
        try await record(event(DownloadProgress(status: "starting")))
        let recorder = ProgressRecorder(event, record)
        do {
            let outcome = try await backend.download(identity.modelID) { progress in
                observe(progress)
                await recorder.take(progress)
            }
            try recorder.check()
            try await record(event(recorder.finished))
            return outcome
        } catch let error as BackendError {
            let reason = Task.isCancelled ? "the download was cancelled" : error.description
            try await record(.modelDownloadFailed(.with { ($0.modelID, $0.reason) = (identity.id, reason) }))
            try await noticeAbsence(after: error)
            throw error
        }
    }

    private func event(_ progress: DownloadProgress) -> Event {
        .modelDownloadProgressed(
            .with {
                $0.modelID = identity.id
                if let percent = progress.percent { $0.percent = percent }
                if let received = progress.receivedBytes { $0.receivedBytes = received }
                if let total = progress.totalBytes { $0.totalBytes = total }
                $0.status = progress.status ?? "downloading"
            })
    }
}

/// Picks what of a download's progress is recorded.
struct ProgressPacing {
    /// Least time between two events.
    static let interval = Duration.seconds(1)

    private var last: ContinuousClock.Instant

    /// - Parameter start: when the event was recorded that the first one is to keep its distance from.
    init(from start: ContinuousClock.Instant) { last = start }

    /// Whether progress that came at this moment is recorded.
    mutating func takes(_ moment: ContinuousClock.Instant) -> Bool {
        guard moment - last >= Self.interval else { return false }
        last = moment
        return true
    }
}

/// Records a download's progress while it goes on, and keeps what a server told last.
private final class ProgressRecorder: Sendable {
    private struct State {
        var pacing = ProgressPacing(from: .now)
        var latest = DownloadProgress()
        var failure: (any Error)?
    }
    private let state = Mutex(State())
    private let event: @Sendable (DownloadProgress) -> Event
    private let record: @Sendable (Event) async throws -> Void

    init(
        _ event: @escaping @Sendable (DownloadProgress) -> Event,
        _ record: @escaping @Sendable (Event) async throws -> Void
    ) {
        self.event = event
        self.record = record
    }

    func take(_ progress: DownloadProgress) async {
        let isDue = state.withLock { state in
            state.latest = progress
            return state.failure == nil && state.pacing.takes(.now)
        }
        guard isDue else { return }
        do {
            try await record(event(progress))
        } catch {
            // The server goes on with the download; that it can't be recorded is told at its end.
            state.withLock { $0.failure = error }
        }
    }

    /// - Throws: why progress could not be recorded.
    func check() throws {
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    /// The last event's content: all is there.
    var finished: DownloadProgress {
        let total = state.withLock { $0.latest.totalBytes }
        return DownloadProgress(
            percent: 100, receivedBytes: total, totalBytes: total, status: ModelDownloadProgressed.finishedStatus)
    }
}
