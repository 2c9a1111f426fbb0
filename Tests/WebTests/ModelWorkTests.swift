import DataFolder
import Events
import EventStore
import Foundation
import Simulator
import TestSupport
import Testing

@testable import Web

/// What goes on after its request was answered, and what is hidden and brought back, over real connections.
struct ModelWorkTests {
    /// A simulated server of that kind while the body runs; told its port.
    private static func simulate(
        _ personality: Personality, _ configure: (inout SimulatorConfiguration) -> Void,
        _ body: (Int) async throws -> Void
    ) async throws {
        var configuration = SimulatorConfiguration(as: personality)
        configuration.models = [SimulatedModel("small")]
        configure(&configuration)
        try await withSimulator(configuration) { try await body($0.port) }
    }

    private static func add(_ served: WebTests.Served, port: Int) async throws -> String {
        let added = try await served.send(
            "POST", "/api/models",
            #"{"alias":"small","model_id":"small","endpoint":"http://127.0.0.1:\#(port)"}"#)
        return try #require((added.object["model"] as? [String: Any])?["id"] as? String, "\(added.object)")
    }

    @Test func aLoadDownloadsFirstAndItsStatusTellsHowFar() async throws {
        try await Self.simulate(.foundryLegacy) { configuration in
            configuration.models[0].isDownloaded = false
            configuration.models[0].downloadTime = .milliseconds(2_500)
        } _: { port in
            try await WebTests.serve { served in
                let id = try await Self.add(served, port: port)

                let load = try await served.send("POST", "/api/models/\(id)/start")
                #expect(load.status == 202)
                let again = try await served.send("POST", "/api/models/\(id)/download")
                #expect(again.status == 202)
                #expect((again.object["message"] as? String)?.contains("being worked on already") == true)

                var percentages: Set<Double> = []
                try await served.wait(for: "running", at: "/api/models/\(id)/status") { status in
                    if status["status"] as? String == "downloading", let done = status["download_progress"] as? Double {
                        percentages.insert(done)
                    }
                }
                #expect(!percentages.isEmpty)
                let logs = try #require(try await served.object("/api/models/\(id)/logs")["logs"] as? [[String: Any]])
                let lines = logs.compactMap { $0["message"] as? String }
                #expect(lines.contains("Downloaded."))
                #expect(lines.contains { $0.hasPrefix("Loaded small in") }, "\(lines)")
                let health = try await served.object("/api/models/\(id)/health")
                #expect(health["healthy"] as? Bool == true)
                #expect(health["state"] as? String == "answering")
            }
        }
    }

    @Test func whatAServerCanNotDoIsSaidByName() async throws {
        try await Self.simulate(.vllm) { _ in
        } _: { port in
            try await WebTests.serve { served in
                let id = try await Self.add(served, port: port)
                let cases = [
                    ("/api/models/\(id)/load", "", 409, "cannot load a model on request"),
                    ("/api/models/\(id)/download", "", 409, "cannot download a model on request"),
                    ("/api/models/\(id)/restart", "", 409, "cannot be started from here"),
                    ("/api/cache/switch", #"{"path":"models"}"#, 400, "full path"),
                    ("/api/cache/switch", "{}", 400, "lacks 'path'"),
                    (
                        "/api/cache/switch", #"{"path":"/tmp","endpoint":"http://127.0.0.1:\#(port)"}"#, 501,
                        "vLLM at http://127.0.0.1:\(port)"
                    ),
                ]
                for (path, body, status, words) in cases {
                    let answer = try await served.send("POST", path, body)
                    #expect(answer.status == status, "\(path): \(answer.error)")
                    #expect(answer.error.contains(words), "\(path): \(answer.error)")
                }
            }
        }
    }

    @Test func aDeletedRunIsGoneEverywhereAndComesBack() async throws {
        try await WebTests.serve { served in
            try await WebTests.fill(served.installation)
            let paths = ["", "/status", "/export/json", "/export/csv", "/logs"].map { "/api/benchmarks/runs/r1\($0)" }

            #expect(try await served.send("DELETE", "/api/benchmarks/runs/r1").status == 200)

            for path in paths + ["/api/benchmarks/results?runId=r1"] {
                let answer = try await served.get(path)
                #expect(answer.status == 404, "\(path)")
                #expect("\(answer.body)".contains("was deleted"), "\(path): \(answer.body)")
            }
            let isEmpty = { (key: String, path: String) in
                (try await served.object(path)[key] as? [Any])?.isEmpty == true
            }
            #expect(try await isEmpty("runs", "/api/benchmarks/runs"))
            #expect(try await isEmpty("results", "/api/benchmarks/results"))
            #expect(try await !isEmpty("runs", "/api/benchmarks/runs?deleted=true"))
            let stats = try await served.object("/api/system/stats")
            #expect(stats["totalRuns"] as? Int == 0)
            #expect(stats["bestTpsModel"] is NSNull)

            #expect(try await served.send("POST", "/api/benchmarks/runs/r1/restore").status == 200)
            for path in paths { #expect(try await served.get(path).status == 200, "\(path)") }
            #expect(try await served.object("/api/system/stats")["totalRuns"] as? Int == 1)
            #expect(try await served.send("DELETE", "/api/benchmarks/runs/none").status == 404)
            #expect(try await served.send("POST", "/api/benchmarks/runs/none/restore").status == 404)
        }
    }

    @Test func aRunThatGoesOnIsNotDeleted() async throws {
        try await WebTests.serve { served in
            _ = try await served.installation.log.append(
                [.init(.runRequested(.fixture(id: "going")))], to: .run("going"))
            try served.installation.projector.catchUp()

            let answer = try await served.send("DELETE", "/api/benchmarks/runs/going")

            #expect(answer.status == 409)
            #expect(answer.error.contains("is going on"))
        }
    }
}
