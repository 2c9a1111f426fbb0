import Foundation

/// LM Studio: its own API for models, downloads as jobs, chats in three protocols. An unknown path is a success with an error.
struct LMStudioPaths: ServerPaths {
    let errors = ErrorShape.typed
    let loadsItself = false

    private static let chat = ChatHabits(
        unknown: { ErrorShape.typed.response(404, "Model '\($0)' was not found.", code: "model_not_found") },
        loadFailed: { failed($0) }, timeToLive: 3_600_000_000_000)

    private static func failed(_ name: String) -> HTTPResponse {
        ErrorShape.typed.response(500, "Failed to load model '\(name)'.", code: "model_load_failed")
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
        let downloaded = server.shelf.known.filter { $0.isDownloaded(at: now) }
        switch (request.method, request.path) {
        case ("GET", "/api/v1/models"):
            return .json(["models": .array(downloaded.map { Self.described($0, at: now) })])
        case ("POST", "/api/v1/models/load"): return load(try Named(request).model ?? "", &server)
        case ("POST", "/api/v1/models/unload"): return unload(try Named(request).instance_id ?? "", &server)
        case ("POST", "/api/v1/models/download"): return download(try Named(request).model ?? "", &server)
        case ("POST", "/api/v1/chat"):
            let chat = try ChatBody(request).chat
            return server.chat(chat, Self.chat) { LMStudioFormat($0) }
        case ("GET", "/api/v0/models"):
            return .json(["object": "list", "data": .array(downloaded.map { Self.describedOnce($0, at: now) })])
        case ("POST", "/api/v0/chat/completions"): return server.openAIChat(request, .lmStudioStats, Self.chat)
        case ("GET", "/v1/models"):
            return .json(["object": "list", "data": .array(server.openAIModels(owner: "organization_owner"))])
        case ("POST", "/v1/chat/completions"): return server.openAIChat(request, .lmStudio, Self.chat)
        default:
            if request.method == "GET", let job = request.rest(of: "/api/v1/models/download/status/") {
                return downloadStatus(job, server)
            }
            if let model = server.openAIModel(
                request, owner: "organization_owner", unknown: Self.chat.unknown)
            {
                return model
            }
            let what = "Unexpected endpoint or method. (\(request.method) \(request.path))"
            return .json(["error": .string(what)])
        }
    }

    private struct Named: Decodable {
        var model: String?
        var instance_id: String?

        init(_ request: HTTPRequest) throws(ChatRequest.Refusal) { self = try request.body.decoded() }
    }

    private struct ChatBody: Decodable {
        var model: String
        var input: String
        var system_prompt: String?
        var stream: Bool?
        var max_output_tokens: Int?

        init(_ request: HTTPRequest) throws(ChatRequest.Refusal) { self = try request.body.decoded() }

        var chat: ChatRequest {
            ChatRequest(
                model: model, prompt: [system_prompt, input].compactMap(\.self).joined(separator: "\n"),
                isStream: stream ?? false, maximumTokens: max_output_tokens.flatMap { $0 > 0 ? $0 : nil })
        }
    }

    private func load(_ name: String, _ server: inout ServerState) -> Reply {
        let now = server.now
        guard let index = server.shelf.first(where: { $0.model.id == name && $0.isDownloaded(at: now) }) else {
            return .response(Self.chat.unknown(name))
        }
        let order = server.shelf.load(index, at: now, timeToLive: nil)
        if order.fails { return .later(Self.failed(name), at: order.ends) }
        let other = server.shelf.entries[index].model.loadsInstead
        return .later(
            .json([
                "type": "llm", "instance_id": .string(other ?? name),
                "load_time_seconds": .number(Double(order.ends - order.begins) / 1e9), "status": "loaded",
            ]), at: order.ends)
    }

