import DataFolder
import EventStore
import Events
import Foundation
import Streaming
import TestSupport
import Testing

@testable import Fleet

/// A run played again over HTTP, and pooled results.
struct ReplayRouteTests {
    /// The messages of a stream of server-sent events: their names and data.
    private static func messages(_ body: Any) throws -> [(event: String, data: [String: Any])] {
        try #require(body as? String).split(separator: "\n\n").map { message in
            let lines = message.split(separator: "\n")
            func value(_ name: String) -> String {
                lines.first { $0.hasPrefix(name + ": ") }.map { String($0.dropFirst(name.count + 2)) } ?? ""
            }
            let data = try JSONSerialization.jsonObject(with: Data(value("data").utf8))
            return (value("event"), try #require(data as? [String: Any]))
        }
    }

    @Test func aRunIsPlayedToItsEnd() async throws {
        try await WebTests.serve { served in
            try await WebTests.fill(served.installation)

            let answer = try await served.get("/api/benchmarks/runs/r1/replay?speed=max")

            #expect(answer.status == 200)
            #expect(answer.type == "text/event-stream")
            let messages = try Self.messages(answer.body)
            let steps = messages.filter { $0.event == "step" }.map(\.data)
            #expect(steps.first?["event"] as? String == "RunRequested")
            #expect(steps.last?["samples"] as? Int == 5)
            let rows = try #require(messages.last { $0.event == "results" }?.data["results"] as? [[String: Any]])
            #expect(rows.first?["samples"] as? Int == 5)
            let end = try #require(messages.last)
            #expect(end.event == "end")
            #expect(end.data["equal"] as? Bool == true)
        }
    }

    @Test func aRunOfAnotherMachineIsNotPlayedHere() async throws {
        try await WebTests.serve { served in
            try await withTemporaryFolder { folder in
                let machine = try Installation(folder: folder)
                defer { machine.close() }
                try await WebTests.fill(machine)
                var followed = FollowedLog(try served.installation.sources.log(of: machine.log.source))
                var sealer = try BlockSealer(machine.log, from: 1, largest: 1 << 20)
                while let block = try sealer.seal() { _ = try followed.take([(1, block)]) }
                try served.installation.projector.catchUp()
            }

            let answer = try await served.get("/api/benchmarks/runs/r1/replay?speed=max")

            #expect(answer.status == 409)
            let problem = try #require(answer.body as? [String: Any])
            #expect((problem["detail"] as? String)?.contains("was measured on another machine") == true, "\(problem)")
        }
    }

    @Test func itStopsWhereItIsTold() async throws {
        try await WebTests.serve { served in
            try await WebTests.fill(served.installation)

            let answer = try await served.get("/api/benchmarks/runs/r1/replay?speed=max&until=5")

            let messages = try Self.messages(answer.body)
            #expect(messages.last?.data["position"] as? Int == 5)
            #expect(messages.last?.data["equal"] as? Bool == true)
        }
    }

    @Test(arguments: [
        ("r1/replay?speed=fast", 400, "'speed' must be max or a number above 0, found 'fast'."),
        ("r1/replay?until=1", 404, "'until' must be a position from 2 on, the run's first, found '1'."),
        ("r1/replay?speed=max&until=99", 404, "Could not answer as of event 99: the log's events are 1 to 10."),
        ("r9/replay", 404, "Unknown run 'r9'. GET /api/benchmarks/runs lists those there are."),
    ])
    func whatCannotBePlayedIsRefused(path: String, status: Int, sentence: String) async throws {
        try await WebTests.serve { served in
            try await WebTests.fill(served.installation)

            let answer = try await served.get("/api/benchmarks/runs/\(path)")

            #expect(answer.status == status)
            #expect((answer.body as? [String: Any])?["error"] as? String == sentence)
        }
    }

    @Test func resultsOfTheSameThingArePooled() async throws {
        try await WebTests.serve { served in
            try await WebTests.fill(served.installation)
            var events: [Event] = [.runRequested(.fixture(id: "r2"))]
            events += (0..<5).map {
                .inferenceSampled(.fixture(run: "r2", iteration: UInt32($0), start: Double($0) * 200))
            }
            _ = try await served.installation.log.append(events.map { NewEvent($0) }, to: .run("r2"))
            try served.installation.projector.catchUp()

            let refused = try await served.object("/api/benchmarks/results/pooled")
            let pooled = try await served.object("/api/benchmarks/results/pooled?allow=*")
            let one = try await served.object("/api/benchmarks/results/pooled?runId=r1&formulas=flperformance/1")

            let reasons = (refused["refused"] as? [[String: Any]])?.first?["differences"] as? [[String: Any]]
            #expect(reasons?.first?["what"] as? String == "tokens counted by")
            let result = try #require((pooled["results"] as? [[String: Any]])?.first)
            #expect(result["total_iterations"] as? Int == 10)
            #expect(result["run_ids"] as? [String] == ["r2", "r1"])
            #expect(result["run_id"] is NSNull)
            #expect(((one["results"] as? [[String: Any]])?.first?["formula_set"]) as? String == "flperformance/1")
        }
    }
}
