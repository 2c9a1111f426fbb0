import Foundation

/// Foundry Local's service up to 0.8: a catalogue in full, downloads with their progress, and everything by the whole id.
struct FoundryLegacyPaths: ServerPaths {
    let errors = ErrorShape.codeless
    let loadsItself = false

    /// The words by which the Foundry SDK knows a model that is not on the disk.
    private static func missing(_ name: String, status: Int = 400) -> HTTPResponse {
        .text("No OpenAIService provider found for modelName:\(name)", status: status)
    }

    private static let chat = ChatHabits(unknown: { missing($0) }, loadFailed: { failed($0) })

    private static func failed(_ name: String) -> HTTPResponse {
        .text("Failed loading model \(name): the session could not be created.", status: 500)
    }

    func reply(to request: HTTPRequest, _ server: inout ServerState) -> Reply {
        let now = server.now
        switch (request.method, request.path) {
        case ("GET", "/openai/status"):
            return .json([
                "endpoints": [.string(server.address)], "modelDirPath": "/simulated/foundry/cache/models",
                "pipeName": "inference_agent",
            ])
        case ("GET", "/foundry/list"): return .json(.array(server.shelf.known.map { Self.catalogued($0.model) }))
        case ("GET", "/openai/models"):
            return .json(.strings(server.shelf.known.filter { $0.isDownloaded(at: now) }.map(\.model.id)))
        case ("GET", "/openai/loadedmodels"):
            return .json(.strings(server.shelf.known.filter { $0.isLoaded(at: now) }.map(\.model.id)))
        case ("GET", "/v1/models"):
            return .json(["object": "list", "data": .array(server.openAIModels(owner: "Microsoft"))])
        case ("POST", "/openai/download"): return download(request, &server)
        case ("POST", "/v1/chat/completions"): return server.openAIChat(request, .foundryLegacy, Self.chat)
        default:
            if request.method == "GET", let id = request.rest(of: "/openai/load/") {
                return load(id, timeToLive: request.query["ttl"], &server)
            }
            if request.method == "GET", let id = request.rest(of: "/openai/unload/") { return unload(id, &server) }
            return .response(HTTPResponse(status: 404, type: "text/plain"))
        }
    }

    /// - Parameter timeToLive: in seconds.
    private func load(_ id: String, timeToLive: String?, _ server: inout ServerState) -> Reply {
        let now = server.now
        guard let index = server.shelf.first(where: { $0.model.id == id && $0.isDownloaded(at: now) }) else {
            return .response(Self.missing(id, status: 500))
        }
        let seconds = timeToLive.flatMap { Int64($0) }.flatMap { (1...1_000_000_000).contains($0) ? $0 : nil }
        let order = server.shelf.load(index, at: now, timeToLive: seconds.map { $0 * 1_000_000_000 })
        return .later(order.fails ? Self.failed(id) : .text(""), at: order.ends)
    }

    private func unload(_ id: String, _ server: inout ServerState) -> Reply {
        guard let index = server.shelf.first(where: { $0.model.id == id }) else {
            return .response(Self.missing(id, status: 500))
        }
        _ = server.shelf.unload(index, at: server.now)
        return .response(.text(""))
    }

    private struct Order: Decodable {
        struct Model: Decodable { var Name: String }
        var model: Model
    }

    /// How often a download tells how far it has come.
    private static let reports = 20

    private func download(_ request: HTTPRequest, _ server: inout ServerState) -> Reply {
        do throws(ChatRequest.Refusal) {
            let name = (try request.body.decoded() as Order).model.Name
            guard let index = server.shelf.first(where: { $0.model.id == name }) else {
                return .response(.text(Self.result("Model \(name) not found in the catalog.")))
            }
            let order = server.shelf.download(index, at: server.now)
            // Whoever joins a download hears of the rest of it.
            var texts = (0...Self.reports).map { step in
                let instant = server.now + (order.ends - server.now) * Int64(step) / Int64(Self.reports)
                let percent = String(format: "%.2f", order.progress(at: instant) * 100)
                return (at: instant, text: "Total \(percent)% Downloading \(name)/model.onnx.data\n")
            }
            texts.append((order.ends, Self.result(order.fails ? "The connection was closed by the remote host." : nil)))
            return .growing(type: "text/plain", texts: texts)
        } catch {
            return .response(.text(error.message, status: 400))
        }
    }

    private static func result(_ error: String?) -> String {
        JSON.object([("success", .bool(error == nil)), ("errorMessage", error.map { .string($0) } ?? nil)]).text
    }

    /// A model with every field that the REST-based Foundry SDK, 0.3 to 0.5, asks for.
    private static func catalogued(_ model: SimulatedModel) -> JSON {
        let name = String(model.id.prefix { $0 != ":" })
        return [
            "name": .string(model.id), "displayName": .string(name), "providerType": "AzureFoundry",
            "uri": .string("azureml://registries/azureml/models/\(name)/versions/\(model.shownVersion)"),
            "version": .string(model.shownVersion), "modelType": "ONNX",
            "promptTemplate": ["assistant": "{Content}", "prompt": "<|user|>{Content}<|end|><|assistant|>"],
            "publisher": "Microsoft", "task": "chat-completion",
            "runtime": [
                "deviceType": .string(model.deviceType.rawValue), "executionProvider": .string(model.shownProvider),
            ],
            "fileSizeMb": .integer(max(1, model.sizeBytes / 1_000_000)), "modelSettings": ["parameters": []],
            "alias": .string(model.shownAlias), "supportsToolCalling": false, "license": "MIT",
            "licenseDescription": "A simulated model under the MIT license.", "parentModelUri": "",
            "maxOutputTokens": 2048, "minFLVersion": nil,
        ]
    }
}
