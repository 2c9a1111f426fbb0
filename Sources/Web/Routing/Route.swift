import DataFolder
import Events
import Foundation
import Hummingbird
import Orchestrator

/// One route of the interface: what may be asked and what is answered, declared once. Requests are routed and looked at, and the
/// OpenAPI document is written, from this.
struct Route: Sendable {
    typealias Handler = @Sendable (Call) async throws -> Response

    var method: HTTPRequest.Method
    /// As OpenAPI writes it: `/api/models/{id}/status`.
    var path: String
    /// A sentence: what it does.
    var summary: String
    var scope: Scope
    /// What may stand behind the `?`. Anything else is refused.
    var query: [Parameter]
    var body: Body?
    var answer: Answer
    /// What an answer is made of, or a write is about; nil when that has no tag.
    var resources: Resources?
    var handle: Handler

    typealias Resources = @Sendable (Call) throws -> [Resource]

    /// What a caller's token must allow.
    enum Scope: String, Sendable {
        /// Nothing: it tells nothing that is anybody's.
        case open
        case read
        /// Changes something.
        case write
    }

    /// What may be sent.
    struct Body: Sendable {
        var isRequired: Bool
        var schema: @Sendable (SchemaBook) -> JSONValue

        /// A JSON object that decodes as `type`.
        static func json(_ type: any (Decodable & Sendable).Type, isRequired: Bool = true) -> Body {
            Body(isRequired: isRequired) { $0.schema(of: type) }
        }
    }

    /// What comes when nothing goes wrong. What goes wrong is a problem document, whatever the route.
    struct Answer: Sendable {
        var status = HTTPResponse.Status.ok
        var type = "application/json"
        /// Whether it may be 204 instead: nothing more comes.
        var mayBeEmpty = false
        var schema: @Sendable (SchemaBook) -> JSONValue

        static func json(_ type: any (Decodable & Sendable).Type, status: HTTPResponse.Status = .ok) -> Answer {
            Answer(status: status) { $0.schema(of: type) }
        }

        /// An object with one list, such as the original's `{"models": […]}`.
        static func list(_ name: String, of row: any (Decodable & Sendable).Type) -> Answer {
            Answer { book in
                [
                    "type": "object", "required": [.string(name)],
                    "properties": [name: ["type": "array", "items": book.schema(of: row)]],
                ]
            }
        }

        /// Something that is not JSON.
        static func text(_ type: String, mayBeEmpty: Bool = false) -> Answer {
            // Of events and lines each is an object, of which JSON Schema knows nothing here.
            Answer(type: type, mayBeEmpty: mayBeEmpty) { _ in
                type == "text/plain" || type == "text/csv" ? ["type": "string"] : [:]
            }
        }
    }

    /// The path's parts; one in braces matches anything.
    var segments: [Substring] { path.split(separator: "/") }

    /// Whether a request's path is one of this route's.
    func matches(_ path: some StringProtocol) -> Bool {
        let parts = path.split(separator: "/")
        return parts.count == segments.count && zip(segments, parts).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }
}

/// A request that has reached its route, with a query that is as the route declares it.
struct Call: Sendable {
    let request: Request
    let context: BasicRequestContext
    let query: Query
    /// What stands for the request's `Idempotency-Key`: the same for the same key. Nil when it has none.
    var idempotencyID: EventID?

    /// A part of the path that the route has in braces.
    func path(_ name: String) throws -> String { try context.part(name) }

    /// The request's `id` in the path.
    var id: String { get throws { try path("id") } }
}

extension BasicRequestContext {
    /// A part of the path as it was meant: what stands there percent-encoded, as a slash in an id does, is decoded.
    func part(_ name: String) throws -> String {
        let text = try parameters.require(name)
        return text.removingPercentEncoding ?? text
    }
}
