import Benchmarking
import Commands
import DataFolder
import Events
import Foundation
import Hummingbird
import Models
import Orchestrator
import ProjectionKit
import Streaming

private struct NewModel: Decodable {
    var alias: String
    var model_id: String
    /// Where to look for it; the servers found on this host when it is absent.
    var endpoint: String?
}

private struct Question: Decodable {
    var prompt: String?
}

/// What the original answers to a load, and what goes on now.
private struct LoadAnswer: Codable {
    struct ModelInfo: Codable {
        var id: String
        var alias: String
        @Nullable var deviceType: String?
        @Nullable var executionProvider: String?
    }
    var success = true
    var message: String
    var modelInfo: ModelInfo
    var endpoint: String
}

private struct TestAnswer: Codable {
    struct Usage: Codable, Hashable, Sendable {
        @Nullable var prompt_tokens: Int?
        @Nullable var completion_tokens: Int?
        @Nullable var total_tokens: Int?

        init(_ usage: TokenUsage) {
            prompt_tokens = usage.prompt
            completion_tokens = usage.completion
            total_tokens = usage.prompt.flatMap { prompt in usage.completion.map { prompt + $0 } }
        }
    }
    var success = true
    var response: String
    @Nullable var usage: Usage?
    /// ms
    var latency: Double
    var model: String
}

struct Success: Codable {
    var success = true
    @Nullable var message: String?
}

func addModelWrites(to router: Router<BasicRequestContext>, _ sources: WebSources) {
    let installation = sources.installation

    @Sendable func registered(_ context: BasicRequestContext) throws -> ModelIdentity {
        let id = try context.parameters.require("id")
        guard let identity = try installation.identity(ofModel: id) else {
            throw Problem.notFound("Unknown model '\(id)'. GET /api/models lists those there are.")
        }
        return identity
    }

    router.post("/api/models") { request, _ in
        let new = try await request.json(NewModel.self)
        var identity = try await sources.offer(new.model_id, endpoint: new.endpoint)
        identity.alias = new.alias
        try await installation.register(identity)
        try installation.projector.catchUp()
        guard let row = try installation.model(identity.id) else {
            throw Problem.notFound("The model '\(identity.id)' was removed while it was added.")
        }
        return try Response.json(["model": row], status: .created)
    }
    router.delete("/api/models/:id") { _, context in
        let identity = try registered(context)
        // As much as can be done: a server that is gone holds no memory either.
        if let backend = try? await sources.backend(of: identity), backend.capabilities.unload {
            _ = try? await installation.lifecycle(of: identity, on: backend).unload()
        }
        try await installation.remove(model: identity.id)
        try installation.projector.catchUp()
        return try Response.json(Success())
    }
    for word in ["load", "start"] {
        router.post("/api/models/:id/\(word)") { _, context in
            var identity = try registered(context)
            let backend = try await sources.backend(of: identity)
            identity.endpoint = backend.endpoint.description
            guard backend.capabilities.load else {
                throw Problem.conflict(
                    "\(backend.kind.displayName) at \(backend.endpoint) cannot load a model on request.")
            }
            let model = identity
            let isNew = try await sources.work.begin("load \(model.id)", model.id) { error in
                sources.logger.error(
                    "Could not load \(model.alias): \(error)",
                    metadata: ["entity_type": "service", "entity_id": "\(model.id)"])
            } _: { begun in
                _ = try await installation.lifecycle(of: model, on: backend, recorded: begun).load()
            }
            try installation.projector.catchUp()
            let answer = LoadAnswer(
                message: isNew ? "Loading \(model.alias)." : "\(model.alias) is being loaded already.",
                modelInfo: .init(
                    id: model.modelID, alias: model.alias, deviceType: model.hasDeviceType ? model.deviceType : nil,
                    executionProvider: model.hasExecutionProvider ? model.executionProvider : nil),
                endpoint: model.endpoint)
            return try Response.accepted(answer, at: "/api/models/\(model.id)/status")
        }
    }
    router.post("/api/models/:id/stop") { _, context in
        let identity = try registered(context)
        let backend = try await sources.backend(of: identity)
        _ = try await installation.lifecycle(of: identity, on: backend).unload()
        try installation.projector.catchUp()
        return try Response.json(Success())
    }
    router.post("/api/models/:id/test") { request, context in
        let question = try await request.json(Question.self)
        let identity = try registered(context)
        let backend = try await sources.backend(of: identity)
        if try await backend.models().first(where: { $0.id == identity.modelID })?.isLoaded == false {
            throw Problem.badRequest(
                "\(identity.alias) is not loaded. POST /api/models/\(identity.id)/load loads it.")
        }
        let test = try await installation.lifecycle(of: identity, on: backend).test(
            question.prompt ?? "Say hello in one short sentence.", maxTokens: 50, timeout: .seconds(60),
            using: sources.client)
        try installation.projector.catchUp()
        if let error = test.error { throw Problem(status: .badGateway, title: "Bad gateway", detail: error) }
        return try Response.json(
            TestAnswer(
                response: test.response, usage: test.usage.map(TestAnswer.Usage.init),
                latency: test.latency / .milliseconds(1), model: test.model))
    }
}

extension WebSources {
    /// The server of a registered model; a local one that moved to another port is found again.
    ///
    /// - Throws: `BackendError`.
    func backend(of identity: ModelIdentity) async throws -> any Backend {
        let variable = identity.hasApiKeyVariable ? identity.apiKeyVariable : nil
        let endpoint = try Endpoint(identity.endpoint, apiKeyVariable: variable)
        // Of an imported model no kind is known here; what answers at its address is taken for its server.
        guard let kind = BackendKind(rawValue: identity.backend) else { return try await discovery.identify(endpoint) }
        return try await discovery.backend(lastAt: endpoint, kind: kind, offering: identity.modelID)
    }

    /// Who the model of that name is, at that address or at one of the servers found here. No key goes there: whoever may ask
    /// this service could have any secret of its environment sent anywhere. Such a model is added on the command line.
    fileprivate func offer(_ name: String, endpoint: String?) async throws -> ModelIdentity {
        let servers: [any Backend]
        if let endpoint {
            servers = [try await discovery.identify(Endpoint(endpoint))]
        } else {
            servers = await discovery.look().found.map(\.backend)
        }
        for backend in servers {
            let models = try await backend.models()
            if let model = models.first(where: { $0.id == name }) ?? models.matching(name).first {
                return ModelIdentity(model, on: backend)
            }
        }
        let asked = servers.map { "\($0.endpoint)" }.joined(separator: ", ")
        throw Problem.notFound(
            "No server offers a model '\(name)': "
                + (asked.isEmpty ? "none was found on this host." : "asked were \(asked).")
                + " GET /api/models/available lists what there is.")
    }
}
