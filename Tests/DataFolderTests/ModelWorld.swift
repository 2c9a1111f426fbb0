import Benchmarking
import DataFolder
import Events
import Models
import Orchestrator
import Simulator
import Streaming
import TestSupport
import Testing

/// A simulated server of some kind, and a data folder in which its models are registered.
struct ModelWorld: Sendable {
    let installation: Installation
    let client: StreamingClient
    let backend: any Backend
    let server: SimulatedServer

    /// The server's models are two that are downloaded and not loaded, `small` and `other`, unless `configure` says otherwise.
    static func with(
        _ personality: Personality = .lmStudio, _ configure: (inout SimulatorConfiguration) -> Void = { _ in },
        _ body: (ModelWorld) async throws -> Void
    ) async throws {
        var configuration = SimulatorConfiguration(as: personality)
        configuration.models = ["small", "other"].map { SimulatedModel($0) }
        configure(&configuration)
        try await withSimulator(configuration) { server in
            let client = StreamingClient()
            let discovery = Discovery(client: client, environment: ["PATH": ""])
            let backend = try await identify(server, discovery)
            try await withTemporaryFolder { folder in
                let installation = try Installation(folder: folder)
                defer { installation.close() }
                try await body(
                    ModelWorld(installation: installation, client: client, backend: backend, server: server))
            }
            await client.shutdown()
        }
    }

    /// Asks again when the machine was too busy for an answer within a second.
    private static func identify(_ server: SimulatedServer, _ discovery: Discovery) async throws -> any Backend {
        for _ in 0..<60 {
            if let backend = try? await discovery.identify(Endpoint(server.url)) { return backend }
        }
        return try await discovery.identify(Endpoint(server.url))
    }

    var discovery: Discovery { Discovery(client: client, environment: ["PATH": ""]) }

    /// What can be done with a model, which is registered.
    func lifecycle(_ name: String) async throws -> ModelLifecycle {
        let identity = ModelIdentity(AvailableModel(id: name), on: backend)
        try await installation.register(identity)
        return installation.lifecycle(of: identity, on: backend)
    }

    /// The model's row, after all that happened.
    func row(_ name: String) throws -> ModelRow {
        try installation.projector.catchUp()
        return try #require(try installation.model(name))
    }

    /// What happened to the model since it was added.
    func events(_ name: String) throws -> [Event] {
        let id = ModelIdentity(AvailableModel(id: name), on: backend).id
        return try installation.log.readStream(.model(id)).dropFirst().map(\.event)
    }
}
