import Foundation

/// Ollama: its own protocol and OpenAI's; a request without a prompt loads a model, `keep_alive` 0 unloads it.
struct OllamaPaths: ServerPaths {
    let errors = ErrorShape.text
    let loadsItself = false

    static let chat = ChatHabits(
        knows: { isMeant($0, by: $1) },
        unknown: { ErrorShape.text.response(404, "model '\($0)' not found", code: "not_found") },
        loadFailed: { _ in
            ErrorShape.text.response(
                500, "model failed to load, this may be due to resource limitations or an internal error", code: "")
        }, timeToLive: 300_000_000_000)
    private static let openAIChat = ChatHabits(
        knows: chat.knows,
        unknown: { ErrorShape.openAI.response(404, "model '\($0)' not found", code: "not_found") },
        loadFailed: chat.loadFailed, timeToLive: chat.timeToLive)

    /// A name without a tag means the tag `latest`.
    static func isMeant(_ model: SimulatedModel, by name: String) -> Bool {
        model.id == name || model.id == name + ":latest" || model.id + ":latest" == name
    }

    func reply(to request: HTTPRequest, _ server: inout ServerState) -> Reply {
        do throws(ChatRequest.Refusal) {
            return try answer(request, &server)
        } catch {
            return .response(errors.response(400, error.message, code: "invalid_request"))
        }
    }

    private func answer(_ request: HTTPRequest, _ server: inout ServerState) throws(ChatRequest.Refusal) -> Reply {
        let now = server.now
        switch (request.method, request.path) {
        case ("GET", "/"): return .response(.text("Ollama is running"))
        case ("GET", "/api/version"): return .json(["version": "0.12.0"])
        case ("GET", "/api/tags"):
            let models = server.shelf.known.filter { $0.isDownloaded(at: now) }
            return .json(["models": .array(models.map { .object(Self.description($0.model)) })])
        case ("GET", "/api/ps"):
            let models = server.shelf.known.filter { $0.isLoaded(at: now) }
            return .json(["models": .array(models.map { Self.running($0, at: now) })])
        case ("GET", "/v1/models"):
            return .json(["object": "list", "data": .array(server.openAIModels(owner: "library"))])
        case ("POST", "/api/show"): return show(try Named(request), &server)
        case ("POST", "/api/pull"): return pull(try Named(request), &server)
        case ("DELETE", "/api/delete"): return delete(try Named(request), &server)
        case ("POST", "/api/generate"): return text(try OllamaBody(request), isChat: false, &server)
        case ("POST", "/api/chat"): return text(try OllamaBody(request), isChat: true, &server)
        case ("POST", "/v1/chat/completions"): return server.openAIChat(request, .plain, Self.openAIChat)
        default:
            let model = server.openAIModel(request, owner: "library", unknown: Self.openAIChat.unknown)
            return model ?? .response(.text("404 page not found", status: 404))
        }
    }

    private struct Named: Decodable {
        var model: String?
        var name: String?
        var stream: Bool?
        /// The older name of the field is still taken.
        var either: String { model ?? name ?? "" }

        init(_ request: HTTPRequest) throws(ChatRequest.Refusal) { self = try request.body.decoded() }
    }

    /// A model that is on the disk.
    private func find(_ name: String, _ server: ServerState) -> Int? {
        server.shelf.first { $0.isDownloaded(at: server.now) && Self.isMeant($0.model, by: name) }
    }

    /// The answer to a prompt; without one, the model is loaded or unloaded.
    private func text(_ body: OllamaBody, isChat: Bool, _ server: inout ServerState) -> Reply {
        guard let prompt = body.text, !prompt.isEmpty else { return keep(body, isChat: isChat, &server) }
        let chat = ChatRequest(
            model: body.model, prompt: prompt, isStream: body.stream ?? true, seed: body.options?.seed,
            maximumTokens: body.options?.num_predict.flatMap { $0 > 0 ? $0 : nil })
        var habits = Self.chat
        habits.timeToLive = body.timeToLive
        return server.chat(chat, habits) { OllamaFormat($0, isChat: isChat) }
    }

    private func keep(_ body: OllamaBody, isChat: Bool, _ server: inout ServerState) -> Reply {
        guard let index = find(body.model, server) else { return .response(Self.chat.unknown(body.model)) }
        var instant = server.now
        if body.timeToLive == 0 {
            _ = server.shelf.unload(index, at: server.now)
        } else {
            let order = server.shelf.load(index, at: server.now, timeToLive: body.timeToLive)
            if order.fails { return .later(Self.chat.loadFailed(body.model), at: order.ends) }
            instant = order.ends
        }
        let empty: (String, JSON) = isChat ? ("message", ["role": "assistant", "content": ""]) : ("response", "")
        return .later(
            .json(
                .object([
                    ("model", .string(body.model)), ("created_at", .string(Date().asISO8601)), empty, ("done", true),
                    ("done_reason", body.timeToLive == 0 ? "unload" : "load"),
                ])), at: instant)
    }

