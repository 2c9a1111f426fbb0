import Charts
import DataFolder
import Foundation
import Hummingbird
import Logs
import Models

/// Models: what is registered, what the servers offer, and everything that can be done with one.
func addModelPages(to router: Router<BasicRequestContext>, _ pages: Pages) {
    let installation = pages.installation

    @Sendable func row(_ context: BasicRequestContext) throws -> ModelRow {
        let id = try context.part("id")
        guard let row = try installation.models().value.first(where: { $0.id == id }) else {
            throw Problem.unknownModel(id)
        }
        return row
    }
    @Sendable func list() throws -> (ModelList, Bool) {
        let models = try installation.models().value
        return (
            ModelList(models: models, book: try pages.series()),
            models.contains { $0.status == .loading || $0.status == .downloading }
        )
    }

    router.page("/models") { _, _ in
        let (list, isMoving) = try list()
        let live: Markup = isMoving ? " data-live=\"/models/live\"" : ""
        return Page(
            "Models", at: .models, refresh: isMoving ? 2 : nil,
            """
            <div class="hd"><div><h1>Models</h1><p class="meta">\(Words.counted(list.models.count, "model is", "models are")) registered. Each is measured on the server that serves it.</p></div>\
            <p class="acts"><a href="/models/available">Add from the catalogue</a></p></div><section aria-label="Registered models" aria-live="polite"\(live)>\(list.markup)</section>\
            \(elsewhere(try installation.modelsElsewhere().value, try pages.series()))
            """)
    }
    router.get("/models/live") { _, _ in
        try pages.live.stream {
            let (list, isMoving) = try list()
            return (list.markup, !isMoving)
        }
    }
    router.page("/models/available") { _, _ in
        var offers: [OfferedModel] = []
        let found = await pages.sources.discovery.look().found
        for server in found {
            offers += ((try? await server.backend.models()) ?? []).map { OfferedModel($0, from: server.backend) }
        }
        return ModelCatalogue(
            offers: offers, servers: found.map { "\($0.backend.kind.displayName) at \($0.backend.endpoint)" },
            registered: try installation.models().value
        ).page
    }
    router.form("/models", pages) { fields, request, context in
        var body = ["alias": fields["alias"] ?? fields["model_id"] ?? "", "model_id": fields["model_id"] ?? ""]
        body["endpoint"] = fields["endpoint"]
        try await pages.actions.send(.post, "/api/models", body, for: request, context)
        return "/models"
    }
    router.page("/models/:id") { _, context in
        let model = try row(context)
        return Page(
            model.alias, at: .models,
            """
            <p class="sm"><a href="/models">Models</a></p><h1>\(try pages.series().series(model.id, model.alias).icon)\(model.alias)</h1>\
            \(ModelList(models: [model], book: try pages.series()).markup)\(LogTable(rows: try installation.logs(100, entityID: model.id).value).markup)
            """)
    }
    for action in ["load", "download", "restart", "stop"] {
        router.form("/models/:id/\(action)", pages) { _, request, context in
            let id = try context.part("id").inAddress
            try await pages.actions.send(.post, "/api/models/\(id)/\(action)", for: request, context)
            return "/models"
        }
    }
    router.form("/models/:id/remove", pages) { _, request, context in
        try await pages.actions.send(
            .delete, "/api/models/\(context.part("id").inAddress)", for: request, context)
        return "/models"
    }
    router.form("/models/:id/health", pages) { _, request, context in
        try await pages.actions.send(
            .get, "/api/models/\(context.part("id").inAddress)/health", for: request, context)
        return "/models/\(try context.part("id").inAddress)"
    }
    router.post("/models/:id/test") { request, context in
        try await answered(request) {
            var request = request
            let fields = FormFields(String(decoding: try await request.bytes(), as: UTF8.self))
            request.body = RequestBody(buffer: .init())
            let model = try row(context)
            let answer = try await pages.actions.send(
                .post, "/api/models/\(model.id.inAddress)/test",
                ["prompt": fields["prompt"] ?? "Say hello in one short sentence."],
                for: request, context)
            let latency = (answer["latency"] as? Double).map { "\(Figure.adaptive($0)) ms" } ?? ""
            return Page(
                "Test of \(model.alias)", at: .models,
                """
                <p class="sm"><a href="/models">Models</a></p><h1>\(model.alias) answered</h1><p class="meta">in \(latency)</p><div class="card"><pre>\(answer["response"] as? String ?? "")</pre></div>
                """
            ).response()
        }
    }
}