    private func unload(_ instance: String, _ server: inout ServerState) -> Reply {
        let now = server.now
        guard let index = server.shelf.first(where: { $0.model.id == instance && $0.isLoaded(at: now) }) else {
            return .response(
                errors.response(404, "No loaded model instance '\(instance)'.", code: "model_instance_not_found"))
        }
        _ = server.shelf.unload(index, at: now)
        return .json(["instance_id": .string(instance)])
    }

    private func download(_ name: String, _ server: inout ServerState) -> Reply {
        guard let index = server.shelf.first(where: { $0.model.id == name }) else {
            return .response(errors.response(404, "No model '\(name)' in the catalogue.", code: "model_not_found"))
        }
        if server.shelf.download(index, at: server.now).wasDone { return .json(["status": "already_downloaded"]) }
        return .json(job(index, server))
    }

    private func downloadStatus(_ id: String, _ server: ServerState) -> Reply {
        let index = id.removing(prefix: "job_").flatMap { Int($0) }
        guard let index, server.shelf.entries.indices.contains(index), server.shelf.entries[index].download != nil
        else {
            return .response(errors.response(404, "No download job '\(id)'.", code: "job_not_found"))
        }
        return .json(job(index, server))
    }

    /// A download as it stands: its number is its model's place.
    private func job(_ index: Int, _ server: ServerState) -> JSON {
        let entry = server.shelf.entries[index]
        let order = entry.download ?? ModelShelf.Order(begins: server.now, ends: server.now, fails: false)
        let done = Int64(Double(entry.model.sizeBytes) * order.progress(at: server.now))
        func date(_ instant: Int64) -> JSON {
            .string(Date(timeIntervalSinceNow: Double(instant - server.now) / 1e9).asISO8601)
        }
        var fields: [(String, JSON)] = [
            ("job_id", .string("job_\(index)")), ("total_size_bytes", .integer(entry.model.sizeBytes)),
            ("downloaded_bytes", .integer(done)), ("started_at", date(order.begins)),
        ]
        if order.isUnderWay(at: server.now) {
            let speed = Double(entry.model.sizeBytes) / Double(order.ends - order.begins) * 1e9
            fields += [
                ("status", "downloading"), ("bytes_per_second", .number(speed)),
                ("estimated_completion", date(order.ends)),
            ]
        } else if order.fails {
            fields.append(("status", "failed"))
        } else {
            fields += [("status", "completed"), ("completed_at", date(order.ends))]
        }
        return .object(fields)
    }

    private static func described(_ entry: ModelShelf.Entry, at now: Int64) -> JSON {
        let (publisher, name) = names(of: entry.model)
        let instance: JSON = ["id": .string(entry.model.id), "config": ["context_length": 4096]]
        return [
            "type": "llm", "publisher": .string(publisher), "key": .string(entry.model.id),
            "display_name": .string(name), "architecture": "simulated",
            "quantization": ["name": "Q4_K_M", "bits_per_weight": 4], "size_bytes": .integer(entry.model.sizeBytes),
            "params_string": nil, "loaded_instances": entry.isLoaded(at: now) ? [instance] : [],
            "max_context_length": 32_768, "format": "gguf",
            "capabilities": ["vision": false, "trained_for_tool_use": false], "description": nil,
        ]
    }

    /// The same by the older API.
    private static func describedOnce(_ entry: ModelShelf.Entry, at now: Int64) -> JSON {
        [
            "id": .string(entry.model.id), "object": "model", "type": "llm",
            "publisher": .string(names(of: entry.model).publisher), "arch": "simulated",
            "compatibility_type": "gguf", "quantization": "Q4_K_M",
            "state": entry.isLoaded(at: now) ? "loaded" : "not-loaded", "max_context_length": 32_768,
        ]
    }

    private static func names(of model: SimulatedModel) -> (publisher: String, name: String) {
        let parts = model.id.split(separator: "/", maxSplits: 1).map(String.init)
        return parts.count == 2 ? (parts[0], parts[1]) : ("simulated", model.id)
    }
}
