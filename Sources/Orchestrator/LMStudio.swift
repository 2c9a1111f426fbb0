import Streaming

/// LM Studio: its own API for the models, OpenAI's for the chat.
struct LMStudio: OpenAIBased {
    let server: Server

    var capabilities: Capabilities {
        var capabilities = Capabilities()
        capabilities.load = true
        capabilities.unload = true
        capabilities.download = true
        capabilities.restart = endpoint.isLoopback && Subprocess.program("lms", in: server.environment) != nil
        return capabilities
    }

    var starter: [String] { ["lms", "server", "start"] }

    private struct Load: Encodable { var model: String }
    private struct Unload: Encodable { var instance_id: String }

    func models() async throws(BackendError) -> [AvailableModel] {
        try await entries().map { entry in
            var model = AvailableModel(id: entry.id, alias: entry.id.split(separator: "/").last.map(String.init))
            model.isLoaded = entry.value["loaded_instances"]?.array.map { !$0.isEmpty }
            model.isDownloaded = true
            model.sizeBytes = entry.value["size_bytes"]?.count
            model.contextLength = entry.value["max_context_length"]?.count
            let words = [entry.value["display_name"]?.string, entry.value["quantization"]?["name"]?.string]
            let description = words.compactMap(\.self).joined(separator: " ")
            model.description = description.isEmpty ? nil : description
            model.publisher = entry.value["publisher"]?.string
            return model
        }
    }

    func load(_ model: String) async throws(BackendError) -> LoadOutcome {
        let found = try resolve(model, among: try await models())[0]
        if found.isLoaded == true { return LoadOutcome(found, in: nil) }
        let path = "/api/v1/models/load"
        let start = ContinuousClock.now
        let answer = try await exchange.json(
            "POST", path, body: JSONBody(Load(model: found.id)), limit: HTTPExchange.loadLimit)
        let duration = ContinuousClock.now - start
        guard answer["instance_id"]?.string != nil else { throw unexpected(answer, from: "POST \(path)") }
        return LoadOutcome(found, in: duration)
    }

    func unload(_ model: String) async throws(BackendError) -> UnloadOutcome {
        let all = try await entries()
        let found = try resolve(model, among: try await models())[0]
        let instances = all.first { $0.id == found.id }?.value["loaded_instances"]?.array ?? []
        let path = "/api/v1/models/unload"
        let start = ContinuousClock.now
        for instance in instances.compactMap({ $0["id"]?.string }) {
            let answer = try await exchange.json("POST", path, body: JSONBody(Unload(instance_id: instance)))
            guard answer["error"] == nil else { throw unexpected(answer, from: "POST \(path)") }
        }
        return UnloadOutcome(wasLoaded: !instances.isEmpty, duration: ContinuousClock.now - start)
    }

    /// The language models; embedding models can't chat.
    private func entries() async throws(BackendError) -> [(id: String, value: JSONValue)] {
        let path = "/api/v1/models"
        let list = try await exchange.json("GET", path)
        guard let models = list["models"]?.array else { throw unexpected(list, from: "GET \(path)") }
        return models.filter { $0["type"]?.string ?? "llm" == "llm" }
            .compactMap { entry in entry["key"]?.string.map { ($0, entry) } }
    }
}
