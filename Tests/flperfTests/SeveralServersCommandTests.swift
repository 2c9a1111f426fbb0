import Foundation
import TestSupport
import Testing

/// Runs over several real servers, and runs on schedules: processes that come and go.
extension CommandLineTests {
    /// Asks until it holds, for a minute at most.
    static func until(_ what: String, _ holds: () async throws -> Bool) async throws {
        for _ in 0..<300 {
            if try await holds() { return }
            try await Task.sleep(for: .milliseconds(200))
        }
        Issue.record("It never came to this: \(what)")
    }

    /// A simulated server, and where it listens.
    private static func simulator(
        _ models: String..., data: String, _ more: String...
    ) async throws -> (server: ChildProcess, url: String) {
        let names = models.flatMap { ["--model", $0] }
        let server = try Self.background(
            ["simulate", "--port", "0", "--json", "--ttft", "20ms", "--itl", "5ms"] + names + more, data: data)
        var url = ""
        try await until("the simulator listens") {
            let text = try? JSONSerialization.jsonObject(with: Data(server.output.utf8)) as? [String: Any]
            url = text?["url"] as? String ?? ""
            return !url.isEmpty
        }
        return (server, url)
    }

    private static func list(_ what: String, data: String) async throws -> [[String: Any]] {
        let answer = try await flperf(what, "list", "--json", data: data)
        let object = try JSONSerialization.jsonObject(with: Data(answer.output.utf8)) as? [String: Any]
        return object?[what] as? [[String: Any]] ?? []
    }

    @Test func oneOfTwoServersDiesAndTheRunCompletesWithFailures() async throws {
        try await withTemporaryFolder { data in
            let lasting = try await Self.simulator("first", "second", data: data)
            let mortal = try await Self.simulator("mortal", data: data)
            let run = try Self.background(
                [
                    "run", "--endpoint", lasting.url, "--endpoint", mortal.url, "--suite", "quick", "--iterations",
                    "40",
                    "--max-tokens", "2", "--parallel-models", "--unload-between",
                ], data: data)
            try await Self.until("the run has samples") {
                let samples = try await Self.list("runs", data: data).first?["samples"] as? Int ?? 0
                return samples > 12
            }
            mortal.server.end(SIGKILL)
            run.wait()

            #expect(run.status == 1, "\(run.errors)")
            #expect(run.errors.contains("The run completed with failures: 1 of 3 models"), "\(run.errors)")
            #expect(run.output.contains("completed with failures"), "\(run.output)")
            #expect(run.output.contains("mortal: failed: Its server stopped answering."), "\(run.output)")
            #expect(run.output.contains("3 models are measured at once"), "\(run.output)")
            #expect(run.output.contains("cannot unload a model on request"), "\(run.output)")
            #expect(try await Self.flperf("runs", "list", data: data).output.contains("completed with failures"))
            let row = try #require(try await Self.list("runs", data: data).first)
            #expect(row["status"] as? String == "completed")
            #expect(row["failed_phases"] as? Int == 1)
            let phases = try #require(row["phases"] as? [[String: Any]])
            #expect(phases.map { $0["status"] as? String } == ["completed", "completed", "failed"])
            let check = try await Self.flperf("rebuild", "--check", data: data)
            #expect(check.output.contains("No difference"), "\(check.output)")
        }
    }