/// Registered models, each with its state and what can be done now.
struct ModelList {
    var models: [ModelRow]
    var book: SeriesBook

    var markup: Markup {
        models.isEmpty
            ? "<p>No model is registered yet. <a href=\"/models/available\">Add one that is served here</a>.</p>"
            : "<div class=\"cards two\">\(models.map(card))</div>"
    }

    private func card(_ model: ModelRow) -> Markup {
        let facts: [(String, String?)] = [
            ("Exact variant", model.foundry_id ?? model.model_id),
            ("Served by", model.endpoint.map { "\(model.backend), \($0)" } ?? model.backend),
            (
                "Runs on",
                [model.deviceType, model.executionProvider].compactMap(\.self).joined(separator: ", ").nonEmpty
            ),
            ("Version", [model.version, model.runtime_version].compactMap(\.self).joined(separator: " · ").nonEmpty),
            ("Size", model.modelSize.map { Words.bytes(UInt64($0 * 1e6)) }),
            ("Cold load", model.cold_load_time_ms.map { "\(Figure.adaptive($0)) ms" }),
            ("Warm load", model.warm_load_time_ms.map { "\(Figure.adaptive($0)) ms" }),
            ("Last answer", model.last_heartbeat.map { Words.moment($0, seconds: true) }),
            ("Restarts", model.restarts > 0 ? "\(model.restarts)" : nil),
        ]
        let list = facts.compactMap { name, value in value.map { "<dt>\(name)</dt><dd>\($0)</dd>" as Markup } }
        let error: Markup? = model.last_error.map { "<p class=\"note b\" role=\"note\">\($0)</p>" }
        return """
            <article class="card"><div class="hd"><h2 class="t">\(book.series(model.id, model.alias).icon)<a href="/models/\(model.id.inAddress)">\(model.alias)</a></h2>\(state(model))</div>\
            \(progress(model))\(error)<dl class="facts">\(list)</dl><div class="acts stack">\(actions(model))</div></article>
            """
    }

    private func state(_ model: ModelRow) -> Markup {
        switch model.status {
        case .running: "<span class=\"ok\">✓ loaded</span>"
        case .stopped: "<span class=\"mut\">not loaded</span>"
        case .loading: "<span class=\"live\">● loading</span>"
        case .downloading: "<span class=\"live\">● downloading</span>"
        case .error: "<span class=\"bad\">✕ error</span>"
        }
    }

    private func progress(_ model: ModelRow) -> Markup {
        guard model.status == .downloading else { return "" }
        let bytes = model.downloaded_bytes.map { done in
            Words.bytes(done) + (model.download_size_bytes.map { " of \(Words.bytes($0))" } ?? "")
        }
        return
            "\(meter(model.download_progress, style: "mb p"))<p class=\"sm\">\(model.download_status ?? "downloading") \(bytes ?? "")</p>"
    }

    private func actions(_ model: ModelRow) -> Markup {
        let base = "/models/\(model.id.inAddress)"
        func button(_ action: String, _ title: String) -> Markup {
            "<form class=\"in\" method=\"post\" action=\"\(base)/\(action)\"><button aria-label=\"\(title) \(model.alias)\">\(title)</button></form>"
        }
        let isMoving = model.status == .loading || model.status == .downloading
        let load: Markup =
            model.status == .running
            ? button("stop", "Unload") : isMoving ? button("stop", "Stop") : button("load", "Load")
        return """
            \(load)\(isMoving ? "" : button("download", "Download"))\(button("health", "Check health"))\(button("restart", "Restart server"))\
            <details><summary>Test</summary><form class="row" method="post" action="\(base)/test"><label>Prompt <input name="prompt" value="Say hello in one short sentence."></label><button>Ask \(model.alias)</button></form></details>\
            <details><summary>Remove</summary><form class="row" method="post" action="\(base)/remove"><span class="sm">Its runs and results stay.</span><button>Remove \(model.alias)</button></form></details>
            """
    }
}

