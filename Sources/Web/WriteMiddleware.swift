import Foundation
import Hummingbird
import NIOCore

/// Refuses writes that a page of another site had a browser send, and bodies that are not JSON: those a page may send
/// without being asked whether it may.
struct WriteMiddleware<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard ![.get, .head].contains(request.method) else { return try await next(request, context) }
        let site = request.headers[.init("Sec-Fetch-Site")!]
        guard site == nil || site == "same-origin" || site == "none", isOwn(request.headers[.origin], request) else {
            throw Problem(
                status: .forbidden, title: "Forbidden",
                detail:
                    "A page of another site may not change anything here. Send the request from this service's own address."
            )
        }
        let type = request.headers[.contentType]?.prefix { $0 != ";" }.lowercased()
        let hasBody =
            request.headers[.transferEncoding] != nil || (request.headers[.contentLength] ?? "0") != "0"
        // The pages' own forms: a browser says where they come from, and the interface for programs takes none.
        let isForm =
            type == "application/x-www-form-urlencoded" && !request.uri.path.hasPrefix("/api/")
            && (site == "same-origin" || request.headers[.origin] != nil)
        guard !hasBody || type == "application/json" || isForm else {
            throw Problem(
                status: .unsupportedMediaType, title: "Unsupported media type",
                detail: "The body must be JSON with 'Content-Type: application/json', found '\(type ?? "no type")'.")
        }
        return try await next(request, context)
    }

    /// Whether the page that sent it came from here; clients that are no browser name no origin.
    private func isOwn(_ origin: String?, _ request: Request) -> Bool {
        guard let origin else { return true }
        return origin == "http://\(request.head.authority ?? "")"
    }
}

extension Request {
    /// Most bytes of a body.
    static let bodyLimit = 1 << 20

    /// The body's bytes.
    ///
    /// - Throws: `Problem` when there are more than `bodyLimit`.
    func bytes() async throws -> [UInt8] {
        do {
            return Array(buffer: try await body.collect(upTo: Self.bodyLimit))
        } catch is NIOTooManyBytesError {
            throw Problem.bodyTooLarge
        }
    }

    /// The body as a JSON object of that shape; an absent body reads as an empty object.
    ///
    /// - Throws: `Problem` naming the member at fault and what was expected there.
    func json<Value: Decodable>(_ type: Value.Type) async throws -> Value {
        let bytes = try await bytes()
        do {
            return try JSONDecoder().decode(Value.self, from: Data(bytes.isEmpty ? Array("{}".utf8) : bytes))
        } catch let error as DecodingError {
            throw Problem.body("The request's body \(error.reason)", at: error.path.map(\.stringValue))
        }
    }
}

extension DecodingError {
    /// The member that it is about, from the root.
    fileprivate var path: [any CodingKey] {
        switch self {
        case .keyNotFound(let key, let context): context.codingPath + [key]
        case .valueNotFound(_, let context), .typeMismatch(_, let context), .dataCorrupted(let context):
            context.codingPath
        @unknown default: []
        }
    }

    /// What is wrong, as the rest of a sentence.
    fileprivate var reason: String {
        func name(_ path: [any CodingKey]) -> String { path.map(\.stringValue).joined(separator: ".") }
        switch self {
        case .keyNotFound(let key, _): return "lacks '\(key.stringValue)'."
        case .valueNotFound(_, let context), .typeMismatch(_, let context):
            return context.codingPath.isEmpty
                ? "must be an object."
                : "has a value of another type than is expected at '\(name(context.codingPath))'."
        default: return "is not JSON."
        }
    }
}
