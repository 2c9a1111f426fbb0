import Events
import EventStore
import Foundation
import TestSupport
import Testing

@testable import Web

/// A write that is sent again is not done again.
struct IdempotencyTests {
    private static func fill(_ served: WebTests.Served) async throws {
        try await WebTests.fill(served.installation)
    }

    @Test func theSameKeyGetsTheSameAnswer() async throws {
        try await WebTests.serve { served in
            try await Self.fill(served)
            let key = [("Idempotency-Key", "delete-1")]
            let first = try await served.ask("DELETE", "/api/benchmarks/runs/r1", key)
            let position = try served.installation.log.lastPosition()

            let second = try await served.ask("DELETE", "/api/benchmarks/runs/r1", key)
            let other = try await served.ask("POST", "/api/benchmarks/runs/r1/restore", key)

            #expect(first.status == 200)
            #expect(second.status == 200)
            #expect(second.body == first.body)
            #expect(second.headers["idempotency-replayed"] == "true")
            #expect(other.status == 422)
            #expect(try served.installation.log.lastPosition() == position)
        }
    }

    @Test func theKeyItselfIsKeptNowhere() async throws {
        try await WebTests.serve { served in
            try await Self.fill(served)
            let key = "canary-4711-key"
            _ = try await served.ask("DELETE", "/api/benchmarks/runs/r1", [("Idempotency-Key", key)])

            let lines = try await served.ask("GET", "/api/events")

            #expect(lines.body.contains("Idempotency-Key was answered"))
            #expect(!lines.body.contains(key))
        }
    }

    @Test func whatFailedMayBeTriedAgain() async throws {
        try await WebTests.serve { served in
            let key = [("Idempotency-Key", "k")]
            let early = try await served.ask("DELETE", "/api/benchmarks/runs/r1", key)
            try await Self.fill(served)

            let late = try await served.ask("DELETE", "/api/benchmarks/runs/r1", key)

            #expect(early.status == 404)
            #expect(late.status == 200)
        }
    }
}