/// Models of the machines that are followed here: what can be done with one is done there.
private func elsewhere(_ models: [ModelRow], _ book: SeriesBook) -> Markup? {
    guard !models.isEmpty else { return nil }
    let rows = models.map { model -> Markup in
        """
        <tr><th scope="row">\(book.series(model.id, model.alias).icon)\(model.alias)</th><td class="l"><code>\(model.foundry_id ?? model.model_id)</code></td>\
        <td class="l">\(model.backend)</td><td class="l">\(model.last_error.map { "\(model.status.rawValue): \($0)" } ?? model.status.rawValue)</td><td class="l"><span class="mono" title="\(model.source)">\(String(model.source.prefix(8)))</span></td></tr>
        """
    }
    return """
        <h2>On other machines</h2><div class="tw" tabindex="0" role="region" aria-label="Models of other machines"><table><thead><tr><th scope="col">Model</th><th scope="col" class="l">Exact variant</th>\
        <th scope="col" class="l">Server</th><th scope="col" class="l">State</th><th scope="col" class="l">Source</th></tr></thead><tbody>\(rows)</tbody></table></div>
        """
}

/// What the servers of this host offer.
struct ModelCatalogue {
    var offers: [OfferedModel]
    var servers: [String]
    var registered: [ModelRow]

    var page: Page {
        let known = Set(registered.map { "\($0.model_id)\u{0}\($0.endpoint ?? "")" })
        let rows = offers.map { offer -> Markup in
            let isKnown = known.contains("\(offer.id)\u{0}\(offer.endpoint)")
            let add: Markup =
                isKnown
                ? "<span class=\"ok\">✓ added</span>"
                : """
                <form class="in" method="post" action="/models"><input type="hidden" name="model_id" value="\(offer.id)"><input type="hidden" name="alias" value="\(offer.alias)"><input type="hidden" name="endpoint" value="\(offer.endpoint)"><button aria-label="Add \(offer.id)">Add</button></form>
                """
            let state = [
                offer.isCached == true ? "downloaded" : offer.isCached == false ? "not downloaded" : nil,
                offer.isLoaded == true ? "loaded" : nil,
            ].compactMap(\.self).joined(separator: ", ")
            return """
                <tr><th scope="row">\(offer.alias)</th><td class="l"><code>\(offer.id)</code></td><td class="l">\(offer.backend)</td><td class="l">\([offer.deviceType, offer.executionProvider].compactMap(\.self).joined(separator: ", "))</td><td>\(offer.modelSize.map { Words.bytes(UInt64($0 * 1e6)) } ?? "—")</td><td class="l">\(state)</td><td class="l">\(add)</td></tr>
                """
        }
        let where_ =
            servers.isEmpty
            ? "No model server was found on this host. Start one, or give its address below."
            : "Found: \(servers.joined(separator: ", "))."
        let table: Markup =
            offers.isEmpty
            ? ""
            : """
            <div class="tw" tabindex="0" role="region" aria-label="Offered models"><table><thead><tr><th scope="col">Alias</th><th scope="col" class="l">Name</th><th scope="col" class="l">Server</th><th scope="col" class="l">Runs on</th><th scope="col">Size</th><th scope="col" class="l">State</th><td></td></tr></thead><tbody>\(rows)</tbody></table></div>
            """
        return Page(
            "Add a model", at: .models,
            """
            <p class="sm"><a href="/models">Models</a></p><h1>Add a model</h1><p class="meta">\(where_)</p>\(table)\
            <h2>By its address</h2><form class="card" method="post" action="/models"><div class="fields"><label class="f">Server<input name="endpoint" placeholder="http://127.0.0.1:8080" required></label>\
            <label class="f">Model's name there<input name="model_id" required></label><label class="f">Alias<input name="alias" placeholder="the name"></label></div><button class="go">Add</button></form>
            """)
    }
}

extension String {
    /// Nil of an empty text.
    var nonEmpty: String? { isEmpty ? nil : self }
}
