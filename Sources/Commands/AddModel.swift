import Events

/// Registers a model, or takes up that it now is elsewhere or is served by another version.
public struct AddModel: Sendable {
    public var model: ModelIdentity
    /// Whether a model that is registered already takes the alias given; else it keeps the one that a person gave it.
    public var renames: Bool

    public init(_ model: ModelIdentity, renames: Bool = false) {
        self.model = model
        self.renames = renames
    }

    /// Nothing when exactly this model is registered already.
    public func decide(_ stream: [Event]) -> [Event] {
        let registered = ModelState(stream).identity
        var model = self.model
        if let registered, !renames { model.alias = registered.alias }
        let added = model
        return registered == added ? [] : [.modelAdded(.with { $0.model = added })]
    }
}
