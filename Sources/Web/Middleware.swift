import Foundation
import Hummingbird

/// Turns every failure into a problem document, and says nothing of what only the log should know.
struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let problem as Problem {
            return try problem.response(from: request, context: context)
        } catch let error as any HTTPResponseError {
            let isMissing = error.status == .notFound
            let detail =
                isMissing
                ? "There is nothing at \(request.uri.path). GET / lists what there is."
                : "The request could not be understood."
            let problem = Problem(status: error.status, title: error.status.reasonPhrase, detail: detail)
            return try problem.response(from: request, context: context)
        } catch {
            context.logger.error("\(request.method) \(request.uri.path) failed: \(error)")
            let problem = Problem(
                status: .internalServerError, title: "Internal error",
                detail: "The request could not be answered. The service's log says why.")
            return try problem.response(from: request, context: context)
        }
    }
}

/// Refuses requests whose `Host` is not this machine: a page of another site that has its name point here (DNS rebinding).
struct HostMiddleware<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let authority = request.head.authority ?? ""
        let host =
            authority.hasPrefix("[")
            ? String(authority.prefix { $0 != "]" }.dropFirst()) : String(authority.prefix { $0 != ":" })
        guard ["127.0.0.1", "localhost", "::1"].contains(host.lowercased()) else {
            throw Problem(
                status: .misdirectedRequest, title: "Misdirected request",
                detail: "This service answers to 127.0.0.1 and localhost, not to the host that was asked for.")
        }
        return try await next(request, context)
    }
}
