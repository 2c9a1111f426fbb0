/// A server with OpenAI's protocol and a health check, and nothing else.
struct OpenAIPaths: ServerPaths {
    let errors = ErrorShape.openAI
    let loadsItself = false

    private static let chat = ChatHabits(unknown: {
        ErrorShape.openAI.response(404, "The model '\($0)' does not exist.", code: "model_not_found")
    })

    func reply(to request: HTTPRequest, _ server: inout ServerState) -> Reply {
        let owner = HTTPResponse.serverName
        switch (request.method, request.path) {
        case ("GET", "/health"): return .json(["status": "ok"])
        case ("GET", "/v1/models"): return .json(["object": "list", "data": .array(server.openAIModels(owner: owner))])
        case ("POST", "/v1/chat/completions"): return server.openAIChat(request, .plain, Self.chat)
        case (_, "/health"), (_, "/v1/models"), (_, "/v1/chat/completions"):
            return .response(
                errors.response(405, "\(request.method) is not allowed here.", code: "method_not_allowed"))
        default:
            return server.openAIModel(request, owner: owner, unknown: Self.chat.unknown)
                ?? .response(errors.response(404, "There is nothing at this path.", code: "not_found"))
        }
    }
}
