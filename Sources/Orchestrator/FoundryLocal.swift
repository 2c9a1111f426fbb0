import Streaming

/// Foundry Local's web service since SDK 1.x: the catalogue in `/v1/models`, loading by GET, chat by id.
///
/// Loads and unloads take the alias and, in some builds, the id; an id is tried first where one was asked for, since an
/// alias leaves the choice of the variant to the server.
struct FoundryLocal: OpenAIBased {
    let server: Server

    var capabilities: Capabilities {
        var capabilities = Capabilities()
        capabilities.load = true
        capabilities.unload = true
        capabilities.download = endpoint.isLoopback && command.program != nil
        capabilities.restart = capabilities.download
        return capabilities
    }

    var starter: [String] { ["foundry", "server", "start"] }
    var command: FoundryCommand { FoundryCommand(environment: server.environment) }

    func models() async throws(BackendError) -> [AvailableModel] {
        let loaded = try await loadedIDs()
        return try await openAIModels().map { entry in
            let name = FoundryName(entry.id)
            var model = AvailableModel(id: entry.id, alias: name.aliases[0])
            model.isLoaded = loaded.contains { sameModel(asked: entry.id, served: $0) }
            model.deviceType = name.deviceType
            model.executionProvider = name.executionProvider
            model.version = name.version
            model.publisher = entry.value["owned_by"]?.string
            return model
        }
    }

    func load(_ model: String) async throws(BackendError) -> LoadOutcome {
        let before = try await models()
        let asked = exact(model, in: before)
        if let asked, asked.isLoaded == true {
            return LoadOutcome(asked, in: nil)
        }
        let (status, duration) = try await call("load", model, asked, among: before, limit: HTTPExchange.loadLimit)
        let old = before.filter { $0.isLoaded == true }.map(\.id)
        let now = try await loadedIDs()
        let new = now.filter { id in !old.contains { sameModel(asked: id, served: $0) } }
        if let asked, !now.contains(where: { sameModel(asked: asked.id, served: $0) }) {
            let instead = new.isEmpty ? "nothing" : new.map { "'\($0)'" }.joined(separator: ", ")
            throw BackendError(
                .otherVariant,
                "Foundry Local at \(endpoint) was asked to load '\(asked.id)' and loaded \(instead) instead.")
        }
        let candidates = new.isEmpty ? before.matching(model).map(\.id).filter(now.contains) : new
        let alreadyLoaded = status.map { $0 == "already_loaded" } ?? new.isEmpty
        let variant = asked?.id ?? (candidates.count == 1 ? candidates[0] : nil)
        let details = variant.flatMap { id in before.first { sameModel(asked: $0.id, served: id) } }
        return LoadOutcome(
            alreadyLoaded: alreadyLoaded, duration: alreadyLoaded ? nil : duration, variant: variant,
            deviceType: details?.deviceType, executionProvider: details?.executionProvider)
    }

    func modelCacheLocation() async -> String? {
        try? await exchange.json("GET", "/status")["modelCachePath"]?.string
    }

    func unload(_ model: String) async throws(BackendError) -> UnloadOutcome {
        let before = try await models()
        let asked = exact(model, in: before)
        let (status, duration) = try await call(
            "unload", model, asked, among: before, limit: HTTPExchange.questionLimit)
        let wasLoaded = status.map { $0 != "not_loaded" } ?? asked?.isLoaded
        return UnloadOutcome(wasLoaded: wasLoaded, duration: duration)
    }

    /// The one variant that a name means; nil when it is an alias.
    private func exact(_ name: String, in models: [AvailableModel]) -> AvailableModel? {
        let found = models.filter { $0.id == name }
        return found.first ?? models.first { sameModel(asked: name, served: $0.id) && $0.alias != name }
    }

    private func loadedIDs() async throws(BackendError) -> [String] {
        let answer = try await exchange.json("GET", "/models/loaded")
        guard let ids = answer.strings else { throw unexpected(answer, from: "GET /models/loaded") }
        return ids
    }

    /// Tries the names that this server may know a model by, until one is known.
    private func call(
        _ verb: String, _ model: String, _ asked: AvailableModel?, among models: [AvailableModel], limit: Duration
    ) async throws(BackendError) -> (status: String?, duration: Duration) {
        var names = [asked?.id ?? model]
        if let asked { names += FoundryName(asked.id).aliases } else { names += models.matching(model).map(\.id) }
        for name in names {
            let path = "/models/\(verb)/\(name.pathComponent)"
            let start = ContinuousClock.now
            let outcome = try await exchange.answer("GET", path, limit: limit)
            let duration = ContinuousClock.now - start
            // An unknown name is 404, or an empty 500 in the first builds of this generation.
            if outcome.status == 404 || outcome.status == 500 && outcome.body.isEmpty { continue }
            if outcome.status == 400, HTTPExchange.message(in: outcome)?.lowercased().contains("not cached") == true {
                throw .notDownloaded(kind, endpoint, model)
            }
            if let error = exchange.problem(with: outcome, asking: "GET \(path)", limit: limit) { throw error }
            return (JSONValue(bytes: outcome.body)?["status"]?.string, duration)
        }
        throw .unknownModel(model, endpoint, known: models.map(\.id))
    }
}
