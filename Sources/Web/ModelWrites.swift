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

private struct AddedModel: Codable {
    var model: ModelRow
}

extension NewModel: SchemaRefined {
    static var refinements: [String: JSONValue] {
        ["alias": ["minLength": 1], "model_id": ["minLength": 1], "endpoint": ["pattern": Endpoint.pattern]]
    }
}

private struct Question: Decodable {
    var prompt: String?
}

/// What the original answers to a load, and what goes on now: a load, a download or a restart.
private struct WorkAnswer: Codable {
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

func addModelWrites(to table: inout RouteTable, _ sources: WebSources) {
    let installation = sources.installation

    @Sendable func registered(_ call: Call) throws -> ModelIdentity {
        let id = try call.id
        guard let identity = try installation.identity(ofModel: id) else { throw Problem.unknownModel(id) }
        return identity
    }

    table.post(
        "/api/models", "Registers a model that a server offers.", body: .json(NewModel.self),
        answer: .json(AddedModel.self, status: .created)
    ) { call in
        let new = try await call.request.json(NewModel.self)
        for (name, value) in [("alias", new.alias), ("model_id", new.model_id)] where value.isEmpty {
            throw Problem.badRequest("The request's body has an empty '\(name)'.")
        }
        var identity = try await sources.offer(new.model_id, endpoint: new.endpoint)
        identity.alias = new.alias
        try await installation.register(identity, renaming: true)
        try installation.projector.catchUp()
        guard let row = try installation.model(identity.id) else {
            throw Problem.notFound("The model '\(identity.id)' was removed while it was added.")
        }
        return try Response.json(AddedModel(model: row), status: .created)
    }
    table.delete("/api/models/{id}", "Unloads a model and forgets it.", answer: .json(Success.self)) { call in
        let identity = try registered(call)
        await sources.work.end(modelWork(identity), identity.id)
        // As much as can be done: a server that is gone holds no memory either.
        if let backend = try? await sources.backend(of: identity), backend.capabilities.unload {
            _ = try? await installation.lifecycle(of: identity, on: backend).unload()
        }
        try await installation.remove(model: identity.id)
        try installation.projector.catchUp()
        return try Response.json(Success())
    }
    for word in ["load", "start"] {
        table.post(
            "/api/models/{id}/\(word)", "Loads a model, downloading it before where that is needed.",
            answer: .json(WorkAnswer.self, status: .accepted)
        ) { call in
            let (identity, backend) = try await sources.served(registered(call))
            guard backend.capabilities.load else {
                throw Problem.conflict(
                    "\(backend.kind.displayName) at \(backend.endpoint) cannot load a model on request.")
            }
            let offered = try await backend.model(identity.modelID)
            let isMissing =
                backend.capabilities.download
                && offered.map { $0.isDownloaded == false } ?? backend.kind.fetchesUnlistedModels
            let isNew = try await sources.begin("load", identity) { begun in
                let lifecycle = installation.lifecycle(of: identity, on: backend, recorded: begun)
                if isMissing { _ = try await lifecycle.download() }
                _ = try await lifecycle.load()
            }
            let doing = isMissing ? "Downloading \(identity.alias), then loading it." : "Loading \(identity.alias)."
            return try sources.accepted(identity, isNew ? doing : "\(identity.alias) is being worked on already.")
        }
    }
    table.post(
        "/api/models/{id}/download", "Downloads a model.", answer: .json(WorkAnswer.self, status: .accepted)
    ) { call in
        let (identity, backend) = try await sources.served(registered(call))
        guard backend.capabilities.download else {
            throw Problem.conflict(
                "\(backend.kind.displayName) at \(backend.endpoint) cannot download a model on request.")
        }
        if try await backend.model(identity.modelID)?.isDownloaded == true {
            return try sources.accepted(identity, "\(identity.alias) is downloaded already.")
        }
        let isNew = try await sources.begin("download", identity) { begun in
            _ = try await installation.lifecycle(of: identity, on: backend, recorded: begun).download()
        }
        return try sources.accepted(
            identity, isNew ? "Downloading \(identity.alias)." : "\(identity.alias) is being worked on already.")
    }
    table.post(
        "/api/models/{id}/restart", "Starts a model's server again.", answer: .json(WorkAnswer.self, status: .accepted)
    ) { call in
        // Its own tool alone: whoever may ask this service must not have it run a command of theirs.
        let identity = try registered(call)
        let backend = try await sources.backendEvenIfDown(of: identity)
        guard backend.capabilities.restart else {
            throw Problem.conflict(
                "\(backend.kind.displayName) at \(backend.endpoint) cannot be started from here. "
                    + "Start it as you did before, or with `flperf models restart \(identity.id) --command …`.")
        }
        let isNew = try await sources.begin("restart", identity) { begun in
            begun()
            _ = try await installation.lifecycle(of: identity, on: backend)
                .restart(command: nil, reason: "asked for over HTTP")
            try await installation.reconcileModels(using: sources.discovery)
        }
        return try sources.accepted(
            identity,
            isNew ? "Starting the server of \(identity.alias)." : "\(identity.alias) is being worked on already.")
    }
    table.post("/api/models/{id}/stop", "Unloads a model.", answer: .json(Success.self)) { call in
        let registered = try registered(call)
        await sources.work.end(modelWork(registered), registered.id)
        let (identity, backend) = try await sources.served(registered)
        _ = try await installation.lifecycle(of: identity, on: backend).unload()
        try installation.projector.catchUp()
        return try Response.json(Success())
    }
    table.post(
        "/api/models/{id}/test", "Asks a loaded model one question.", body: .json(Question.self, isRequired: false),
        answer: .json(TestAnswer.self)
    ) { call in
        let question = try await call.request.json(Question.self)
        let (identity, backend) = try await sources.served(registered(call))
        let lifecycle = installation.lifecycle(of: identity, on: backend)
        let found = try await lifecycle.look()
        try installation.projector.catchUp()
        switch found {
        case .notOffered:
            throw Problem.conflict(
                "\(identity.alias) is gone: \(backend.kind.displayName) at \(backend.endpoint) no longer offers it.")
        case .notLoaded, .notDownloaded:
            throw Problem.badRequest("\(identity.alias) is not loaded. POST /api/models/\(identity.id)/load loads it.")
        default: break
        }
        let test = try await lifecycle.test(
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

/// What is done with one model goes on alone.
private func modelWork(_ identity: ModelIdentity) -> String { "model \(identity.id)" }

extension WebSources {
    /// Starts work on a model that is answered before it is over; false when other work on it goes on.
    fileprivate func begin(
        _ verb: String, _ identity: ModelIdentity,
        _ body: @escaping @Sendable (_ begun: @escaping @Sendable () -> Void) async throws -> Void
    ) async throws -> Bool {
        let isNew = try await work.begin(modelWork(identity), identity.id) { error in
            logger.error("Could not \(verb) \(identity.alias): \(error)")
        } _: { begun in
            try await body(begun)
        }
        try installation.projector.catchUp()
        return isNew
    }

    fileprivate func accepted(_ model: ModelIdentity, _ message: String) throws -> Response {
        let answer = WorkAnswer(
            message: message,
            modelInfo: .init(
                id: model.modelID, alias: model.alias, deviceType: model.hasDeviceType ? model.deviceType : nil,
                executionProvider: model.hasExecutionProvider ? model.executionProvider : nil),
            endpoint: model.endpoint)
        return try Response.accepted(answer, at: "/api/models/\(model.id)/status")
    }

    /// A registered model where it is served now, and its server.
    fileprivate func served(_ registered: ModelIdentity) async throws -> (ModelIdentity, any Backend) {
        var identity = registered
        let backend = try await backend(of: identity)
        identity.endpoint = backend.endpoint.description
        return (identity, backend)
    }

    /// The server of a registered model; a local one that moved to another port is found again.
    ///
    /// - Throws: `BackendError`.
    func backend(of identity: ModelIdentity) async throws -> any Backend { try await discovery.backend(of: identity) }

    /// The same, or the server as it was last known: for what can be done with one that does not answer.
    func backendEvenIfDown(of identity: ModelIdentity) async throws -> any Backend {
        do {
            return try await backend(of: identity)
        } catch {
            guard let backend = try identity.lastBackend(using: client) else { throw error }
            return backend
        }
    }

    /// The server that a caller names, which answers or is not there.
    func server(at address: String) async throws -> any Backend {
        do {
            return try await discovery.identify(Endpoint(address))
        } catch  where error.code != .invalidEndpoint {
            throw Problem.notFound(error.description)
        }
    }

    /// Who the model of that name is, at that address or at one of the servers found here. No key goes there: whoever may ask
    /// this service could have any secret of its environment sent anywhere. Such a model is added on the command line.
    fileprivate func offer(_ name: String, endpoint: String?) async throws -> ModelIdentity {
        let servers: [any Backend]
        if let endpoint {
            servers = [try await server(at: endpoint)]
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
