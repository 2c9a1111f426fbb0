import Events

/// Registers a model, or takes up that it now is elsewhere or is served by another version.
public struct AddModel: Sendable {
    public var model: ModelIdentity

    public init(_ model: ModelIdentity) { self.model = model }

    /// Nothing when exactly this model is registered already.
    public func decide(_ stream: [Event]) -> [Event] {
        ModelState(stream).identity == model ? [] : [.modelAdded(.with { $0.model = model })]
    }
}
