import Charts
import Foundation
import Hummingbird
import NIOCore

/// Where a browser is let in, when a token is asked for.
enum LoginPages {
    /// What anybody may load: the form, and what it looks like.
    static let openPaths: Set<String> = ["/login", "/logout", "/icon.svg", Stylesheet.path, PageScript.path]

    static func add(to router: Router<BasicRequestContext>, _ tokens: AccessTokens) {
        router.get("/login") { request, _ in
            let scope = tokens.scope(ofSession: request.head, now: time(nil))
            return page(scope: scope, next: "/dashboard").response()
        }
        router.post("/login") { request, _ in
            var request = request
            let fields = FormFields(String(decoding: try await request.bytes(), as: UTF8.self))
            request.body = RequestBody(buffer: ByteBuffer())
            let next = ownPath(fields["next"])
            guard let scope = tokens.scope(of: fields["token"] ?? "") else {
                return page(problem: "This is not the token that the service was started with.", next: next)
                    .response(status: .unauthorized)
            }
            return entered(next, tokens.setCookie(for: scope, now: time(nil)))
        }
        router.post("/logout") { _, _ in entered("/login", tokens.setCookie(for: nil, now: time(nil))) }
    }

    /// The form.
    ///
    /// - Parameters:
    ///   - scope: what the reader is allowed already.
    ///   - next: where to go on.
    static func page(problem: String? = nil, scope: Route.Scope? = nil, next: String) -> Page {
        let complaint: Markup? = problem.map { "<p class=\"note b\" role=\"alert\">\($0)</p>" }
        let allowed: Markup? = scope.map {
            """
            <p class="note g">You are let in, \($0 == .write ? "to read and to change" : "to read").</p>\
            <form method="post" action="/logout"><button>Log out</button></form>
            """
        }
        return Page(
            "Log in", at: nil,
            """
            <h1>Log in</h1>\(complaint)\(allowed)<p class="meta">The token is FLPERF_TOKEN, or FLPERF_READ_TOKEN to read only, of the machine that serves this.</p>\
            <form method="post" action="/login"><input type="hidden" name="next" value="\(next)">\
            <label class="f">Token<input type="password" name="token" autocomplete="current-password" required></label><button class="go">Log in</button></form>
            """)
    }

    /// A path of this service: nothing that leads elsewhere, as `//host` or `/\host` do.
    private static func ownPath(_ text: String?) -> String {
        guard let text, text.hasPrefix("/"), !text.hasPrefix("//"), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            !text.contains("\\"), !text.hasPrefix("/log")
        else { return "/dashboard" }
        return text
    }

    private static func entered(_ next: String, _ cookie: String) -> Response {
        var response = Response.seeOther(next)
        response.headers[.setCookie] = cookie
        return response
    }
}
