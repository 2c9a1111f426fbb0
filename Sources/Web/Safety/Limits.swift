import Hummingbird

/// How much one caller may ask.
enum WebLimits {
    /// Bytes of a request's target.
    static let target = 24 << 10
    /// Bytes of one field, of which the target counts as one, and of all.
    static let field = 32 << 10
    static let fields = 32 << 10
    static let fieldCount = 100
    /// Bytes of a body that are passed over after it was refused, before the connection is closed.
    static let refusedBody = 4 << 20
    /// From the beginning of a connection to the end of its first request's head.
    static let headTime = 10.0
    /// From a head to the end of its body.
    static let bodyTime = 30.0
    /// From an answer to the next request of the same connection.
    static let idleTime = 60.0
    /// Connections that may be open. Another one has the one closed that has asked nothing for the longest time.
    static let connections = 4_096
}

/// Refuses what is too long to be meant well.
struct TargetMiddleware<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard request.uri.string.utf8.count <= WebLimits.target else {
            throw Problem(
                status: .uriTooLong, title: "URI too long",
                detail: "The request's target has more than \(WebLimits.target) bytes, the limit.")
        }
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > Request.bodyLimit {
            throw Problem.bodyTooLarge
        }
        return try await next(request, context)
    }
}
