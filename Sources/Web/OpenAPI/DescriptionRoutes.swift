import Benchmarking
import Hummingbird
import Orchestrator

private struct Endpoints: Codable {
    /// Method and path of each.
    var endpoints: [String]
}

/// What tells what there is. To be added last, so that it tells of all.
func addDescription(to table: inout RouteTable) {
    let list = Route.Answer.json(Endpoints.self)
    let document = Route.Answer.json(JSONValue.self)
    var all = table
    all.get("/", "Every route.", answer: list) { _ in .init(status: .ok) }
    all.get("/openapi.json", "This interface in OpenAPI 3.1.", answer: document) { _ in .init(status: .ok) }
    let endpoints = Endpoints(endpoints: all.routes.map { "\($0.method.rawValue) \($0.path)" }.sorted())
    let description = OpenAPIDocument(table: all, version: softwareVersion).json

    table.get("/", "Every route.", answer: list) { call in
        // People come here too, with a browser.
        if call.request.wantsPage { return .seeOther("/dashboard") }
        var response = try Response.json(endpoints)
        response.headers[.vary] = "Accept"
        return response
    }
    table.get("/openapi.json", "This interface in OpenAPI 3.1.", answer: document) { _ in try .json(description) }
}
