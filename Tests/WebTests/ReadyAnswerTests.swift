import Foundation
import TestSupport
import Testing

@testable import Web

/// An answer that was kept is given on another way than the first; nothing else about it is another.
struct ReadyAnswerTests {
    private static let run = "/api/benchmarks/runs/r1"

    @Test(arguments: [run, "/api/models", "/api/benchmarks/results?runId=r1"])
    func aKeptAnswerIsTheFirstOneAgain(path: String) async throws {
        try await WebTests.serve { served in
            try await WebTests.fill(served.installation)
            let connection = try RawConnection(port: served.port)

            let answers = try await [connection.ask(path), connection.ask(path), connection.ask(path)]

            #expect(answers.allSatisfy { $0.status == 200 })
            #expect(Set(answers.map(\.body)).count == 1)
            #expect(Set(answers.map { $0.headers["x-request-id"] }).count == 3, "each has an id of its own")
            let moment = ["date", "x-request-id"]
            for name in moment { #expect(answers[1].headers[name]?.isEmpty == false) }
            #expect(Set(answers.map { $0.headers.keys.sorted() }).count == 1, "the same fields")
            #expect(Set(answers.map { $0.headers.filter { !moment.contains($0.key) } }).count == 1)
        }
    }

    @Test func whoeverHasItAlreadyIsToldSo() async throws {
        try await WebTests.serve { served in
            try await WebTests.fill(served.installation)
            let connection = try RawConnection(port: served.port)
            let tag = try #require(try await connection.ask(Self.run).headers["etag"])

            let known = try await connection.ask(Self.run, ["If-None-Match: W/\(tag)"])
            let other = try await connection.ask(Self.run, ["If-None-Match: \"other\""])

            #expect(known.status == 304)
            #expect(known.headers["etag"] == tag)
            #expect(known.body.isEmpty)
            #expect(other.status == 200)
        }
    }

    @Test func whatIsKeptIsRefusedToWhomEverythingIs() async throws {
        let tokens = try AccessTokens(write: "write-token-0123456789", read: "read-token-0123456789")
        try await WebTests.serve(tokens: tokens) { served in
            try await WebTests.fill(served.installation)
            let connection = try RawConnection(port: served.port)
            let allowed = "Authorization: Bearer read-token-0123456789"
            for _ in 0..<2 { #expect(try await connection.ask(Self.run, [allowed]).status == 200) }

            let unknown = try await connection.ask(Self.run)
            let wrong = try await connection.ask(Self.run, ["Authorization: Bearer read-token-012345678x"])
            let rebound = try await connection.ask(Self.run, [allowed], host: "evil.example")

            #expect(unknown.status == 401)
            #expect(wrong.status == 401)
            #expect(rebound.status == 421)
        }
    }

    @Test func answersComeInTheOrderOfTheRequests() async throws {
        try await WebTests.serve { served in
            try await WebTests.fill(served.installation)
            let connection = try RawConnection(port: served.port)
            _ = try await connection.ask(Self.run)
            // Kept, not kept, kept, kept, with a body though it is a GET, and the last.
            let paths = [
                Self.run, "/api/none", Self.run, "/healthz", Self.run, Self.run,
            ]
            let head = "Host: localhost\r\n"
            var text = paths.map { "GET \($0) HTTP/1.1\r\n\(head)\r\n" }.joined()
            text += "GET \(Self.run) HTTP/1.1\r\n\(head)Content-Length: 2\r\n\r\n{}"
            text += "GET \(Self.run) HTTP/1.1\r\n\(head)Connection: close\r\n\r\n"

            connection.send(Array(text.utf8))
            let answers = await connection.receive().components(separatedBy: "HTTP/1.1 ").dropFirst()

            let statuses = answers.map { String($0.prefix(3)) }.joined(separator: " ")
            #expect(statuses == "200 404 200 200 200 200 200 200")
            #expect(answers.filter { $0.contains("\"results\"") }.count == 6)
        }
    }

    @Test func whatIsKeptIsForgottenWhenItChanges() async throws {
        try await WebTests.serve { served in
            try await WebTests.fill(served.installation)
            let connection = try RawConnection(port: served.port)
            for _ in 0..<2 { #expect(try await connection.ask(Self.run).status == 200) }

            #expect(try await served.ask("DELETE", Self.run).status == 200)

            #expect(try await connection.ask(Self.run).status == 404)
        }
    }

    @Test func everyAnswerIsCounted() async throws {
        try await WebTests.serve { served in
            try await WebTests.fill(served.installation)
            let connection = try RawConnection(port: served.port)
            for _ in 0..<3 { _ = try await connection.ask(Self.run) }
            _ = try await connection.ask(Self.run, ["If-None-Match: *"])

            let metrics = try await served.ask("GET", "/metrics").body

            let labels = "method=\"GET\",route=\"/api/benchmarks/runs/{id}\""
            #expect(metrics.contains("flperf_http_requests_total{\(labels),status=\"200\"} 3\n"))
            #expect(metrics.contains("flperf_http_requests_total{\(labels),status=\"304\"} 1\n"))
            #expect(
                metrics.contains("flperf_http_request_duration_seconds_count{route=\"/api/benchmarks/runs/{id}\"} 4\n"))
        }
    }
}

extension RawConnection {
    /// One GET over this connection, which stays open.
    fileprivate func ask(_ path: String, _ fields: [String] = [], host: String = "localhost") async throws
        -> WebTests.Served.Whole
    {
        let lines = ["GET \(path) HTTP/1.1", "Host: \(host)"] + fields
        send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8))
        return await onThreadOfItsOwn {
            var text = ""
            while true {
                let part = self.next()
                text += String(decoding: part, as: UTF8.self)
                let answer = WebTests.Served.Whole(text)
                let length = answer.status == 304 ? 0 : answer.headers["content-length"].flatMap { Int($0) }
                let isWhole = text.contains("\r\n\r\n") && answer.body.utf8.count >= length ?? 0
                if part.isEmpty || isWhole { return answer }
            }
        }
    }
}
