import Events
import Orchestrator
import Streaming

extension Discovery {
    /// The server of a registered model; a local one that moved to another port is found again.
    ///
    /// - Throws: `BackendError`, why nothing answers.
    public func backend(of identity: ModelIdentity) async throws(BackendError) -> any Backend {
        let endpoint = try identity.address
        // Of an imported model no kind is known here; what answers at its address is taken for its server.
        guard let kind = BackendKind(rawValue: identity.backend) else { return try await identify(endpoint) }
        return try await backend(lastAt: endpoint, kind: kind, offering: identity.modelID)
    }
}

extension ModelIdentity {
    /// Where it was last served.
    ///
    /// - Throws: `BackendError.invalidEndpoint`, also for an imported model of which no address is known.
    public var address: Endpoint {
        get throws(BackendError) { try Endpoint(endpoint, apiKeyVariable: hasApiKeyVariable ? apiKeyVariable : nil) }
    }

    /// Its server as it was last known, without a question to it: for one that may not answer. Nil when no kind is known.
    ///
    /// - Throws: `BackendError.invalidEndpoint`.
    public func lastBackend(using client: StreamingClient) throws(BackendError) -> (any Backend)? {
        let endpoint = try address
        return BackendKind(rawValue: backend)?.backend(at: endpoint, using: client)
    }
}
