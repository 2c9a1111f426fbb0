import Events
import Orchestrator
import Streaming

extension EarlierRun {
    /// Its models, each where its server is now.
    ///
    /// - Parameter missingToo: whether one whose server is not found is planned where it was: its part of the run then says why
    ///   it has no figures, and the others complete.
    /// - Throws: `BackendError` when an address can't be used at all, or a server is not found.
    public func models(
        _ discovery: Discovery, _ client: StreamingClient, missingToo: Bool
    ) async throws(BackendError) -> [PlannedModel] {
        var models: [PlannedModel] = []
        for var identity in requested.models {
            let kind = BackendKind(rawValue: identity.backend) ?? .openAI
            let endpoint = try Endpoint(
                identity.endpoint, apiKeyVariable: identity.hasApiKeyVariable ? identity.apiKeyVariable : nil)
            var backend = kind.backend(at: endpoint, using: client)
            do throws(BackendError) {
                backend = try await discovery.backend(lastAt: endpoint, kind: kind, offering: identity.modelID)
            } catch {
                guard missingToo else { throw error }
            }
            identity.endpoint = backend.endpoint.description
            models.append(PlannedModel(identity: identity, backend: backend))
        }
        return models
    }

    /// The whole request once more, on these models.
    ///
    /// - Throws: `SuiteError` when a text is no longer there.
    public func plan(_ models: [PlannedModel], occasion: Occasion?) async throws(SuiteError) -> RunPlan {
        let suite = try suite()
        var plan = RunPlan(
            runID: EventID.make().description, suite: suite, scenarios: suite.scenarios, models: models,
            settings: settings(), simulated: requested.simulated, label: requested.label)
        plan.occasion = occasion
        return await plan.prepared()
    }
}
