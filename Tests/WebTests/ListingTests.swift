import Events
import EventStore
import Foundation
import Streaming
import TestSupport
import Testing

@testable import Web

/// Lists in pages, filtered, sorted and cut, and what is answered to who has them already.
struct ListingTests {
    /// Runs `r0`…`r<count − 1>`, one a millisecond, each with results of two models.
    private static func fill(_ served: WebTests.Served, runs count: Int) async throws {
        for index in 0..<count {
            let run = "r\(index)"
            let events: [Event] = [
                .runRequested(.fixture(id: run)), .runStarted(.with { $0.runID = run }),
                .inferenceSampled(.fixture(run: run, start: 0, completionTokens: UInt64(5 + index))),
                .runCompleted(.with { $0.runID = run }),
            ]
            _ = try await served.installation.log.append(events.map { NewEvent($0) }, to: .run(run))
            try await Task.sleep(for: .milliseconds(2))
        }
        try served.installation.projector.catchUp()
    }

    private static func ids(_ object: [String: Any], _ list: String = "runs", _ key: String = "id") -> [String] {
        (object[list] as? [[String: Any]])?.compactMap { $0[key] as? String } ?? []
    }

    @Test func pagesHoldEveryRowOnceWhateverComesMeanwhile() async throws {
        try await WebTests.serve { served in
            try await Self.fill(served, runs: 7)
            let whole = Self.ids(try await served.object("/api/benchmarks/runs"))
            var seen: [String] = []
            var path: String? = "/api/benchmarks/runs?limit=3"

            while let next = path {
                let page = try await served.object(next)
                seen += Self.ids(page)
                if seen.count == 3 { try await Self.append("late", served) }
                path = (page["next_cursor"] as? String).map { "/api/benchmarks/runs?limit=3&cursor=\($0)" }
            }

            #expect(whole.count == 7)
            #expect(seen == whole)
        }
    }

    private static func append(_ run: String, _ served: WebTests.Served) async throws {
        _ = try await served.installation.log.append([NewEvent(.runRequested(.fixture(id: run)))], to: .run(run))
        try served.installation.projector.catchUp()
    }

    @Test func rowsAreSortedPickedAndCut() async throws {
        try await WebTests.serve { served in
            try await Self.fill(served, runs: 3)
            let path = "/api/benchmarks/results?sort=-total_tokens&fields=run_id,total_tokens"
            let sorted = try await served.object(path)
            let most = try await served.object(path + "&total_tokens_min=6&total_tokens_max=6")
            let none = try await served.object("/api/benchmarks/runs?status=failed")
            let unknownLast = try await served.object("/api/benchmarks/results?sort=gpu_avg&limit=2")

            #expect(Self.ids(sorted, "results", "run_id") == ["r2", "r1", "r0"])
            #expect((sorted["results"] as? [[String: Any]])?.allSatisfy { $0.count == 2 } == true)
            #expect(Self.ids(most, "results", "run_id") == ["r1"])
            #expect(Self.ids(none).isEmpty)
            #expect(Self.ids(unknownLast, "results", "run_id").count == 2)
        }
    }

    @Test func rowsThatArePassedOnAreThoseThatAreRead() async throws {
        try await WebTests.serve { served in
            try await Self.fill(served, runs: 2)
            for path in ["/api/benchmarks/results?runId=r1", "/api/benchmarks/runs/r1"] {
                let sign = path.contains("?") ? "&" : "?"
                let passed = try await served.ask("GET", path)
                let read = try await served.ask("GET", path + sign + "formulas=standard/1")
                let whole = try await served.ask("GET", path + sign + "metrics=true")

                #expect(passed.body == read.body)
                let rows = try #require(whole.object["results"] as? [[String: Any]])
                #expect(rows.first?["metrics"] != nil)
                #expect((passed.object["results"] as? [[String: Any]])?.first?["metrics"] == nil)
            }
        }
    }

    @Test func aTagHoldsUntilItsResourceChanges() async throws {
        try await WebTests.serve { served in
            try await Self.fill(served, runs: 2)
            let path = "/api/benchmarks/runs/r0"
            let first = try await served.ask("GET", path)
            let tag = try #require(first.headers["etag"])

            let again = try await served.ask("GET", path, [("If-None-Match", tag)])
            try await Self.append("other", served)
            let besides = try await served.ask("GET", path, [("If-None-Match", "W/\(tag), \"x\"")])
            let list = try await served.ask("GET", "/api/benchmarks/runs")
            let stale = try await served.ask("DELETE", path, [("If-Match", "\"x\"")])
            let restore = try await served.ask("DELETE", path, [("If-Match", tag)])

            #expect(again.status == 304)
            #expect(again.body.isEmpty)
            #expect(besides.status == 304, "another run's events change nothing of this one")
            #expect(stale.status == 412)
            #expect(stale.headers["etag"] == tag)
            #expect(restore.status == 200)
            let after = try await served.ask(
                "GET", "/api/benchmarks/runs", [("If-None-Match", list.headers["etag"] ?? "")])
            #expect(after.status == 200)
            #expect(after.headers["etag"] != list.headers["etag"])
            let gone = try await served.ask("GET", path, [("If-None-Match", tag)])
            #expect(gone.status == 404)
        }
    }

    @Test func aChangeIsSeenAtOnce() async throws {
        try await WebTests.serve { served in
            try await Self.fill(served, runs: 1)
            for _ in 0..<2 { #expect(Self.ids(try await served.object("/api/benchmarks/runs")) == ["r0"]) }

            try await Self.append("r1", served)

            #expect(Set(Self.ids(try await served.object("/api/benchmarks/runs"))) == ["r0", "r1"])
        }
    }
}