    private func show(_ named: Named, _ server: inout ServerState) -> Reply {
        guard let index = find(named.either, server) else { return .response(Self.chat.unknown(named.either)) }
        let description = Self.description(server.shelf.entries[index].model)
        return .json([
            "license": "Apache-2.0", "modelfile": "FROM simulated", "parameters": "", "template": "{{ .Prompt }}",
            "details": description.first { $0.0 == "details" }?.1 ?? nil,
            "model_info": ["general.architecture": "simulated", "simulated.context_length": 4096],
            "capabilities": ["completion"], "modified_at": .string(Self.modified),
        ])
    }

    private func delete(_ named: Named, _ server: inout ServerState) -> Reply {
        guard let index = find(named.either, server) else { return .response(Self.chat.unknown(named.either)) }
        server.shelf.remove(index, at: server.now)
        return .response(.text(""))
    }

    /// How often a download tells how far it has come.
    private static let reports = 20

    private func pull(_ named: Named, _ server: inout ServerState) -> Reply {
        guard let index = server.shelf.first(where: { Self.isMeant($0.model, by: named.either) }) else {
            return .response(errors.response(500, "pull model manifest: file does not exist", code: ""))
        }
        let model = server.shelf.entries[index].model
        let order = server.shelf.download(index, at: server.now)
        let digest = "sha256:" + Self.digest(of: model)
        guard named.stream ?? true else {
            return .later(
                order.fails ? errors.response(500, Self.lost, code: "") : .json(["status": "success"]), at: order.ends)
        }
        var lines: [(at: Int64, value: JSON)] = [(server.now, ["status": "pulling manifest"])]
        for step in 0...Self.reports {
            let instant = server.now + (order.ends - server.now) * Int64(step) / Int64(Self.reports)
            let done = Int64(Double(model.sizeBytes) * order.progress(at: instant))
            let status = JSON.string("pulling \(digest.dropFirst(7).prefix(12))")
            lines.append(
                (
                    instant,
                    [
                        "status": status, "digest": .string(digest), "total": .integer(model.sizeBytes),
                        "completed": .integer(done),
                    ]
                ))
        }
        let last: [JSON] =
            order.fails
            ? [["error": .string(Self.lost)]]
            : [["status": "verifying sha256 digest"], ["status": "writing manifest"], ["status": "success"]]
        lines += last.map { (order.ends, $0) }
        return .growing(type: "application/x-ndjson", texts: lines.map { ($0.at, $0.value.text + "\n") })
    }

    private static let lost = "max retries exceeded: unexpected EOF"
    private static let modified = "2026-01-01T00:00:00Z"

    private static func description(_ model: SimulatedModel) -> [(String, JSON)] {
        let family = String(model.id.prefix { $0.isLetter })
        return [
            ("name", .string(model.id)), ("model", .string(model.id)), ("modified_at", .string(modified)),
            ("size", .integer(model.sizeBytes)), ("digest", .string(digest(of: model))),
            (
                "details",
                [
                    "parent_model": "", "format": "gguf", "family": .string(family),
                    "families": [.string(family)], "parameter_size": .string(parameters(of: model)),
                    "quantization_level": "Q4_K_M",
                ]
            ),
        ]
    }

    private static func running(_ entry: ModelShelf.Entry, at now: Int64) -> JSON {
        // For ever is told as a date in the far future.
        let left = entry.expires.map { Double($0 - now) / 1e9 } ?? 1e10
        return .object(
            description(entry.model) + [
                ("expires_at", .string(Date(timeIntervalSinceNow: left).asISO8601)),
                ("size_vram", .integer(entry.model.deviceType == .cpu ? 0 : entry.model.sizeBytes)),
                ("context_length", 4096),
            ])
    }

    /// What the tag tells, such as `7B`; a guess by the size otherwise.
    private static func parameters(of model: SimulatedModel) -> String {
        let tag = model.id.split(separator: ":").last.map { $0.uppercased() } ?? ""
        if tag.hasSuffix("B"), Double(tag.dropLast()) != nil { return tag }
        return String(format: "%.1fB", Double(model.sizeBytes) / 0.6e9)
    }

    /// 64 digits that differ from model to model.
    private static func digest(of model: SimulatedModel) -> String {
        var random = SeededRandom(model.id.utf8.reduce(UInt64(7)) { $0 &* 31 &+ UInt64($1) })
        return (0..<4).map { _ in String(format: "%016lx", random.next()) }.joined()
    }
}
