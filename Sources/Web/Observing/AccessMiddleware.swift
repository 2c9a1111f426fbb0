import HTTPTypes
import Hummingbird
import Logging

/// Sees every request first and its answer last: gives it an id, counts it, and writes the access log.
///
/// The log has no query, no field and no body: any of them may hold a secret.
struct AccessMiddleware<Context: RequestContext>: RouterMiddleware {
    var metrics: RequestMetrics
    /// Nil for none.
    var log: Logger?

    private static var requestID: HTTPField.Name { HTTPField.Name("X-Request-Id")! }

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        metrics.begin()
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            response = Response(status: .internalServerError)
        }
        // The one that lines of the service's own log bear; a logger may keep none.
        let id = context.logger[metadataKey: "hb.request.id"]?.description ?? RequestID().description
        response.headers[Self.requestID] = id
        SecurityHeaders.add(to: &response)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        metrics.end(
            .init(
                method: Self.known.contains(request.method) ? request.method.rawValue : "other",
                route: context.endpointPath ?? "none", status: response.status.code), seconds: seconds)
        log?.info(
            "request",
            metadata: [
                "request_id": "\(id)", "method": "\(request.method.rawValue)",
                "path": "\(request.uri.path.prefix(400))", "status": "\(response.status.code)",
                "duration_ms": "\((seconds * 1e6).rounded() / 1e3)",
                "bytes": "\(response.body.contentLength.map { "\($0)" } ?? "stream")",
            ])
        return response
    }

    private static var known: [HTTPRequest.Method] { [.get, .head, .post, .put, .delete, .patch, .options] }
}
