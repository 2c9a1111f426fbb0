import DataFolder
import Hummingbird

/// `?as_of=POSITION|TIME` on any GET: what the request reads of the tables is as it was then. The answer's `As-Of` is the
/// position of the last event that it knows of.
///
/// It holds for what a handler reads before it returns its response, not for a body that is written later.
struct AsOfMiddleware<Context: RequestContext>: RouterMiddleware {
    let installation: Installation

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        // What is changed is changed now: writes do not know it.
        guard request.method == .get || request.method == .head,
            let text = request.uri.queryParameters["as_of"].map(String.init)
        else {
            return try await next(request, context)
        }
        guard let point = LogPoint(text) else {
            throw Problem.parameter("as_of", Parameter.notAPoint(text))
        }
        return try await installation.asOf(point) { position in
            var response = try await next(request, context)
            response.headers[.init("As-Of")!] = "\(position)"
            return response
        }
    }
}

extension Parameter {
    /// What `AsOfMiddleware` looks at.
    static let asOf = Parameter(
        name: "as_of", kind: .point,
        summary: "Answers from what was recorded up to a position of the log, or up to a time.")
}
