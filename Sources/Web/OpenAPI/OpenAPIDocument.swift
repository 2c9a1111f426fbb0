import Orchestrator

/// The interface as an OpenAPI 3.1 document, written from the route table.
struct OpenAPIDocument {
    var table: RouteTable
    var version: String

    var json: JSONValue {
        let book = SchemaBook()
        var paths: [String: JSONValue] = [:]
        for route in table.routes {
            var item: [String: JSONValue] = [:]
            if case .object(let others) = paths[route.path] { item = others }
            item[route.method.rawValue.lowercased()] = operation(route, book)
            paths[route.path] = .object(item)
        }
        let problem = book.schema(of: ProblemDocument.self)
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "FLPerformance", "version": .string(version),
                "description":
                    "Results of benchmarks of language models. The paths of FLPerformance as they were, with additions.",
            ],
            "servers": [["url": "/"]],
            "security": [[:], ["token": []]],
            "paths": .object(paths),
            "components": [
                "schemas": .object(book.schemas),
                "responses": [
                    "Problem": [
                        "description": "What could not be done, to what, and why (RFC 9457).",
                        "content": ["application/problem+json": ["schema": problem]],
                    ]
                ],
                "securitySchemes": [
                    "token": [
                        "type": "http", "scheme": "bearer",
                        "description": "Asked for when the service was started with a token.",
                    ]
                ],
            ],
        ]
    }

    private func operation(_ route: Route, _ book: SchemaBook) -> JSONValue {
        let inPath = route.segments.filter { $0.hasPrefix("{") }.map { segment -> JSONValue in
            [
                "name": .string(String(segment.dropFirst().dropLast())), "in": "path", "required": true,
                "schema": ["type": "string", "minLength": 1],
            ]
        }
        let inQuery = route.query.map { parameter -> JSONValue in
            var member: [String: JSONValue] = [
                "name": .string(parameter.name), "in": "query", "required": .bool(parameter.isRequired),
                "description": .string(parameter.summary), "schema": parameter.schema,
            ]
            if case .choices = parameter.kind {
                member["style"] = "form"
                member["explode"] = false
            }
            return .object(member)
        }
        var operation: [String: JSONValue] = [
            "summary": .string(route.summary), "operationId": .string(identifier(of: route)),
            "parameters": .array(inPath + inQuery),
            "responses": [
                "\(route.answer.status.code)": [
                    "description": .string(route.summary),
                    "content": [route.answer.type: ["schema": route.answer.schema(book)]],
                ],
                "default": ["$ref": "#/components/responses/Problem"],
            ],
            "x-scope": .string(route.scope.rawValue),
        ]
        if route.answer.mayBeEmpty, case .object(var responses) = operation["responses"] {
            responses["204"] = ["description": "There is nothing, and nothing more comes."]
            operation["responses"] = .object(responses)
        }
        if let body = route.body {
            operation["requestBody"] = [
                "required": .bool(body.isRequired), "content": ["application/json": ["schema": body.schema(book)]],
            ]
        }
        return .object(operation)
    }

    /// `get_api_models_id_status`
    private func identifier(of route: Route) -> String {
        let parts = route.segments.map { $0.filter { $0.isLetter || $0.isNumber || $0 == "_" } }
        return ([route.method.rawValue.lowercased()] + parts).joined(separator: "_")
    }
}