    @Test func aServerIsStartedAgainByTheUsersCommandWhichIsNotRecorded() async throws {
        try await withTemporaryFolder { data in
            let mortal = try await Self.simulator("mortal", data: data)
            let port = mortal.url.split(separator: ":").last ?? ""
            let again =
                "echo $$ > '\(data)/pid'; exec '\(Self.program)' simulate --port \(port) --model mortal --itl 5ms > /dev/null 2>&1"
            let run = try Self.background(
                [
                    "run", "--endpoint", mortal.url, "--suite", "quick", "--iterations", "40", "--max-tokens", "2",
                    "--restart-on-failure", "1", "--restart-command", again,
                ], data: data)
            try await Self.until("the run has samples") {
                let samples = try await Self.list("runs", data: data).first?["samples"] as? Int ?? 0
                return samples > 5
            }
            mortal.server.end(SIGKILL)
            try await Self.until("the report is there") { run.output.contains("standard/1, events") }
            let pid = try String(contentsOfFile: data + "/pid", encoding: .utf8)
            kill(try #require(Int32(pid.trimmingCharacters(in: .whitespacesAndNewlines))), SIGKILL)
            run.wait()

            #expect(run.status == 0, "\(run.errors)")
            #expect(run.output.contains("was started again once during the run"), "\(run.output)")
            let row = try #require(try await Self.list("runs", data: data).first)
            #expect(row["samples"] as? Int == 123)
            #expect(row["failed_samples"] as? Int ?? 0 >= 3)
            let log = try await Self.flperf("log", "show", "--limit", "1000", "--json", data: data)
            #expect(log.output.contains("ModelServerRestarted"))
            #expect(!log.output.contains("exec "))
        }
    }

    @Test func aSimulatorThatPosesAsAServerIsMarkedAndMeasuredAgain() async throws {
        try await withTemporaryFolder { data in
            let posing = try await Self.simulator("fast:1b", data: data, "--as", "ollama")
            let run = try await Self.flperf(
                "run", "--endpoint", posing.url, "--suite", "quick", "--iterations", "1", "--max-tokens", "2",
                data: data)
            #expect(run.status == 0, "\(run.errors)")
            let again = try await Self.flperf("rerun", "latest", data: data)
            #expect(again.status == 0, "\(again.errors)")

            let runs = try await Self.list("runs", data: data)
            #expect(runs.count == 2)
            for row in runs {
                #expect(row["simulated"] as? Bool == true)
                let phases = row["phases"] as? [[String: Any]]
                #expect(phases?.first?["backend"] as? String == "ollama")
                #expect(phases?.first?["endpoint"] as? String == posing.url)
            }
        }
    }

    @Test func aServersProcessBelongsToItsModelAlsoWhenSeveralAreMeasured() async throws {
        try await withTemporaryFolder { data in
            let servers = [
                try await Self.simulator("one", data: data), try await Self.simulator("two", data: data),
            ]
            let run = try await Self.flperf(
                "run", "--endpoint", servers[0].url, "--endpoint", servers[1].url, "--suite", "quick", "--iterations",
                "8", "--max-tokens", "2", "--parallel-models", "2", "--resource-interval", "50ms", data: data)
            #expect(run.status == 0, "\(run.errors)")

            let log = try await Self.flperf(
                "log", "show", "--type", "ResourceSampled", "--limit", "1000", "--json", data: data)
            let readings = log.output.split(separator: "\n").map(String.init)
            let labelled = readings.filter { $0.contains(#"simulator.one"#) || $0.contains("simulator.two") }
            #expect(labelled.contains { $0.contains("process_memory_bytes") }, "\(readings.first ?? "none")")
            #expect(!labelled.contains { $0.contains("host_cpu_percent") })
        }
    }

    @Test func aScheduleRunsHereUntilItsEnd() async throws {
        try await withTemporaryFolder { data in
            let run = try await Self.flperf(
                "run", "--simulate", "--suite", "quick", "--iterations", "1", "--max-tokens", "2", "--every", "3s",
                "--until", "8s", data: data)

            #expect(run.status == 0, "\(run.errors)")
            #expect(run.errors.contains("Next run at"), "\(run.errors)")
            let schedule = try #require(try await Self.list("schedules", data: data).first)
            #expect(schedule["status"] as? String == "ended")
            let runs = try await Self.list("runs", data: data)
            #expect(runs.count >= 2, "\(run.errors)")
            #expect(runs.count == schedule["runs"] as? Int)
            #expect(runs.allSatisfy { $0["schedule_id"] as? String == schedule["id"] as? String })
            #expect(runs.allSatisfy { $0["simulated"] as? Bool == true })
            let list = try await Self.flperf("schedules", "list", data: data)
            #expect(list.output.contains("ended: no further start before its end"), "\(list.output)")
        }
    }

    @Test func aServiceTakesASchedulesOverAndGoesOnAfterItWasKilled() async throws {
        try await withTemporaryFolder { data in
            var service = try Self.background(["serve", "--port", "0"], data: data)
            try await Self.until("the service listens") { service.errors.contains("Serving") }
            let run = try await Self.flperf(
                "run", "--simulate", "--suite", "quick", "--iterations", "1", "--max-tokens", "2", "--every", "2s",
                data: data)
            #expect(run.status == 0, "\(run.errors)")
            #expect(
                run.errors.contains("is carried out by process \(service.id)"), "\(run.errors)")
            try await Self.until("the service has carried out a run") {
                try await Self.list("runs", data: data).count >= 2
            }

            service.end(SIGKILL)
            let before = try await Self.list("runs", data: data).count
            service = try Self.background(["serve", "--port", "0"], data: data)
            try await Self.until("another service goes on") { try await Self.list("runs", data: data).count > before }

            let schedule = try #require(try await Self.list("schedules", data: data).first?["id"] as? String)
            #expect(try await Self.flperf("schedules", "end", schedule, data: data).status == 0)
            let listed = try #require(try await Self.list("schedules", data: data).first)
            #expect(listed["status"] as? String == "ended")
            #expect(listed["next_at"] is NSNull)
            service.end(SIGTERM)
            #expect(service.status == 0, "\(service.errors)")
        }
    }
}
