import Foundation
import HTTPTypes
import Hummingbird

/// Refuses requests whose `Host` is none of this service's: a page of another site that has its name point here (DNS
/// rebinding).
struct HostCheck: Sendable {
    /// Names beside this machine's own, in lower case.
    var names: Set<String>
    /// Whether the service can be reached from elsewhere, by any address of this machine.
    var isPublic: Bool

    /// - Throws: `Problem` when another host was asked for.
    func check(_ request: HTTPRequest) throws(Problem) {
        let authority = request.authority ?? ""
        let host =
            authority.hasPrefix("[")
            ? String(authority.prefix { $0 != "]" }.dropFirst()) : String(authority.prefix { $0 != ":" })
        guard isOurs(host.lowercased()) else {
            throw Problem(
                status: .misdirectedRequest, title: "Misdirected request",
                detail: "This service answers to 127.0.0.1 and localhost"
                    + (names.isEmpty ? "" : " and \(names.sorted().joined(separator: ", "))")
                    + ", not to the host that was asked for. 'flperf serve --allow-host NAME' adds a name.")
        }
    }

    private func isOurs(_ host: String) -> Bool {
        if ["127.0.0.1", "localhost", "::1"].contains(host) || names.contains(host) { return true }
        // A name can be pointed here by anybody; an address can't.
        return isPublic && Self.isAddress(host)
    }

    private static func isAddress(_ host: String) -> Bool {
        var bytes = in6_addr()
        return inet_pton(AF_INET, host, &bytes) == 1 || inet_pton(AF_INET6, host, &bytes) == 1
    }
}

/// Has the host of each request checked.
struct HostMiddleware<Context: RequestContext>: RouterMiddleware {
    var check: HostCheck

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        try check.check(request.head)
        return try await next(request, context)
    }
}
