import Foundation
import Hummingbird

/// Turns every failure into a problem document, and says nothing of what only the log should know.
struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
    var table: RouteTable

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            let problem = problem(error, request, context)
            guard request.wantsPage, !request.uri.path.hasPrefix("/api") else {
                return try problem.response(from: request, context: context)
            }
            if problem.status == .unauthorized {
                let next = request.method == .get ? request.uri.string : "/dashboard"
                return LoginPages.page(next: next).response(status: .unauthorized)
            }
            return problem.page(backTo: request.headers[.referer]).response(status: problem.status)
        }
    }

    private func problem(_ error: any Error, _ request: Request, _ context: Context) -> Problem {
        if let problem = Problem(error) { return problem }
        guard let error = error as? any HTTPResponseError else {
            context.logger.error("\(request.method) \(request.uri.path) failed: \(error)")
            return Problem(
                status: .internalServerError, title: "Internal error",
                detail: "The request could not be answered. The service's log says why.")
        }
        if error.status == .notFound { return nothing(at: request.uri.path) }
        let detail = "The request could not be understood."
        return Problem(status: error.status, title: error.status.reasonPhrase, detail: detail)
    }

    /// Why no route was found: there is none, or none of that method.
    private func nothing(at path: String) -> Problem {
        let methods = table.methods(at: path)
        guard !methods.isEmpty else { return .notFound("There is nothing at \(path). GET / lists what there is.") }
        let allowed = methods.flatMap { $0 == .get ? [$0, .head] : [$0] }.map(\.rawValue).joined(separator: ", ")
        return Problem(
            status: .methodNotAllowed, title: "Method not allowed", detail: "\(path) can be asked with \(allowed).",
            headers: [.allow: allowed])
    }
}
