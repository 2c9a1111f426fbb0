import Streaming

/// Foundry Local's service up to 0.8: a catalogue with details, loading by id, chat by the full id only.
struct FoundryLocalLegacy: OpenAIBased {
    let server: Server

    /// How long the service keeps a model that nobody asks, in seconds; its clients use 600, a run may pause longer.
    static let timeToLive = 3600

    var capabilities: Capabilities {
        var capabilities = Capabilities()
        capabilities.load = true
        capabilities.unload = true
        capabilities.download = true
        capabilities.restart = endpoint.isLoopback && command.program != nil
        capabilities.switchCache = capabilities.restart
        return capabilities
    }

    var starter: [String] { ["foundry", "service", "start"] }
    var command: FoundryCommand { FoundryCommand(environment: server.environment) }

    func models() async throws(BackendError) -> [AvailableModel] {
        let loaded = try await ids("/openai/loadedmodels")
        let downloaded = try await ids("/openai/models")
        let catalogue = try await catalogue().map { Self.model($0.id, $0.value) }
        // A model that was put there by hand is in no catalogue.
        let others = (downloaded + loaded).filter { id in !catalogue.contains { sameModel(asked: id, served: $0.id) } }
        let all = catalogue + Set(others).sorted().map { Self.model($0, .null) }
        return all.map { model in
            var model = model
            model.isLoaded = loaded.contains { sameModel(asked: model.id, served: $0) }
            model.isDownloaded = downloaded.contains { sameModel(asked: model.id, served: $0) }
            return model
        }
    }

    func modelCacheLocation() async -> String? {
        let status = try? await exchange.json("GET", "/openai/status")
        // The key's case changed between its versions.
        return ["modelDirPath", "ModelDirPath"].lazy.compactMap { status?[$0]?.string }.first
    }

    func load(_ model: String) async throws(BackendError) -> LoadOutcome {
        let variant = try await variant(model)
        if variant.isLoaded == true { return LoadOutcome(variant, in: nil) }
        if variant.isDownloaded == false { throw .notDownloaded(kind, endpoint, variant.id) }
        let path = "/openai/load/\(variant.id.pathComponent)"
        let duration = try await order(path, "?ttl=\(Self.timeToLive)&ep=", limit: HTTPExchange.loadLimit)
        let loaded = try await ids("/openai/loadedmodels")
        guard loaded.contains(where: { sameModel(asked: variant.id, served: $0) }) else {
            throw BackendError(
                .otherVariant,
                "Foundry Local at \(endpoint) was asked to load '\(variant.id)', but has loaded "
                    + (loaded.isEmpty ? "nothing." : "\(loaded.joined(separator: ", ")) instead."))
        }
        return LoadOutcome(variant, in: duration)
    }

    func unload(_ model: String) async throws(BackendError) -> UnloadOutcome {
        let variant = try await variant(model)
        // Without force the service keeps the model until its time to live is over.
        let path = "/openai/unload/\(variant.id.pathComponent)"
        let duration = try await order(path, "?force=true", limit: HTTPExchange.questionLimit)
        return UnloadOutcome(wasLoaded: variant.isLoaded, duration: duration)
    }

    /// The variant that a name means; of several, the one in memory, else the first on the disk, else the first.
    func variant(_ name: String) async throws(BackendError) -> AvailableModel {
        let found = try resolve(name, among: try await models())
        return found.first { $0.isLoaded == true } ?? found.first { $0.isDownloaded == true } ?? found[0]
    }

    /// The entries of the catalogue, each with its id.
    func catalogue() async throws(BackendError) -> [(id: String, value: JSONValue)] {
        let list = try await exchange.json("GET", "/foundry/list")
        guard let entries = list.array ?? list["models"]?.array else {
            throw unexpected(list, from: "GET /foundry/list")
        }
        return entries.compactMap { entry in (entry["id"]?.string ?? entry["name"]?.string).map { ($0, entry) } }
    }

    private func order(_ path: String, _ query: String, limit: Duration) async throws(BackendError) -> Duration {
        let start = ContinuousClock.now
        let outcome = try await exchange.answer("GET", path + query, limit: limit)
        let duration = ContinuousClock.now - start
        if let error = exchange.problem(with: outcome, asking: "GET \(path)", limit: limit) { throw error }
        return duration
    }

    private func ids(_ path: String) async throws(BackendError) -> [String] {
        let answer = try await exchange.json("GET", path)
        guard let ids = answer.strings else { throw unexpected(answer, from: "GET \(path)") }
        return ids
    }

    private static func model(_ id: String, _ entry: JSONValue) -> AvailableModel {
        let name = FoundryName(id)
        var model = AvailableModel(id: id, alias: entry["alias"]?.string ?? name.aliases[0])
        model.deviceType = entry["runtime"]?["deviceType"]?.string ?? name.deviceType
        model.executionProvider = entry["runtime"]?["executionProvider"]?.string ?? name.executionProvider
        model.version = entry["version"]?.text ?? name.version
        model.sizeBytes = entry["fileSizeMb"]?.count.map { $0 << 20 }
        model.contextLength = entry["contextLength"]?.count
        model.description = entry["displayName"]?.string
        model.publisher = entry["publisher"]?.string
        model.license = entry["license"]?.string
        model.task = entry["task"]?.string
        return model
    }
}
