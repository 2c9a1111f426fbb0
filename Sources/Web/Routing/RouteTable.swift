import Formulas
import Hummingbird

/// Every route of the interface but the pages.
struct RouteTable: Sendable {
    private(set) var routes: [Route] = []

    /// Answers a question; changes nothing.
    ///
    /// - Parameter resources: what the answer is made of. It is kept, and gets a tag, while that does not change; so it must be
    ///   a function of them, the path and the query alone.
    /// - Parameter isOfTables: whether it is read from the tables, which can be asked for as they were, though it gets no tag.
    mutating func get(
        _ path: String, _ summary: String, query: [Parameter] = [], answer: Route.Answer, scope: Route.Scope = .read,
        isOfTables: Bool = false, of resources: Route.Resources? = nil, _ handle: @escaping Route.Handler
    ) {
        let query = isOfTables || resources != nil ? query + [.asOf] : query
        add(.get, path, summary, scope, query, nil, answer, resources, handle)
    }

    /// Changes something, or begins what does.
    ///
    /// - Parameter resources: what it is about: `If-Match` is compared with its tag.
    mutating func post(
        _ path: String, _ summary: String, query: [Parameter] = [], body: Route.Body? = nil, answer: Route.Answer,
        of resources: Route.Resources? = nil, _ handle: @escaping Route.Handler
    ) {
        add(.post, path, summary, .write, query, body, answer, resources, handle)
    }

    /// Takes something away.
    ///
    /// - Parameter resources: what it is about: `If-Match` is compared with its tag.
    mutating func delete(
        _ path: String, _ summary: String, query: [Parameter] = [], answer: Route.Answer,
        of resources: Route.Resources? = nil, _ handle: @escaping Route.Handler
    ) {
        add(.delete, path, summary, .write, query, nil, answer, resources, handle)
    }

    private mutating func add(
        _ method: HTTPRequest.Method, _ path: String, _ summary: String, _ scope: Route.Scope, _ query: [Parameter],
        _ body: Route.Body?, _ answer: Route.Answer, _ resources: Route.Resources?, _ handle: @escaping Route.Handler
    ) {
        precondition(!routes.contains { $0.method == method && $0.path == path }, "\(method) \(path) is declared twice")
        routes.append(
            Route(
                method: method, path: path, summary: summary, scope: scope, query: query, body: body, answer: answer,
                resources: resources, handle: handle))
    }

    /// Paths that anybody may ask.
    var openPaths: Set<String> { Set(routes.filter { $0.scope == .open }.map(\.path)) }

    /// The methods that a path can be asked with; empty when there is nothing there.
    func methods(at path: String) -> [HTTPRequest.Method] {
        let found = routes.filter { $0.matches(path) }
        // One without braces is meant before one with them.
        let exact = found.filter { !$0.path.contains("{") }
        return (exact.isEmpty ? found : exact).map(\.method)
    }
}

/// Carries out what the route table declares.
struct RouteRunner: Sendable {
    var cache: AnswerCache
    var idempotent: IdempotentWrites

    func answer(_ request: Request, _ context: BasicRequestContext, at route: Route) async throws -> Response {
        guard route.method == .get else { return try await write(request, context, at: route) }
        guard let resources = route.resources else {
            return try await route.handle(call(request, context, route))
        }
        // What is kept was asked for with the same words, so these were looked at.
        if let kept = try cache.answer(request.uri.string) {
            return request.hasAlready(kept.tag) ? .notModified(kept.tag) : kept.response
        }
        let call = try call(request, context, route)
        guard call.isOfTablesAlone else { return try await route.handle(call) }
        let made = try await cache.make(
            request.uri.string, path: request.uri.path, route: context.endpointPath ?? "none", of: resources(call)
        ) { try await route.handle(call) }
        return made.response.status == .ok && request.hasAlready(made.tag) ? .notModified(made.tag) : made.response
    }

    private func write(_ request: Request, _ context: BasicRequestContext, at route: Route) async throws -> Response {
        guard let id = try IdempotentWrites.id(of: request) else {
            return try await checked(call(request, context, route), at: route)
        }
        return try await idempotent.answer(id, request) { request in
            var call = try call(request, context, route)
            call.idempotencyID = id
            return try await checked(call, at: route)
        }
    }

    private func checked(_ call: Call, at route: Route) async throws -> Response {
        if let resources = try route.resources?(call) { try call.request.checkIfMatch(try cache.tag(of: resources)) }
        return try await route.handle(call)
    }

    private func call(_ request: Request, _ context: BasicRequestContext, _ route: Route) throws -> Call {
        Call(request: request, context: context, query: try Query(request.uri.query, of: route.query))
    }
}

extension RouterMethods where Context == BasicRequestContext {
    /// Takes requests for every route of a table.
    func add(_ table: RouteTable, _ runner: RouteRunner) {
        for route in table.routes {
            on(RouterPath(route.path), method: route.method) { request, context in
                try await runner.answer(request, context, at: route)
            }
        }
    }
}

extension Call {
    /// Whether the answer follows from the tables as they are: neither from what they were nor from a file of the user's.
    fileprivate var isOfTablesAlone: Bool {
        query.text("as_of") == nil && query.text("formulas").map { FormulaSet.named($0) != nil } ?? true
    }
}
