import Events

/// Takes a model off the list. Its runs and results stay.
public struct RemoveModel: Sendable {
    public var id: String

    public init(_ id: String) { self.id = id }

    /// - Throws: `CommandError.unknownModel` when it is not registered.
    public func decide(_ stream: [Event]) throws(CommandError) -> [Event] {
        guard ModelState(stream).identity != nil else { throw .unknownModel(id, known: []) }
        return [.modelRemoved(.with { $0.modelID = id })]
    }
}
