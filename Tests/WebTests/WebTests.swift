import Benchmarking
import DataFolder
import Events
import EventStore
import Foundation
import Logging
import Orchestrator
import ServiceLifecycle
import Streaming
import TestSupport
import Testing

@testable import Web

/// A real service on a free port, asked over real connections.
struct WebTests {
    struct Served: Sendable {
        let installation: Installation
        let client: StreamingClient
        let port: Int

        func get(_ path: String, host: String? = nil) async throws -> (status: Int, body: Any, type: String) {
            var request = StreamRequest(
                url: "http://127.0.0.1:\(port)\(path)", method: "GET", headers: [], framing: .whole)
            if let host { request.headers.append(("Host", host)) }
            let outcome = await client.perform(request)
            let body = try? JSONSerialization.jsonObject(with: Data(outcome.body), options: .fragmentsAllowed)
            return (
                outcome.status ?? 0, body ?? String(decoding: outcome.body, as: UTF8.self), outcome.contentType ?? ""
            )
        }

        func object(_ path: String) async throws -> [String: Any] {
            let answer = try await get(path)
            #expect(answer.status == 200, "\(path): \(answer.body)")
            return try #require(answer.body as? [String: Any], "\(path)")
        }
    }

    static func serve(
        tokens: AccessTokens = .none, connections: Int = 1_000, accessLog: Logger? = nil,
        _ body: (Served) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let installation = try Installation(folder: folder)
            let client = StreamingClient()
            let (ports, listening) = AsyncStream.makeStream(of: Int.self)
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let work = BackgroundWork()
            let sources = WebSources(
                installation: installation, suites: SuiteLibrary(folders: [projectFolder + "/suites"]), client: client,
                discovery: Discovery(client: client, environment: ["PATH": ""]), work: work,
                connections: Connections(most: connections), logger: logger)
            let application = makeWebApplication(
                sources, address: try WebAddress(host: "127.0.0.1", port: 0, tokens: tokens), accessLog: accessLog
            ) {
                listening.yield($0)
            }
            let service = Task {
                try await ServiceGroup(configuration: .init(services: [application], logger: logger)).run()
            }
            var port = 0
            for await found in ports {
                port = found
                break
            }
            try await body(Served(installation: installation, client: client, port: port))
            service.cancel()
            _ = try? await service.value
            await work.stop()
            await client.shutdown()
            installation.close()
        }
    }

    static func fill(_ installation: Installation) async throws {
        var events: [Event] = [.runRequested(.fixture()), .runStarted(.with { $0.runID = "r1" })]
        events += (0..<5).map {
            .inferenceSampled(.fixture(iteration: UInt32($0), start: Double($0) * 200, completionTokens: 5))
        }
        events.append(.runCompleted(.with { $0.runID = "r1" }))
        _ = try await installation.log.append(
            [NewEvent(.modelAdded(.with { $0.model = .fixture() }))], to: .model("phi-4"))
        _ = try await installation.log.append(events.map { NewEvent($0) }, to: .run("r1"))
        let line = LogRecorded.with {
            ($0.level, $0.entityType, $0.entityID, $0.message) = (.info, "benchmark", "r1", "hello")
        }
        _ = try await installation.log.append([NewEvent(.logRecorded(line))], to: .system)
        try installation.projector.catchUp()
    }

    /// Path, and the keys that the original's client reads.
    static let shapes: [(String, [String])] = [
        ("/api/models", ["models"]), ("/api/models/available", ["models"]), ("/api/models/loaded", ["models"]),
        (
            "/api/models/phi-4/status",
            ["id", "alias", "status", "download_progress", "download_status", "last_error", "endpoint", "updated_at"]
        ),
        ("/api/models/phi-4/health", ["status", "healthy", "endpoint", "error"]),
        ("/api/models/phi-4/logs?limit=5", ["logs"]),
        ("/api/benchmarks/suites", ["suites"]), ("/api/benchmarks/runs", ["runs"]),
        ("/api/benchmarks/runs/r1", ["run", "results"]),
        ("/api/benchmarks/runs/r1/status", ["status", "progress", "run"]),
        ("/api/benchmarks/results?runId=r1", ["results"]),
        ("/api/benchmarks/runs/r1/export/json", ["run", "results", "exported_at"]),
        ("/api/benchmarks/runs/r1/logs", ["logs"]),
        ("/api/system/health", ["status", "foundryLocal", "endpoint", "timestamp"]),
        (
            "/api/system/stats",
            ["totalModels", "runningServices", "totalRuns", "lastRun", "bestTpsModel", "bestLatencyModel"]
        ),
        ("/api/cache/location", ["location", "defaultPath", "isDefault"]), ("/api/cache/models", ["models"]),
        ("/", ["endpoints"]), ("/healthz", ["status"]), ("/readyz", ["position", "behind"]),
    ]

    @Test func everyReadOfTheOriginalAnswersInItsShape() async throws {
        try await Self.serve { served in
            try await Self.fill(served.installation)
            for (path, keys) in Self.shapes {
                let object = try await served.object(path)
                for key in keys { #expect(object[key] != nil, "\(path) lacks '\(key)'") }
            }
            let run = try await served.object("/api/benchmarks/runs/r1")
            let row = try #require((run["results"] as? [[String: Any]])?.first)
            for key in [
                "id", "run_id", "model_id", "scenario", "tps", "ttft", "tpot", "gpu_avg", "model_alias", "model_name",
            ] {
                #expect(row[key] != nil, "a result lacks '\(key)'")
            }
            #expect(row["gpu_avg"] is NSNull)
            let stats = try await served.object("/api/system/stats")
            #expect((stats["bestTpsModel"] as? [String: Any])?["modelId"] as? String == "phi-4")
            let suites = try await served.object("/api/benchmarks/suites")
            #expect(
                (suites["suites"] as? [Any])?.count
                    == SuiteLibrary(folders: [projectFolder + "/suites"]).entries().count)
        }
    }

    @Test func aModelThatAlwaysFailedIsNoWinner() async throws {
        try await Self.serve { served in
            let events: [Event] = [
                .runRequested(.fixture()),
                // The original's figures have a latency of 0 ms for it.
                .runImported(.with { ($0.runID, $0.formulaSet) = ("r1", "flperformance/1") }),
                .inferenceSampled(.fixture(error: .http)),
            ]
            _ = try await served.installation.log.append(events.map { NewEvent($0) }, to: .run("r1"))
            try served.installation.projector.catchUp()

            let stats = try await served.object("/api/system/stats")

            #expect(try served.installation.results().value.map(\.latency_p95) == [0])
            #expect(stats["bestTpsModel"] is NSNull)
            #expect(stats["bestLatencyModel"] is NSNull)
        }
    }

    @Test func nothingMeasuredMeansNoWinner() async throws {
        try await Self.serve { served in
            let stats = try await served.object("/api/system/stats")
            #expect(stats["bestTpsModel"] is NSNull)
            #expect(stats["bestLatencyModel"] is NSNull)
            #expect(stats["lastRun"] is NSNull)
        }
    }

    @Test func whatIsNotThereIs404WithAReason() async throws {
        try await Self.serve { served in
            for path in [
                "/api/benchmarks/runs/nobody", "/api/benchmarks/runs/nobody/status",
                "/api/benchmarks/runs/nobody/export/csv",
                "/api/benchmarks/results?runId=nobody", "/api/models/nobody/status", "/api/nowhere",
            ] {
                let answer = try await served.get(path)
                let problem = answer.body as? [String: Any]
                #expect(answer.status == 404, "\(path)")
                #expect(answer.type == "application/problem+json")
                #expect((problem?["error"] as? String)?.isEmpty == false)
                #expect(problem?["detail"] as? String == problem?["error"] as? String)
            }
        }
    }

    @Test func csvIsAnAttachmentThatReadsBack() async throws {
        try await Self.serve { served in
            try await Self.fill(served.installation)
            let answer = try await served.get("/api/benchmarks/runs/r1/export/csv")
            let lines = try #require(answer.body as? String).components(separatedBy: "\r\n")
            #expect(answer.type.hasPrefix("text/csv"))
            #expect(lines.count == 3)
            #expect(lines[1].contains("Capital of France"))
        }
    }

    @Test func badParametersAre400() async throws {
        try await Self.serve { served in
            try await Self.fill(served.installation)
            for path in [
                "/api/benchmarks/runs/r1/logs?limit=0", "/api/benchmarks/runs/r1/logs?limit=x",
                "/api/benchmarks/runs/r1?intervals=yes",
                "/api/benchmarks/runs/r1?failures=never",
            ] {
                #expect(try await served.get(path).status == 400, "\(path)")
            }
            let other = try await served.object("/api/benchmarks/runs/r1?formulas=flperformance/1")
            #expect((other["results"] as? [[String: Any]])?.first?["formula_set"] as? String == "flperformance/1")
        }
    }

    @Test func intervalsAndInfiniteFailuresComeWhenAskedFor() async throws {
        try await Self.serve { served in
            try await Self.fill(served.installation)
            let plain = try await served.object("/api/benchmarks/runs/r1")
            let evaluated = try await served.object("/api/benchmarks/runs/r1?intervals=true")
            let infinite = try await served.object("/api/benchmarks/runs/r1?failures=infinite")

            #expect(Set(evaluated.keys) == Set(plain.keys))
            let row = try #require((plain["results"] as? [[String: Any]])?.first)
            let detail = try #require((evaluated["results"] as? [[String: Any]])?.first)
            #expect(row["intervals"] == nil)
            #expect(Set(detail.keys) == Set(row.keys).union(["intervals", "failures", "infinite"]))
            #expect(detail["tps"] as? Double == row["tps"] as? Double)
            #expect((infinite["results"] as? [[String: Any]])?.first?["failures"] as? String == "infinite")
        }
    }

    @Test func anotherHostsNameIsRefused() async throws {
        try await Self.serve { served in
            let other = try await served.get("/api/models", host: "evil.example")
            let own = try await served.get("/api/models", host: "localhost:\(served.port)")
            #expect(other.status == 421)
            #expect(own.status == 200)
        }
    }

    @Test func whatOthersCanReachTakesAToken() throws {
        let error = #expect(throws: WebError.self) { try WebAddress(host: "0.0.0.0", port: 1) }
        #expect(error?.description.contains("0.0.0.0") == true)
        #expect(throws: WebError.shortToken) { try AccessTokens(write: "secret", read: nil) }
        let tokens = try AccessTokens(write: nil, read: "0123456789abcdef")
        #expect(throws: Never.self) { try WebAddress(host: "0.0.0.0", port: 1, tokens: tokens) }
    }
}
