import Foundation
import Simulator
import Streaming
import TestSupport
import Testing

/// The service is killed in the middle of everything, and what it says after its next start is true.
@Suite(.serialized) struct RestartTests {
    @Test func afterAKillEveryStateIsTrue() async throws {
        var configuration = SimulatorConfiguration(as: .foundryLegacy)
        let names = ["ready", "quick", "slow", "held", "fetched"]
        configuration.models = names.map { SimulatedModel($0) }
        configuration.models[0].isLoaded = true
        configuration.models[1].loadTime = .seconds(2)
        configuration.models[2].loadTime = .seconds(600)
        configuration.models[3].loadTime = .seconds(600)
        configuration.models[4].isDownloaded = false
        configuration.models[4].downloadTime = .seconds(600)
        let simulated = try await SimulatedServer.start(configuration)
        let server = simulated.url
        let client = StreamingClient()

        try await withTemporaryFolder { data in
            let first = try await Service.start(data, client)
            defer { first.kill() }
            var ids: [String: String] = [:]
            for name in names where name != "held" {
                let added = try await first.ask(
                    "POST", "/api/models", #"{"alias":"\#(name)","model_id":"\#(name)","endpoint":"\#(server)"}"#)
                ids[name] = try #require((added["model"] as? [String: Any])?["id"] as? String, "\(added)")
            }
            // Beside the service, and not killed with it.
            let beside = try CommandLineTests.background(["models", "load", "held", "--endpoint", server], data: data)
            defer { beside.end(SIGKILL) }
            try await first.wait(for: "held", "loading")
            _ = try await first.ask("POST", "/api/models/\(ids["slow"]!)/load")
            _ = try await first.ask("POST", "/api/models/\(ids["fetched"]!)/download")
            let begun = try await first.ask(
                "POST", "/api/benchmarks/run",
                #"{"modelIds":["\#(ids["ready"]!)"],"suiteName":"quick","config":{"iterations":10000}}"#)
            let run = try #require(begun["runId"] as? String, "\(begun)")
            _ = try await first.ask("POST", "/api/models/\(ids["quick"]!)/load")
            let before = try await first.statuses()
            #expect(before["slow"] == "loading" && before["quick"] == "loading" && before["fetched"] == "downloading")
            first.kill()
            // The server goes on with what it was told, whoever told it; where the order was killed too, it is given again.
            _ = await Service.get("\(server)/openai/load/quick", client)

            let second = try await Service.start(data, client)
            defer { second.kill() }

            let after = try await second.statuses()
            #expect(
                after == [
                    "ready": "running", "quick": "running", "slow": "stopped", "held": "loading", "fetched": "stopped",
                ])
            let slow = try await second.ask("GET", "/api/models/\(ids["slow"]!)/status")
            #expect((slow["last_error"] as? String)?.contains("being loaded when the process") == true, "\(slow)")
            let fetched = try await second.ask("GET", "/api/models/\(ids["fetched"]!)/status")
            #expect((fetched["last_error"] as? String)?.contains("not on its server's disk") == true, "\(fetched)")
            let status = try await second.ask("GET", "/api/benchmarks/runs/\(run)/status")
            #expect(status["status"] as? String == "interrupted")

            beside.end(SIGKILL)
            let list = try await CommandLineTests.flperf("models", "list", data: data)
            #expect(list.output.contains(#/held .*stopped: It was being loaded when/#), "\(list.output)")
        }
        await client.shutdown()
        await simulated.stop()
    }
}

/// `flperf serve` as a process of its own.
private struct Service {
    let process: ChildProcess
    let port: Int
    let client: StreamingClient

    static func start(_ data: String, _ client: StreamingClient) async throws -> Service {
        let process = try CommandLineTests.background(["serve", "--port", "0"], data: data)
        for _ in 0..<3_000 {
            if let port = process.errors.firstMatch(of: /Serving http:\/\/127.0.0.1:(\d+)/).flatMap({ Int($0.1) }) {
                return Service(process: process, port: port, client: client)
            }
            try #require(process.status == nil, "\(process.errors)")
            try await Task.sleep(for: .milliseconds(20))
        }
        throw POSIXError(.ETIMEDOUT)
    }

    func kill() { process.end(SIGKILL) }

    func ask(_ method: String, _ path: String, _ body: String = "") async throws -> [String: Any] {
        let outcome = await client.perform(
            StreamRequest(
                url: "http://127.0.0.1:\(port)\(path)", method: method,
                headers: body.isEmpty ? [] : [("Content-Type", "application/json")], body: Array(body.utf8),
                framing: .whole))
        let object = try? JSONSerialization.jsonObject(with: Data(outcome.body)) as? [String: Any]
        return try #require(object, "\(method) \(path): \(String(decoding: outcome.body, as: UTF8.self))")
    }

    static func get(_ url: String, _ client: StreamingClient) async -> String {
        let outcome = await client.perform(StreamRequest(url: url, method: "GET", headers: [], framing: .whole))
        return String(decoding: outcome.body, as: UTF8.self)
    }

    /// Every model's status, by its alias.
    func statuses() async throws -> [String: String] {
        let models = try #require(try await ask("GET", "/api/models")["models"] as? [[String: Any]])
        return Dictionary(
            models.compactMap { model in
                (model["alias"] as? String).flatMap { alias in (model["status"] as? String).map { (alias, $0) } }
            }, uniquingKeysWith: { $1 })
    }

    /// Asks until the model's status is that, for a minute at most.
    func wait(for alias: String, _ status: String) async throws {
        for _ in 0..<3_000 {
            if try await statuses()[alias] == status { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("'\(alias)' never was '\(status)'")
    }
}
