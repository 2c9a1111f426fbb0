/// How a kind of server takes a request for text.
struct ChatHabits: Sendable {
    /// Whether a model goes by that name in a chat.
    var knows: @Sendable (SimulatedModel, String) -> Bool = { $0.id == $1 }
    /// The refusal of a name that no model has.
    var unknown: @Sendable (String) -> HTTPResponse
    /// The refusal of a model that is not in memory; nil where the chat itself loads it.
    var unloaded: (@Sendable (String) -> HTTPResponse)?
    /// The refusal of a model that could not be loaded for the chat.
    var loadFailed: @Sendable (String) -> HTTPResponse = {
        ErrorShape.openAI.response(500, "Could not load '\($0)'.", code: "load_failed")
    }
    /// How long such a model stays without being asked, nanoseconds; nil for ever.
    var timeToLive: Int64?
}

extension ServerState {
    /// The answer to a chat in OpenAI's protocol.
    mutating func openAIChat(_ request: HTTPRequest, _ style: OpenAIStyle, _ habits: ChatHabits) -> Reply {
        do throws(ChatRequest.Refusal) {
            return chat(try ChatRequest.decode(request.body), habits) { OpenAIFormat($0, style) }
        } catch {
            return .response(style.errors.response(400, error.message, code: "invalid_request"))
        }
    }

    /// The answer to a request for text: of the model that it names, once that is in memory.
    mutating func chat(
        _ request: ChatRequest, _ habits: ChatHabits, format: @escaping @Sendable (AnswerContext) -> any ChatFormat
    ) -> Reply {
        let now = now
        let named = shelf.first { $0.isDownloaded(at: now) && habits.knows($0.model, request.model) }
        let servesAny = configuration.quirks.contains(.servesUnknownModels)
        guard let index = named ?? (servesAny ? shelf.first { $0.isLoaded(at: now) } : nil) else {
            return .response(habits.unknown(request.model))
        }
        guard !shelf.entries[index].isLoaded(at: now) else {
            return .chat(ChatReply(request: request, index: index, ready: now, format: format))
        }
        if let unloaded = habits.unloaded { return .response(unloaded(request.model)) }
        let order = shelf.load(index, at: now, timeToLive: habits.timeToLive)
        if order.fails { return .later(habits.loadFailed(request.model), at: order.ends) }
        return .chat(ChatReply(request: request, index: index, ready: order.ends, format: format))
    }

    /// OpenAI's list of models: those on the disk.
    ///
    /// - Parameter more: fields that a kind of server adds.
    func openAIModels(owner: String, more: (ModelShelf.Entry) -> [(String, JSON)] = { _ in [] }) -> [JSON] {
        shelf.known.filter { $0.isDownloaded(at: now) }.map { entry in
            .object(
                [
                    ("id", .string(entry.model.id)), ("object", "model"), ("created", 0), ("owned_by", .string(owner)),
                ] + more(entry))
        }
    }

    /// The answer to `GET /v1/models/ID`; nil of another request.
    func openAIModel(_ request: HTTPRequest, owner: String, unknown: (String) -> HTTPResponse) -> Reply? {
        guard request.method == "GET", let id = request.rest(of: "/v1/models/") else { return nil }
        guard shelf.known.contains(where: { $0.isDownloaded(at: now) && $0.model.id == id }) else {
            return .response(unknown(id))
        }
        return .json(["id": .string(id), "object": "model", "created": 0, "owned_by": .string(owner)])
    }
}
