import Foundation
import TestSupport
import Testing

@testable import Web

/// The pages of a service that asks for a token.
struct LoginTests {
    private static let write = "write-token-0123456789"
    private static let read = "read-token-0123456789"

    private static func serve(_ body: (WebTests.Served) async throws -> Void) async throws {
        try await WebTests.serve(tokens: try AccessTokens(write: write, read: read), body)
    }

    private static let browser = ["Accept": "text/html,*/*"]

    @Test func aPageIsAFormUntilATokenIsGiven() async throws {
        try await Self.serve { served in
            let before = try await served.page("/history?metric=ttft", headers: Self.browser)
            #expect(before.status == 401)
            #expect(before.text.contains("value=\"/history?metric=ttft\""))

            let wrong = try await served.submit("/login", "token=write-token-x123456789&next=%2Fhistory")
            #expect(wrong.status == 401)
            #expect(wrong.headers["set-cookie"] == nil)

            let entered = try await served.submit("/login", "token=\(Self.write)&next=%2Fhistory")
            let cookie = try #require(entered.headers["set-cookie"])
            #expect(entered.status == 303)
            #expect(entered.headers["location"] == "/history")
            #expect(cookie.contains("; HttpOnly; SameSite=Strict"))
            #expect(!cookie.contains(Self.write))
            let session = ["Cookie": "other=1; " + cookie.prefix { $0 != ";" }]
            #expect(try await served.page("/history", headers: session).status == 200)
            #expect(try await served.page("/api/models", headers: session).status == 200)
            #expect(try await served.submit("/audit/verify", headers: session).status == 303)
        }
    }

    @Test func aTokenForReadingLetsNobodyWrite() async throws {
        try await Self.serve { served in
            let entered = try await served.submit("/login", "token=\(Self.read)")
            let session = ["Cookie": String(try #require(entered.headers["set-cookie"]).prefix { $0 != ";" })]

            #expect(try await served.page("/dashboard", headers: session).status == 200)
            #expect(try await served.submit("/models", "model_id=x", headers: session).status == 403)
            let foreign = session.merging(["Sec-Fetch-Site": "cross-site", "Origin": "http://evil.example"]) { $1 }
            #expect(try await served.submit("/models", "model_id=x", headers: foreign).status == 403)
        }
    }

    @Test(arguments: ["//evil.example", "/\\evil.example", "http://evil.example", "/x%0d%0aSet-Cookie:+a=b", ""])
    func aLoginLeadsNowhereElse(next: String) async throws {
        try await Self.serve { served in
            let entered = try await served.submit("/login", "token=\(Self.read)&next=\(next)")

            #expect(entered.headers["location"] == "/dashboard")
        }
    }

    @Test func aSessionEndsAndCanNotBeMade() throws {
        let tokens = try AccessTokens(write: Self.write, read: Self.read)
        let others = try AccessTokens(write: "another-token-0123456789", read: nil)
        func scope(_ tokens: AccessTokens, _ cookie: String, now: Int) -> Route.Scope? {
            tokens.scope(
                ofSession: .init(
                    method: .get, scheme: nil, authority: nil, path: "/", headerFields: [.cookie: cookie]), now: now)
        }
        let cookie = String(tokens.setCookie(for: .read, now: 1_000).prefix { $0 != ";" })
        let end = 1_000 + AccessTokens.sessionTime

        #expect(scope(tokens, cookie, now: end - 1) == .read)
        #expect(scope(tokens, cookie, now: end) == nil)
        #expect(scope(tokens, cookie.replacing("\(end).", with: "\(end + 1)."), now: end) == nil)
        #expect(scope(tokens, String(cookie.dropLast()), now: 1_000) == nil)
        #expect(scope(others, cookie, now: 1_000) == nil)
        #expect(tokens.setCookie(for: nil, now: 1_000).contains("flperf_session=; "))
    }

    @Test func whatIsNotThereIsToldInTheFormThatWasAskedFor() async throws {
        try await WebTests.serve { served in
            let page = try await served.page("/nowhere", headers: Self.browser)
            let program = try await served.ask("GET", "/nowhere")
            let underAPI = try await served.page("/api/nowhere", headers: Self.browser)

            #expect(page.status == 404)
            #expect(page.type.hasPrefix("text/html"))
            #expect(page.text.contains("There is nothing at /nowhere"))
            #expect(program.headers["content-type"] == "application/problem+json")
            #expect(underAPI.status == 404)
            #expect(underAPI.type == "application/problem+json")
        }
    }
}
