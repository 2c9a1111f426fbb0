import Benchmarking
import Commands
import EventStore
import Events
import Orchestrator

extension Installation {
    /// Registers a model, or takes up where it now is.
    ///
    /// - Parameter renaming: whether a model that is registered already takes the alias given.
    /// - Returns: whether there was anything to record.
    @discardableResult
    public func register(_ identity: ModelIdentity, renaming: Bool = false) async throws -> Bool {
        try await execute(on: .model(identity.id), AddModel(identity, renames: renaming).decide) != nil
    }

    /// Takes a model off the list. Its runs and results stay.
    ///
    /// - Throws: `CommandError.unknownModel`.
    public func remove(model id: String) async throws {
        try await execute(on: .model(id), RemoveModel(id).decide)
    }

    /// Who a registered model is, as its stream says; nil when it is not registered.
    public func identity(ofModel id: String) throws -> ModelIdentity? {
        guard let stream = try? StreamID.model(id) else { return nil }
        return ModelState(try log.readStream(stream).map(\.event)).identity
    }

    /// What can be done with a model on its server, recorded in its stream.
    ///
    /// - Parameter recorded: told after each event that it is durable.
    public func lifecycle(
        of identity: ModelIdentity, on backend: any Backend, recorded: @escaping @Sendable () -> Void = {}
    ) -> ModelLifecycle {
        ModelLifecycle(identity, on: backend) { event in
            try await self.record(event, ofModel: identity.id)
            recorded()
        }
    }
}
