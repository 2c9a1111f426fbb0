import HTTPTypes
import Hummingbird
import Logging

/// What is kept of each request that was answered: a count, and a line of the access log.
///
/// The log has no query, no field and no body: any of them may hold a secret.
struct AccessRecord: Sendable {
    var metrics: RequestMetrics
    /// Nil for none.
    var log: Logger?

    /// Of an answer: the id that lines of the service's own log bear too.
    static let requestID = HTTPField.Name("X-Request-Id")!

    /// - Parameter bytes: of the body; nil for a stream.
    func tell(_ key: RequestMetrics.Key, id: String, path: String, bytes: Int?, seconds: Double) {
        metrics.add(key, seconds: seconds)
        log?.info(
            "request",
            metadata: [
                "request_id": "\(id)", "method": "\(key.method)", "path": "\(path.prefix(400))",
                "status": "\(key.status)", "duration_ms": "\((seconds * 1e6).rounded() / 1e3)",
                "bytes": "\(bytes.map { "\($0)" } ?? "stream")",
            ])
    }
}

/// Sees every request first and its answer last: gives it an id, and has it recorded.
struct AccessMiddleware<Context: RequestContext>: RouterMiddleware {
    var record: AccessRecord

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        record.metrics.begin()
        defer { record.metrics.end() }
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            response = Response(status: .internalServerError)
        }
        // A logger may keep none.
        let id = context.logger[metadataKey: "hb.request.id"]?.description ?? RequestID().description
        response.headers[AccessRecord.requestID] = id
        SecurityHeaders.add(to: &response.headers)
        let method = Self.known.contains(request.method) ? request.method.rawValue : "other"
        record.tell(
            .init(method: method, route: context.endpointPath ?? "none", status: response.status.code), id: id,
            path: request.uri.path, bytes: response.body.contentLength,
            seconds: (ContinuousClock.now - start) / .seconds(1))
        return response
    }

    private static var known: [HTTPRequest.Method] { [.get, .head, .post, .put, .delete, .patch, .options] }
}
