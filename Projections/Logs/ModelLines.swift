import Events
import ProjectionKit

extension Event {
    /// The event as a line of the product's log; nil when it is none. Of a download the start's and the end's are enough.
    var asLogLine: LogRecorded? {
        switch self {
        case .logRecorded(let line): line
        case .modelAdded(let event):
            line(.info, event.model.id, "Added \(event.model.modelID), served at \(event.model.endpoint).")
        case .modelRemoved(let event): line(.info, event.modelID, "Removed.")
        case .modelDownloadProgressed(let event):
            event.isFinished
                ? line(.info, event.modelID, "Downloaded.")
                : event.hasPercent || event.hasReceivedBytes
                    ? nil : line(.info, event.modelID, "Downloading: \(event.status).")
        case .modelDownloadFailed(let event):
            line(.error, event.modelID, "The download failed: \(event.reason)")
        case .modelLoadStarted(let event): line(.info, event.modelID, "Loading.")
        case .modelLoaded(let event): line(.info, event.model.id, event.inWords)
        case .modelLoadFailed(let event): line(.error, event.modelID, "Loading failed: \(event.reason)")
        case .modelUnloaded(let event): line(.info, event.modelID, "Unloaded.")
        case .modelTested(let event):
            event.succeeded
                ? line(.info, event.modelID, "Answered a test in \(milliseconds(event.latencyNs)).")
                : line(.error, event.modelID, "A test failed: \(event.error)")
        case .modelHealthChecked(let event): line(event.healthy ? .info : .error, event.modelID, event.detail)
        case .modelStateFound(let event):
            line(event.state == .loaded || event.state == .notLoaded ? .info : .warn, event.modelID, event.detail)
        case .modelServerRestarted(let event):
            event.succeeded
                ? line(
                    .warn, event.modelID,
                    "The server was started again, at \(event.newEndpoint), after \(milliseconds(event.durationNs)): \(event.reason)"
                )
                : line(.error, event.modelID, "The server could not be started again: \(event.detail)")
        default: nil
        }
    }
}

extension ModelLoaded {
    fileprivate var inWords: String {
        let name = model.hasVariant ? model.variant : model.modelID
        guard hasLoadTimeNs else { return "\(name) was in memory already." }
        let place = [model.deviceType, model.executionProvider].filter { !$0.isEmpty }.joined(separator: ", ")
        return "Loaded \(name) in \(milliseconds(loadTimeNs))\(hasWarm ? warm ? ", warm" : ", cold" : "")"
            + (place.isEmpty ? "." : " (\(place)).")
    }
}

private func line(_ level: LogLevel, _ model: String, _ message: String) -> LogRecorded {
    .with { ($0.level, $0.entityType, $0.entityID, $0.message) = (level, "service", model, message) }
}

private func milliseconds(_ nanoseconds: Int64) -> String { "\((nanoseconds + 500_000) / 1_000_000) ms" }
