import Events
import EventStore
import ProjectionKit

extension ModelRow {
    init(added identity: ModelIdentity, _ recorded: RecordedEvent, source: SourceID) {
        self.init(
            id: identity.id, alias: identity.alias, model_id: identity.modelID, status: .stopped, endpoint: nil,
            last_error: nil, last_heartbeat: nil, created_at: recorded.occurredMilliseconds,
            updated_at: recorded.occurredMilliseconds, foundry_id: nil, foundry_alias: nil, version: nil,
            deviceType: nil, executionProvider: nil, modelSize: nil, backend: identity.backend, runtime_version: nil,
            load_time_ms: nil, cold_load_time_ms: nil, warm_load_time_ms: nil, download_progress: nil,
            download_status: nil, downloaded_bytes: nil, download_size_bytes: nil, healthy: nil, restarts: 0,
            api_key_variable: nil, source: source.description, position: recorded.position)
    }

    mutating func take(_ event: ModelDownloadProgressed) {
        status = event.isFinished ? .stopped : .downloading
        last_error = nil
        download_progress = event.hasPercent ? event.percent : nil
        download_status = event.status
        if event.hasReceivedBytes { downloaded_bytes = event.receivedBytes }
        if event.hasTotalBytes { download_size_bytes = event.totalBytes }
    }

    mutating func take(_ event: ModelLoaded, _ recorded: RecordedEvent) {
        take(event.model)
        last_error = nil
        answered(.running, recorded)
        guard event.hasLoadTimeNs else { return }
        let milliseconds = Double(event.loadTimeNs) / 1e6
        load_time_ms = milliseconds
        guard event.hasWarm else { return }
        if event.warm { warm_load_time_ms = milliseconds } else { cold_load_time_ms = milliseconds }
    }

    mutating func take(_ event: ModelHealthChecked, _ recorded: RecordedEvent) {
        guard event.healthy else { return isGone(event.detail) }
        // Where the model stands shows with what is found of it, which follows.
        answered(status == .error ? .stopped : status, recorded)
        last_error = nil
    }

    mutating func take(_ event: ModelStateFound, _ recorded: RecordedEvent) {
        if event.hasModel { take(event.model) }
        let wasUnderWay = status == .loading || status == .downloading
        switch event.state {
        case .loaded: answered(.running, recorded)
        case .notLoaded, .notDownloaded: answered(.stopped, recorded)
        case .notOffered:
            isGone(event.detail)
            last_heartbeat = recorded.occurredMilliseconds
        default: isGone(event.detail)
        }
        guard status != .error else { return }
        let isBroken = event.state == .notDownloaded || wasUnderWay && status != .running
        last_error = isBroken ? event.detail : nil
    }

    mutating func take(_ event: ModelServerRestarted, _ recorded: RecordedEvent) {
        guard event.succeeded else { return isGone(event.detail) }
        restarts += 1
        if !event.newEndpoint.isEmpty { endpoint = event.newEndpoint }
        last_error = nil
        answered(.stopped, recorded)
    }

    mutating func fail(_ reason: String, download: Bool = false) {
        status = .error
        last_error = reason
        if download { download_status = reason }
    }

    /// The model or its server gave a sign of life.
    mutating func answered(_ status: Status, _ recorded: RecordedEvent) {
        self.status = status
        healthy = true
        last_heartbeat = recorded.occurredMilliseconds
    }

    private mutating func isGone(_ reason: String) {
        status = .error
        healthy = false
        last_error = reason
    }
}
