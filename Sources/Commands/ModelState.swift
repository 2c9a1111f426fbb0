import Events

/// What a model's stream says of it now.
public struct ModelState {
    /// Who it is, at the address where it was last found; nil before it was added and after it was removed.
    public private(set) var identity: ModelIdentity?
    public private(set) var phase = Phase.registered
    /// What the last health check said; nil before the first.
    public private(set) var health: ModelHealthChecked?
    /// Index in the stream of the last event that had it in its server's memory; nil when there is none since the server
    /// was started or failed to answer.
    public private(set) var inMemoryIndex: Int?
    /// Whether the log knows that the server was started, or did not answer, at some time.
    public private(set) var serverWasGone = false

    /// Where it stands, as far as the log goes.
    public enum Phase: Sendable {
        /// Added, or the last operation failed: nothing more is said.
        case registered
        case downloading, loading, loaded, notLoaded, notDownloaded, notOffered, unreachable
    }

    public init(_ stream: [Event]) {
        for (index, event) in stream.enumerated() { take(event, at: index) }
    }

    private mutating func take(_ event: Event, at index: Int) {
        switch event {
        case .modelAdded(let event): identity = event.model
        case .modelRemoved: self = ModelState([])
        case .modelDownloadProgressed(let event): phase = event.isFinished ? .notLoaded : .downloading
        case .modelDownloadFailed, .modelLoadFailed: phase = .registered
        case .modelLoadStarted(let event):
            phase = .loading
            move(to: event.endpoint)
        case .modelLoaded: (phase, inMemoryIndex) = (.loaded, index)
        case .modelUnloaded: (phase, inMemoryIndex) = (.notLoaded, index)
        case .modelTested(let event) where event.succeeded: (phase, inMemoryIndex) = (.loaded, index)
        case .modelHealthChecked(let event):
            health = event
            if !event.healthy { serverIsGone() }
        case .modelStateFound(let event): take(event, at: index)
        case .modelServerRestarted(let event) where event.succeeded:
            serverIsGone()
            phase = .notLoaded
            move(to: event.newEndpoint)
        default: break
        }
    }

    private mutating func take(_ event: ModelStateFound, at index: Int) {
        move(to: event.model.endpoint)
        switch event.state {
        case .loaded: (phase, inMemoryIndex) = (.loaded, index)
        case .notLoaded: phase = .notLoaded
        case .notDownloaded: phase = .notDownloaded
        case .notOffered: phase = .notOffered
        default: serverIsGone()
        }
    }

    private mutating func serverIsGone() {
        (phase, inMemoryIndex, serverWasGone) = (.unreachable, nil, true)
    }

    private mutating func move(to endpoint: String) {
        if !endpoint.isEmpty { identity?.endpoint = endpoint }
    }
}
