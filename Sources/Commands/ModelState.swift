import Events

/// What a model's stream says of it now.
public struct ModelState {
    /// Who it is; nil before it was added and after it was removed.
    public private(set) var identity: ModelIdentity?

    public init(_ stream: [Event]) {
        for event in stream {
            switch event {
            case .modelAdded(let event): identity = event.model
            case .modelRemoved: identity = nil
            default: break
            }
        }
    }
}
