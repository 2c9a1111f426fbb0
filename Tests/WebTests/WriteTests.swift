import Benchmarking
import DataFolder
import Foundation
import Orchestrator
import Simulator
import Streaming
import Synchronization
import TestSupport
import Testing

@testable import Web

/// What changes something, over real connections: models on a server that loads them, runs on the simulator.
struct WriteTests {
    /// An Ollama with one model, which is in memory once it was loaded.
    private static func ollama() throws -> StubServer {
        let isLoaded = Mutex(false)
        return try StubServer { request in
            switch "\(request.method) \(request.path)" {
            case "GET /api/version": return .json(#"{"version":"0.9.1"}"#)
            case "GET /api/tags": return .json(#"{"models":[{"model":"llama3:latest","size":4000}]}"#)
            case "GET /api/ps":
                let models = isLoaded.withLock(\.self) ? #"{"model":"llama3:latest"}"# : ""
                return .json(#"{"models":[\#(models)]}"#)
            case "GET /v1/models": return .json(#"{"object":"list","data":[{"id":"llama3:latest"}]}"#)
            case "POST /api/generate":
                isLoaded.withLock { $0 = !request.body.contains("keep_alive") }
                return .json(#"{"model":"llama3:latest","done":true}"#)
            case "POST /api/chat":
                return .json(
                    """
                    {"model":"llama3:latest","message":{"role":"assistant","content":"Hello!"},"done":true,"prompt_eval_count":9,"eval_count":2}
                    """)
            default: return nil
            }
        }
    }

    @Test func aModelIsAddedLoadedTestedUnloadedAndRemoved() async throws {
        let server = try Self.ollama()
        try await WebTests.serve { served in
            let added = try await served.send(
                "POST", "/api/models",
                #"{"alias":"my llama","model_id":"llama3:latest","endpoint":"http://127.0.0.1:\#(server.port)"}"#)
            #expect(added.status == 201)
            let row = try #require(added.object["model"] as? [String: Any])
            let id = try #require(row["id"] as? String)
            #expect(row["alias"] as? String == "my llama")
            #expect(row["status"] as? String == "stopped")

            let early = try await served.send("POST", "/api/models/\(id)/test")
            #expect(early.status == 400)
            #expect(early.error.contains("is not loaded"))

            let load = try await served.send("POST", "/api/models/\(id)/load")
            #expect(load.status == 202)
            #expect(load.object["success"] as? Bool == true)
            #expect((load.object["modelInfo"] as? [String: Any])?["alias"] as? String == "my llama")
            try await served.wait(for: "running", at: "/api/models/\(id)/status")

            let test = try await served.send("POST", "/api/models/\(id)/test", #"{"prompt":"Hi"}"#)
            #expect(test.object["response"] as? String == "Hello!", "\(test.object)")
            #expect((test.object["usage"] as? [String: Any])?["total_tokens"] as? Int == 11)

            #expect(try await served.send("POST", "/api/models/\(id)/stop").status == 200)
            try await served.wait(for: "stopped", at: "/api/models/\(id)/status")
            #expect(try await served.send("DELETE", "/api/models/\(id)").status == 200)
            #expect(try await served.get("/api/models/\(id)/status").status == 404)
        }
    }

    @Test func whatCanNotBeDoneIsSaid() async throws {
        let server = try Self.ollama()
        try await WebTests.serve { served in
            let cases: [(String, String, String, Int, String)] = [
                ("POST", "/api/models", #"{"alias":"a"}"#, 400, "lacks 'model_id'"),
                ("POST", "/api/models", #"{"alias":"#, 400, "is not JSON"),
                (
                    "POST", "/api/models",
                    #"{"alias":"a","model_id":"gone","endpoint":"http://127.0.0.1:\#(server.port)"}"#, 404, "'gone'"
                ),
                ("POST", "/api/models/none/load", "", 404, "Unknown model 'none'"),
                ("DELETE", "/api/models/none", "", 404, "Unknown model 'none'"),
                ("POST", "/api/benchmarks/run", #"{"suiteName":"quick"}"#, 400, "'modelIds'"),
                ("POST", "/api/benchmarks/run", #"{"modelIds":["x"],"suiteName":"../quick"}"#, 404, "Unknown suite"),
                ("POST", "/api/benchmarks/run", #"{"modelIds":["x"],"suiteName":"quick"}"#, 404, "Unknown model 'x'"),
                ("POST", "/api/benchmarks/runs/none/cancel", "", 404, "Unknown run 'none'"),
            ]
            for (method, path, body, status, words) in cases {
                let answer = try await served.send(method, path, body)
                #expect(answer.status == status, "\(method) \(path) \(body): \(answer.error)")
                #expect(answer.error.contains(words), "\(method) \(path) \(body): \(answer.error)")
            }
            let last = try served.installation.log.lastPosition()
            #expect(last == 0)
        }
    }

    @Test func aPageOfAnotherSiteChangesNothing() async throws {
        try await WebTests.serve { served in
            let path = "/api/models/none/load"
            let foreign = [("Sec-Fetch-Site", "cross-site"), ("Origin", "http://evil.example")]
            for header in foreign {
                let answer = try await served.send("POST", path, headers: [header])
                #expect(answer.status == 403)
            }
            let form = try await served.send("POST", path, "alias=a", type: "text/plain")
            #expect(form.status == 415)
            let own = [("Origin", "http://127.0.0.1:\(served.port)"), ("Sec-Fetch-Site", "same-origin")]
            let answer = try await served.send("POST", path, headers: own)
            #expect(answer.status == 404)
        }
    }

    @Test(arguments: [
        (#"{"iterations":0}"#, "'iterations' must be at least 1, found 0"),
        (#"{"iteration":1}"#, "'iteration' is unknown here. Did you mean 'iterations'?"),
        (#"{"parallel_models":0}"#, "'parallel_models' must be at least 1, found 0"),
        (#"{"unload_between":1}"#, "'unload_between' must be true or false, found 1"),
        (#"{"restart_on_failure":-1}"#, "'restart_on_failure' must be at least 0, found -1"),
        (#"{"every":10}"#, "'every' must be at least 1000, found 10"),
        (#"{"until":4102444800000}"#, "'until' is for 'every': give that too"),
        (#"{"every":60000,"until":1000}"#, "'until' must be at least"),
    ])
    func aConfigurationThatCanNotBeIsRefused(config: String, complaint: String) async throws {
        let server = try Self.ollama()
        try await WebTests.serve { served in
            let added = try await served.send(
                "POST", "/api/models",
                #"{"alias":"a","model_id":"llama3:latest","endpoint":"http://127.0.0.1:\#(server.port)"}"#)
            let id = try #require((added.object["model"] as? [String: Any])?["id"] as? String, "\(added.object)")
            let before = try served.installation.log.lastPosition()

            let answer = try await served.send(
                "POST", "/api/benchmarks/run", #"{"modelIds":["\#(id)"],"suiteName":"quick","config":\#(config)}"#)

            #expect(answer.status == 400)
            #expect(answer.error.contains(complaint), "\(answer.error)")
            #expect(try served.installation.log.lastPosition() == before)
        }
    }

    @Test func aRunWithAScheduleBelongsToItAndIsMarkedWhateverTheSimulatorPosesAs() async throws {
        let configuration = SimulatorConfiguration(as: .ollama)
        let simulator = try Simulator(configuration)
        let simulating = Task { await simulator.run() }
        defer { simulating.cancel() }
        try await WebTests.serve { served in
            let added = try await served.send(
                "POST", "/api/models",
                #"{"alias":"sim","model_id":"\#(configuration.models[0].id)","endpoint":"http://127.0.0.1:\#(simulator.port)"}"#
            )
            let id = try #require((added.object["model"] as? [String: Any])?["id"] as? String, "\(added.object)")
            let order =
                #"{"modelIds":["\#(id)"],"suiteName":"quick","config":{"iterations":1,"max_tokens":2,"every":3600000,"restart_on_failure":1}}"#

            let begun = try await served.send("POST", "/api/benchmarks/run", order)
            #expect(begun.status == 202, "\(begun.error)")
            let run = try #require(begun.object["runId"] as? String)
            try await served.wait(for: "completed", at: "/api/benchmarks/runs/\(run)/status")

            let list = try await served.object("/api/schedules")
            let schedule = try #require((list["schedules"] as? [[String: Any]])?.first)
            #expect(schedule["run_id"] as? String == run)
            #expect(schedule["every"] as? Int == 3_600_000)
            #expect(schedule["status"] as? String == "active")
            let row = try #require(try served.installation.run(run).value).run
            #expect(row.schedule_id == schedule["id"] as? String)
            #expect(row.simulated)
            #expect(row.phases.map(\.backend) == ["ollama"])
            #expect(row.config.restart_on_failure == 1)
            #expect(try await served.send("DELETE", "/api/schedules/\(row.schedule_id ?? "")").status == 200)
            #expect(try await served.send("DELETE", "/api/schedules/none").status == 404)
            #expect(try served.installation.schedules().value.map(\.status) == [.ended])
        }
    }

    @Test func aRunIsStartedShownAndCancelled() async throws {
        let simulator = try Simulator(SimulatorConfiguration())
        let simulating = Task { await simulator.run() }
        defer { simulating.cancel() }
        try await WebTests.serve { served in
            let added = try await served.send(
                "POST", "/api/models",
                #"{"alias":"sim","model_id":"simulated","endpoint":"http://127.0.0.1:\#(simulator.port)"}"#)
            let id = try #require((added.object["model"] as? [String: Any])?["id"] as? String, "\(added.object)")
            let order = #"{"modelIds":["\#(id)"],"suiteName":"quick","config":{"iterations":10000}}"#

            let begun = try await served.send("POST", "/api/benchmarks/run", order)
            #expect(begun.status == 202)
            let run = try #require(begun.object["runId"] as? String)
            #expect(try await served.object("/api/benchmarks/runs/\(run)/status")["status"] as? String == "running")
            let second = try await served.send("POST", "/api/benchmarks/run", order)
            #expect(second.status == 409)
            #expect(second.error.contains(run))

            #expect(try await served.send("POST", "/api/benchmarks/runs/\(run)/cancel").status == 202)
            try await served.wait(for: "cancelled", at: "/api/benchmarks/runs/\(run)/status")
            let again = try await served.send("POST", "/api/benchmarks/runs/\(run)/cancel")
            #expect(again.status == 409)
            #expect(again.error.contains("has ended already"))
        }
    }
}

extension WebTests.Served {
    struct Answer {
        var status: Int
        var object: [String: Any]
        var error: String { object["error"] as? String ?? "" }
    }

    func send(
        _ method: String, _ path: String, _ body: String = "", type: String = "application/json",
        headers: [(String, String)] = []
    ) async throws -> Answer {
        var fields: [(name: String, value: String)] = headers.map { (name: $0.0, value: $0.1) }
        if !body.isEmpty { fields.append(("Content-Type", type)) }
        let outcome = await client.perform(
            StreamRequest(
                url: "http://127.0.0.1:\(port)\(path)", method: method, headers: fields, body: Array(body.utf8),
                framing: .whole))
        let object = try? JSONSerialization.jsonObject(with: Data(outcome.body)) as? [String: Any]
        return Answer(status: outcome.status ?? 0, object: object ?? [:])
    }

    /// Asks until the status is that, for a minute at most.
    ///
    /// - Parameter look: is shown every answer.
    func wait(for status: String, at path: String, look: ([String: Any]) -> Void = { _ in }) async throws {
        for _ in 0..<3_000 {
            try installation.projector.catchUp()
            let answer = try await object(path)
            look(answer)
            if answer["status"] as? String == status { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("\(path) never told '\(status)'")
    }
}
