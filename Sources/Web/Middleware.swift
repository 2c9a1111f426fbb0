import Foundation
import Hummingbird

/// Turns every failure into a problem document, and says nothing of what only the log should know.
struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            return try problem(error, request, context).response(from: request, context: context)
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
        let detail =
            error.status == .notFound
            ? "There is nothing at \(request.uri.path). GET / lists what there is."
            : "The request could not be understood."
        return Problem(status: error.status, title: error.status.reasonPhrase, detail: detail)
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
