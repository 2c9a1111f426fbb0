import Crypto
import Foundation
import HTTPTypes
import Hummingbird

/// Who may ask, when not everybody on this machine may: whoever knows a token (RFC 6750).
public struct AccessTokens: Sendable {
    let write: SHA256Digest?
    let read: SHA256Digest?

    /// Fewest characters of a token: one that can be guessed is none.
    public static let shortest = 16

    /// - Parameters:
    ///   - write: allows everything; nil or empty for none.
    ///   - read: allows what changes nothing; likewise.
    /// - Throws: `WebError.shortToken`.
    public init(write: String?, read: String?) throws {
        func digest(_ token: String?) throws -> SHA256Digest? {
            guard let token, !token.isEmpty else { return nil }
            guard token.utf8.count >= Self.shortest else { throw WebError.shortToken }
            return SHA256.hash(data: Data(token.utf8))
        }
        self.write = try digest(write)
        self.read = try digest(read)
    }

    /// Everybody who can reach the service may ask.
    public static var none: AccessTokens { AccessTokens() }
    private init() { (write, read) = (nil, nil) }

    /// Whether there are any.
    var areSet: Bool { write != nil || read != nil }
    var allowWriting: Bool { write != nil }

    /// What a token allows; nil for one that is not ours. Digests are compared, in a time that does not depend on where they
    /// differ, so nothing is learnt of a token by trying.
    func scope(of token: some StringProtocol) -> Route.Scope? {
        let digest = SHA256.hash(data: Data(token.utf8))
        let (isWrite, isRead) = (write.map { $0 == digest } ?? false, read.map { $0 == digest } ?? false)
        return isWrite ? .write : isRead ? .read : nil
    }
}

/// Lets in whoever has a token that allows what is asked.
struct TokenCheck: Sendable {
    var tokens: AccessTokens
    /// Paths that tell nothing that is anybody's.
    var open: Set<String>

    /// - Throws: `Problem` when the request has no token that allows it.
    func check(_ request: HTTPRequest, path: String) throws(Problem) {
        guard tokens.areSet, !open.contains(path) else { return }
        guard let scope = bearer(request) ?? tokens.scope(ofSession: request, now: time(nil)) else {
            throw Problem(
                status: .unauthorized, title: "Unauthorized",
                detail:
                    "A token is asked for: 'Authorization: Bearer TOKEN', the one that the service was started with.",
                headers: [.wwwAuthenticate: "Bearer realm=\"flperf\""])
        }
        guard scope == .write || [.get, .head].contains(request.method) else {
            throw Problem(
                status: .forbidden, title: "Forbidden", detail: "This token allows reading only.",
                headers: [.wwwAuthenticate: "Bearer realm=\"flperf\", error=\"insufficient_scope\", scope=\"write\""])
        }
    }

    private func bearer(_ request: HTTPRequest) -> Route.Scope? {
        guard let field = request.headerFields[.authorization] else { return nil }
        let parts = field.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return tokens.scope(of: parts[1])
    }
}

/// Has the token of each request checked.
struct TokenMiddleware<Context: RequestContext>: RouterMiddleware {
    var check: TokenCheck

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        try check.check(request.head, path: request.uri.path)
        return try await next(request, context)
    }
}
