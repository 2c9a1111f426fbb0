extension Discovery {
    /// The server that was once at an address: there, or where a search of this host finds it now, since Foundry Local
    /// takes another port at every start.
    ///
    /// Only a server on this host is searched for, and only one of that kind which offers that model is taken for it.
    /// - Parameters:
    ///   - kind: what spoke there.
    ///   - model: exact name of a model that it offered.
    /// - Throws: why nothing answers at the old address, when it was not found elsewhere.
    public func backend(
        lastAt endpoint: Endpoint, kind: BackendKind, offering model: String
    ) async throws(BackendError) -> any Backend {
        let problem: BackendError
        do throws(BackendError) {
            let backend = try await identify(endpoint)
            guard backend.kind != kind else { return backend }
            problem = BackendError(
                .notAModelServer,
                "\(endpoint) was \(kind.displayName), and now \(backend.kind.displayName) answers there. "
                    + "Start the one that was there, or add the model anew.")
        } catch {
            problem = error
        }
        guard endpoint.isLoopback else { throw problem }
        for found in await look().found.map(\.backend) where found.kind == kind && found.endpoint != endpoint {
            if let offered = try? await found.model(model), offered.id == model { return found }
        }
        throw problem
    }
}
