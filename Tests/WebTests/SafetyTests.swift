import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

@testable import Web

/// What is meant badly is refused, and the service goes on.
struct SafetyTests {
    private static let long = String(repeating: "a", count: WebLimits.target)

    @Test func aTokenIsAskedForAndAllowsWhatItIsFor() async throws {
        let tokens = try AccessTokens(write: "write-token-0123456789", read: "read-token-0123456789")
        try await WebTests.serve(tokens: tokens) { served in
            let (read, write) = ("read-token-0123456789", "write-token-0123456789")
            let cases: [(String, String, String?, Int)] = [
                ("GET", "/healthz", nil, 200), ("GET", "/api/models", nil, 401),
                ("GET", "/api/models", String(write.dropLast()), 401), ("GET", "/api/models", read, 200),
                ("DELETE", "/api/models/x", read, 403), ("DELETE", "/api/models/x", write, 404),
            ]
            for (method, path, token, status) in cases {
                let answer = try await served.ask(method, path, token.map { [("Authorization", "Bearer \($0)")] } ?? [])
                #expect(answer.status == status, "\(method) \(path) \(token ?? "without a token")")
            }
        }
    }

    @Test(arguments: [
        ("GET", "/api/models?" + Self.long, 414),
        ("GET", "/api/models/%00%ff/status", 404),
        ("GET", "/../../etc/passwd", 404),
        ("GET", "/api/models/..%2f..%2fetc%2fpasswd/status", 404),
        ("TRACE", "/api/models", 405),
        ("OPTIONS", "/api/models", 405),
    ])
    func whatCanNotBeMeantIsRefused(method: String, path: String, status: Int) async throws {
        try await WebTests.serve { served in
            let answer = try await served.ask(method, path)
            #expect(answer.status == status)
            #expect(answer.object["error"] != nil)
        }
    }

    @Test(arguments: [
        ("GET /api/models HTTP/1.1\r\nX-Long: \(String(repeating: "a", count: WebLimits.fields))\r\n\r\n", 431),
        ("GET /\(String(repeating: "a", count: WebLimits.fields)) HTTP/1.1\r\n\r\n", 431),
        ("NO SUCH THING\r\n\r\n", 400),
        ("GET /api/models HTTP/9.9\r\n\r\n", 400),
    ])
    func whatIsNoRequestGetsAProblemToo(text: String, status: Int) async throws {
        try await WebTests.serve { served in
            let connection = try RawConnection(port: served.port)
            connection.send(Array(text.utf8))

            let answer = WebTests.Served.Whole(await connection.receive())

            #expect(answer.status == status)
            #expect(answer.headers["content-type"] == "application/problem+json")
            #expect(answer.headers["connection"] == "close")
            #expect(answer.object["detail"] != nil)
        }
    }

    @Test func everyAnswerTellsABrowserWhatItMayNotDo() async throws {
        try await WebTests.serve { served in
            for path in ["/api/models", "/api/none", "/openapi.json"] {
                let answer = try await served.ask("GET", path, [("Origin", "http://evil.example")])
                #expect(answer.headers["content-security-policy"]?.contains("default-src 'none'") == true)
                #expect(answer.headers["x-content-type-options"] == "nosniff")
                #expect(answer.headers["access-control-allow-origin"] == nil)
                #expect(answer.headers["x-request-id"]?.isEmpty == false)
            }
        }
    }

    @Test func aBodyThatIsTooLongIsRefusedUnread() async throws {
        try await WebTests.serve { served in
            let connection = try RawConnection(port: served.port)
            connection.send(
                Array(
                    "POST /api/models HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 104857600\r\n\r\n"
                        .utf8))
            let answer = WebTests.Served.Whole(await connection.receive(until: "\"type\""))
            // Whoever sends it all the same is cut off long before its end.
            let piece = [UInt8](repeating: 0x20, count: 1 << 20)
            var sent = 0
            while sent < 100, await onThreadOfItsOwn({ connection.send(piece) }) { sent += 1 }

            #expect(answer.status == 413)
            #expect(sent < 100)
            let after = try await served.get("/healthz")
            #expect(after.status == 200)
        }
    }

    @Test(arguments: [
        String(repeating: "[", count: 200_000), "{\"modelIds\":" + String(repeating: "[", count: 200_000),
        "{\"alias\":\"\u{1F600}\",\"model_id\":", "nul",
    ])
    func jsonThatIsNoneIsRefused(body: String) async throws {
        try await WebTests.serve { served in
            for path in ["/api/models", "/api/benchmarks/run"] {
                let answer = try await served.ask("POST", path, [], body)
                #expect(answer.status == 400)
            }
        }
    }

