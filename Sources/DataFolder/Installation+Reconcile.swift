import Benchmarking
import Events
import Models
import Orchestrator
import Streaming

/// What the log says of models is held against what their servers say, and the difference is recorded: the process that loaded
/// or downloaded one may have died, a server may have been stopped, or have dropped a model.
extension Installation {
    /// How long all servers together may take, which are asked at once.
    public static let reconcileLimit = Duration.seconds(5)

    /// Holds registered models against their servers.
    ///
    /// - Parameters:
    ///   - ids: of these models; of all when nil.
    ///   - searching: whether a local server that moved to another port is looked for.
    ///   - limit: how long a server may take; one that is busy is asked until then.
    /// - Throws: what the tables throw. That something could not be recorded shows at the next time.
    public func reconcileModels(
        _ ids: Set<String>? = nil, using discovery: Discovery, searching: Bool = true,
        limit: Duration = reconcileLimit
    ) async throws {
        let rows = try models().value.filter { ids?.contains($0.id) ?? true }
        let identities = try rows.compactMap { try identity(ofModel: $0.id) }
        // An imported model has no server.
        let servers = Dictionary(grouping: identities.filter { BackendKind(rawValue: $0.backend) != nil }) {
            ServerKey(backend: $0.backend, endpoint: $0.endpoint, apiKeyVariable: $0.apiKeyVariable)
        }
        await withTaskGroup { group in
            for models in servers.values {
                group.addTask {
                    await self.reconcile(models, limit) {
                        guard !searching else { return try await discovery.backend(of: models[0]) }
                        let backend = try await discovery.identify(models[0].address)
                        return backend.kind.rawValue == models[0].backend
                            ? backend : try await discovery.backend(of: models[0])
                    }
                }
            }
        }
    }

    /// Holds the models of a run against the servers that it will ask.
    func reconcile(_ planned: [PlannedModel]) async {
        let servers = Dictionary(grouping: planned, by: \.backend.endpoint)
        await withTaskGroup { group in
            for models in servers.values {
                group.addTask {
                    await self.reconcile(models.map(\.identity), Self.reconcileLimit) { models[0].backend }
                }
            }
        }
    }

    /// Asks one server for its list, once, and records how its models were found.
    private func reconcile(
        _ identities: [ModelIdentity], _ limit: Duration,
        _ server: @escaping @Sendable () async throws -> any Backend
    ) async {
        let answer = await within(limit) {
            while true {
                do {
                    let backend = try await server()
                    return (backend, try await backend.models())
                } catch let error as BackendError where error.code == .timedOut && !Task.isCancelled {
                    // The first question of a search has a second; a server at work may need more.
                    continue
                }
            }
        }
        // A wait that was broken off tells nothing of a server.
        guard !Task.isCancelled else { return }
        for identity in identities {
            switch answer {
            case .success(let (backend, models)):
                var moved = identity
                moved.endpoint = backend.endpoint.description
                let model =
                    models.first { $0.id == identity.modelID }
                    ?? models.first { sameModel(asked: identity.modelID, served: $0.id) }
                _ = try? await lifecycle(of: moved, on: backend).found(model)
            case .failure(let error):
                // The built-in simulator ends with its run: that it is gone is no fault.
                let state: FoundState = identity.backend == BackendKind.simulator.rawValue ? .notLoaded : .unknown
                let found = ModelStateFound.with {
                    ($0.modelID, $0.state, $0.detail) = (identity.id, state, "\(error)")
                }
                try? await record(.modelStateFound(found), ofModel: identity.id)
            }
        }
    }
}

/// What one server's models have in common.
private struct ServerKey: Hashable {
    var backend: String
    var endpoint: String
    var apiKeyVariable: String
}

/// What some work gave, or that it took longer than it may.
private func within<Value: Sendable>(
    _ limit: Duration, _ work: @escaping @Sendable () async throws -> Value
) async -> Result<Value, any Error> {
    await withTaskGroup(of: Result<Value, any Error>.self) { group in
        group.addTask {
            do { return .success(try await work()) } catch { return .failure(error) }
        }
        group.addTask {
            try? await Task.sleep(for: limit)
            return .failure(NoAnswer(limit: limit))
        }
        defer { group.cancelAll() }
        return await group.next() ?? .failure(CancellationError())
    }
}

private struct NoAnswer: Error, CustomStringConvertible {
    var limit: Duration
    var description: String { "It did not answer within \(limit.components.seconds) s." }
}
