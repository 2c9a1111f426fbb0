import Streaming

/// Ollama, by its own API: only there do its answers tell its times.
struct Ollama: OpenAIBased {
    let server: Server

    var capabilities: Capabilities {
        var capabilities = Capabilities()
        capabilities.load = true
        capabilities.unload = true
        capabilities.download = true
        capabilities.restart = endpoint.isLoopback && Subprocess.program("ollama", in: server.environment) != nil
        capabilities.health = true
        capabilities.serverTimings = true
        return capabilities
    }

    var starter: [String] { ["ollama", "serve"] }

    private struct Generate: Encodable {
        var model: String
        var stream = false
        var keep_alive: Int?
    }

    func models() async throws(BackendError) -> [AvailableModel] {
        let running = try await entries("/api/ps")
        return try await entries("/api/tags").map { entry in
            let details = entry.value["details"]
            let loaded = running.first { sameModel(asked: entry.id, served: $0.id) }
            var model = AvailableModel(id: entry.id, alias: ModelName(entry.id).tag == "latest" ? nil : entry.id)
            if entry.id.hasSuffix(":latest") { model.alias = String(entry.id.dropLast(7)) }
            model.isLoaded = loaded != nil
            model.isDownloaded = true
            model.deviceType = loaded.flatMap { Self.device(of: $0.value) }
            model.version = entry.value["digest"]?.string.map { String($0.prefix(12)) }
            model.sizeBytes = entry.value["size"]?.count
            model.contextLength = loaded?.value["context_length"]?.count
            let words = ["family", "parameter_size", "quantization_level"].compactMap { details?[$0]?.string }
            model.description = words.isEmpty ? nil : words.joined(separator: " ")
            return model
        }
    }

    func load(_ model: String) async throws(BackendError) -> LoadOutcome {
        let found = try resolve(model, among: try await models())[0]
        if found.isLoaded == true { return LoadOutcome(found, in: nil) }
        let duration = try await generate(Generate(model: found.id), limit: HTTPExchange.loadLimit)
        // Where it went is told only now.
        return LoadOutcome(try await self.model(found.id) ?? found, in: duration)
    }

    func unload(_ model: String) async throws(BackendError) -> UnloadOutcome {
        let found = try resolve(model, among: try await models())[0]
        let duration = try await generate(Generate(model: found.id, keep_alive: 0), limit: HTTPExchange.questionLimit)
        return UnloadOutcome(wasLoaded: found.isLoaded, duration: duration)
    }

    func health() async -> Health { await health(at: "/api/version") }

    func runtimeVersion() async -> String? {
        try? await exchange.json("GET", "/api/version")["version"]?.string
    }

    func chatRequest(_ chat: ChatRequest, to model: String) throws(BackendError) -> StreamRequest {
        // Images and tools are written as OpenAI has them, which Ollama takes at OpenAI's address alone.
        guard chat.verbatimMessages == nil, chat.verbatimTools == nil else {
            return try openAIChatRequest(chat, to: model)
        }
        var headers: [(name: String, value: String)] = [("Content-Type", "application/json")]
        if let authorization = try endpoint.authorization() { headers.append(authorization) }
        return StreamRequest(
            url: endpoint.url("/api/chat"), method: "POST", headers: headers,
            body: JSONBody(OllamaChatBody(chat, model: model)).bytes, framing: .ndjson,
            totalTimeout: chat.totalTimeout, firstTokenTimeout: chat.streaming ? chat.firstTokenTimeout : nil)
    }

    /// A generation without a prompt: the model comes into memory, or leaves it.
    private func generate(_ body: Generate, limit: Duration) async throws(BackendError) -> Duration {
        let start = ContinuousClock.now
        let answer = try await exchange.json("POST", "/api/generate", body: JSONBody(body), limit: limit)
        let duration = ContinuousClock.now - start
        guard answer["done"]?.bool == true else { throw unexpected(answer, from: "POST /api/generate") }
        return duration
    }

    private func entries(_ path: String) async throws(BackendError) -> [(id: String, value: JSONValue)] {
        let list = try await exchange.json("GET", path)
        guard let models = list["models"]?.array else { throw unexpected(list, from: "GET \(path)") }
        return models.compactMap { entry in (entry["model"] ?? entry["name"])?.string.map { ($0, entry) } }
    }

    /// A model may lie partly on the card and partly beside it; then neither word is true.
    private static func device(of running: JSONValue) -> String? {
        guard let size = running["size"]?.count, let onCard = running["size_vram"]?.count else { return nil }
        return onCard == 0 ? "CPU" : onCard >= size ? "GPU" : nil
    }
}

/// The body of `/api/chat`. Its counts come unasked.
private struct OllamaChatBody: Encodable {
    struct Options: Encodable {
        var num_predict: Int?
        var temperature: Double?
        var seed: UInt64?
    }

    var model: String
    var messages: [ChatMessage]
    var stream: Bool
    var options: Options

    init(_ chat: ChatRequest, model: String) {
        self.model = model
        messages = chat.messages
        if !messages.isEmpty { messages[0].content = chat.salt + messages[0].content }
        stream = chat.streaming
        options = Options(num_predict: chat.maxTokens, temperature: chat.temperature, seed: chat.seed)
    }
}
