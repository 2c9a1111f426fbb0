import Events

/// Takes down how a model was found, where that is not what the log says.
public struct RecordFoundState: Sendable {
    /// As it was found; its detail is why its server could not be asked.
    public var found: ModelStateFound

    public init(_ found: ModelStateFound) { self.found = found }

    /// Nothing when the log says so already, or the model is not registered.
    ///
    /// A model that loads or downloads by the log is taken for one whose process ended in the middle: a caller has to know that.
    /// One that is in memory after all ends its load as loaded.
    public func decide(_ stream: [Event]) -> [Event] {
        let state = ModelState(stream)
        guard state.identity != nil, state.phase.isContradicted(by: found.state) else { return [] }
        if state.phase == .loading, found.state == .loaded {
            return [.modelLoaded(.with { ($0.model, $0.alreadyLoaded) = (found.model, true) })]
        }
        var event = found
        event.detail =
            "\(state.phase.sentence); \(found.state.sentence)" + (found.detail.isEmpty ? "." : ": \(found.detail)")
        return [.modelStateFound(event)]
    }
}

extension ModelState.Phase {
    /// Whether an operation goes on, by the log.
    public var isUnderWay: Bool { self == .downloading || self == .loading }

    fileprivate func isContradicted(by found: FoundState) -> Bool {
        switch self {
        case .downloading, .loading: true
        // That it lies there is what everybody assumes of a model that was added.
        case .registered: found != .notLoaded && found != .notDownloaded
        case .loaded: found != .loaded
        case .notLoaded: found != .notLoaded
        case .notDownloaded: found != .notDownloaded
        case .notOffered: found != .notOffered
        case .unreachable: found != .unknown
        }
    }

    /// What the log said, as the first half of a sentence.
    fileprivate var sentence: String {
        switch self {
        case .registered: "It was not known to be loaded"
        case .downloading: "It was being downloaded when the process that watched over it ended"
        case .loading: "It was being loaded when the process that asked for it ended"
        case .loaded: "It was loaded"
        case .notLoaded: "It was not loaded"
        case .notDownloaded: "It was not on its server's disk"
        case .notOffered: "Its server did not offer it"
        case .unreachable: "Its server did not answer"
        }
    }
}

extension FoundState {
    /// What was found, as the second half of a sentence.
    fileprivate var sentence: String {
        switch self {
        case .loaded: "now it is in memory"
        case .notLoaded: "now it is not in memory"
        case .notDownloaded: "now it is not on its server's disk"
        case .notOffered: "now its server does not offer it"
        default: "now its server could not be asked"
        }
    }
}