    @Test func whoAsksNothingMakesRoom() async throws {
        try await WebTests.serve(connections: 8) { served in
            let silent = try (0..<20).map { _ in try RawConnection(port: served.port) }
            for connection in silent { connection.send(Array("GET /".utf8)) }

            let answer = try await served.ask("GET", "/healthz")

            #expect(answer.status == 200)
            let rest = await onThreadOfItsOwn { silent[0].next() }
            #expect(rest.isEmpty, "the oldest was closed")
        }
    }

    @Test func theAccessLogTellsOfARequestWithoutItsSecrets() async throws {
        let lines = LineRecorder()
        let logger = Logger(label: "access") { _ in lines }
        try await WebTests.serve(accessLog: logger) { served in
            let answer = try await served.ask(
                "GET", "/api/models?api_key=canary-1", [("Authorization", "Bearer canary-2"), ("Cookie", "canary-3")])

            let line = try #require(lines.all.first)
            #expect(line["path"] == "/api/models")
            #expect(line["status"] == "400")
            #expect(line["request_id"] == answer.headers["x-request-id"])
            #expect(!"\(lines.all)".contains("canary"))
        }
    }

    /// Every place where a client might put a key by mistake; what it writes as a name, a label or a prompt is its own affair.
    @Test func aKeyThatIsSentAnywhereIsKeptNowhere() async throws {
        let canary = "sk-canary-0123456789abcdef"
        let lines = LineRecorder()
        try await WebTests.serve(accessLog: Logger(label: "access") { _ in lines }) { served in
            try await WebTests.fill(served.installation)
            var answers: [String] = []
            for name in [
                "Authorization", "Cookie", "X-Api-Key", "Idempotency-Key", "Referer", "User-Agent", "If-None-Match",
                "Last-Event-ID", "Origin", "Host", "X-Request-Id", "Content-Type",
            ] {
                for path in ["/api/models", "/api/events?limit=1", "/api/benchmarks/runs/r1/stream"] {
                    answers.append(
                        try await served.ask("GET", path, [(name, canary), ("Last-Event-ID", "999999")]).body)
                }
                answers.append(try await served.ask("POST", "/api/benchmarks/runs/r1/restore", [(name, canary)]).body)
            }
            for query in ["api_key=", "limit=", "cursor=", "sort=", "fields=", "status="] {
                answers.append(try await served.ask("GET", "/api/benchmarks/runs?" + query + canary).body)
            }
            for body in [
                #"{"alias":"a","model_id":"m","endpoint":"http://user:\#(canary)@127.0.0.1:1"}"#,
                #"{"alias":"a","model_id":"m","endpoint":"http://127.0.0.1:1/?api_key=\#(canary)"}"#,
                #"{"alias":"a","api_key":"\#(canary)"}"#, #"{"modelIds":["m"],"config":{"api_key":"\#(canary)"}}"#,
                #"{"\#(canary)":1"#,
            ] {
                for path in ["/api/models", "/api/benchmarks/run", "/api/models/phi-4/test"] {
                    answers.append(try await served.ask("POST", path, [], body).body)
                }
            }
            for path in ["/api/events", "/api/benchmarks/runs/r1/export/json", "/api/benchmarks/runs/r1/export/csv"] {
                answers.append(try await served.ask("GET", path).body)
            }
            try served.installation.projector.catchUp()

            #expect(answers.count > 70)
            #expect(!answers.contains { $0.contains(canary) })
            #expect(!"\(lines.all)".contains(canary))
            for file in ["log/data.mdb", "tables/data.mdb"] {
                let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(served.installation.folder)/\(file)"))
                #expect(bytes.range(of: Data(canary.utf8)) == nil, "\(file)")
            }
        }
    }
}

/// Keeps what is logged.
private struct LineRecorder: LogHandler {
    private final class Lines: Sendable {
        let all = Mutex<[[String: String]]>([])
    }
    private let lines = Lines()
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace
    var all: [[String: String]] { lines.all.withLock { $0 } }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: Logging.LogEvent) {
        lines.all.withLock { $0.append((event.metadata ?? [:]).mapValues { "\($0)" }) }
    }
}
