import Events
import EventStore
import Foundation
import TestSupport
import Testing

@testable import Web

/// The log as lines and live, and what proves it, over real connections.
struct EventStreamTests {
    private static func append(_ count: Int, to run: String = "r1", _ served: WebTests.Served) async throws {
        let samples = (0..<count).map {
            NewEvent(.inferenceSampled(.fixture(run: run, iteration: UInt32($0), start: Double($0) * 10)))
        }
        _ = try await served.installation.log.append(samples, to: .run(run))
    }

    /// The ids of the events in a stream's text.
    private static func ids(_ text: String) -> [Int] {
        text.replacing("\r\n", with: "\n").components(separatedBy: "\n").filter { $0.hasPrefix("id: ") }.compactMap {
            Int($0.dropFirst(4))
        }
    }

    private static func listen(_ path: String, _ served: WebTests.Served, after: Int? = nil) throws -> RawConnection {
        let connection = try RawConnection(port: served.port)
        let resume = after.map { "Last-Event-ID: \($0)\r\n" } ?? ""
        connection.send(Array("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\(resume)\r\n".utf8))
        return connection
    }

    @Test func linesAreTheEventsFromAPositionOn() async throws {
        try await WebTests.serve { served in
            try await WebTests.fill(served.installation)
            let last = try served.installation.log.lastPosition()

            let all = try await served.get("/api/events?from=3").body as? String
            let some = try await served.get("/api/events?type=InferenceSampled&stream=run-r1&limit=2").body as? String
            let none = try await served.ask("GET", "/api/events?from=9999")

            let lines = try #require(all).split(separator: "\n")
            let positions = try lines.map { line in
                try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])["position"] as? Int
            }
            #expect(positions == Array(3...Int(last)))
            #expect(some?.split(separator: "\n").count == 2)
            #expect(none.status == 200)
        }
    }

    @Test func aListenerHearsWhatComesAndGoesOnWhereItLeftOff() async throws {
        try await WebTests.serve { served in
            try await Self.append(3, served)
            let first = try Self.listen("/api/events/stream?after=1", served)
            let early = await first.receive(until: "id: 3\n")
            try await Self.append(2, served)
            let late = await first.receive(until: "id: 5\n")

            let again = try Self.listen("/api/events/stream", served, after: 2)
            let resumed = await again.receive(until: "id: 5\n")

            #expect(Self.ids(early) == [2, 3])
            #expect(Self.ids(late) == [4, 5])
            #expect(Self.ids(resumed) == [3, 4, 5])
            #expect(early.contains("event: InferenceSampled\ndata: {"))
        }
    }

    @Test func whoFallsFarBehindMissesNothing() async throws {
        try await WebTests.serve { served in
            let listener = try Self.listen("/api/events/stream?after=0", served)
            _ = await listener.receive(until: "retry")
            let count = EventFeed.frameLimit + 500
            for _ in 0..<(count / 500) { try await Self.append(500, served) }

            let text = await listener.receive(until: "id: \(count / 500 * 500)\n")

            #expect(Self.ids(text) == Array(1...(count / 500 * 500)))
        }
    }

    @Test func aRunsStreamEndsWithTheRun() async throws {
        try await WebTests.serve { served in
            try await WebTests.fill(served.installation)
            let run = try #require(try served.installation.run("r1").value).run
            try await Self.append(1, to: "other", served)

            let whole = await (try Self.listen("/api/benchmarks/runs/r1/stream", served)).receive(until: "RunCompleted")
            let again = try await served.ask(
                "GET", "/api/benchmarks/runs/r1/stream", [("Last-Event-ID", "\(run.last_position)")])

            #expect(Self.ids(whole) == Array(Int(run.first_position)...Int(run.last_position)))
            #expect(again.status == 204)
        }
    }

    @Test func theLogProvesItselfOverHTTP() async throws {
        try await WebTests.serve { served in
            try await WebTests.fill(served.installation)
            let note = try await served.get("/api/log/checkpoint").body as? String
            let verified = try await served.object("/api/log/verify")
            let part = try await served.object("/api/log/verify?from=2&through=3")
            let proof = try await served.object("/api/log/proof?position=2")
            let beyond = try await served.get("/api/log/proof?position=999")

            #expect(note?.contains("— flperf.local/log/") == true)
            #expect(verified["ok"] as? Bool == true)
            #expect(part["events"] as? Int == 2)
            #expect(proof["root"] as? String == verified["root"] as? String)
            #expect(beyond.status == 404)
        }
    }

    @Test func aResultsSamplesComeInPages() async throws {
        try await WebTests.serve { served in
            try await WebTests.fill(served.installation)
            let row = try #require(try served.installation.results(run: "r1").value.first)
            let path = "/api/benchmarks/results/\(row.id)/samples?limit=3"

            let first = try await served.object(path)
            let cursor = try #require(first["next_cursor"] as? Int)
            let second = try await served.object(path + "&cursor=\(cursor)")

            let samples = [first, second].flatMap { $0["samples"] as? [[String: Any]] ?? [] }
            #expect(samples.count == 5)
            #expect(Set(samples.compactMap { $0["position"] as? Int }).count == 5)
            #expect(second["next_cursor"] is NSNull)
        }
    }

    @Test func theFiguresOfTheServiceAreCounted() async throws {
        try await WebTests.serve { served in
            _ = try await served.get("/api/models/none/status")
            let text = try await served.get("/metrics").body as? String ?? ""

            #expect(
                text.contains(
                    #"flperf_http_requests_total{method="GET",route="/api/models/{id}/status",status="404"} 1"#),
                "\(text)")
            #expect(text.contains("# TYPE flperf_http_request_duration_seconds histogram"))
            #expect(text.contains(#"le="+Inf"} 1"#))
        }
    }
}
