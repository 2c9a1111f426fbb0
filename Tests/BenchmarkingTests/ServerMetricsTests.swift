import Benchmarking
import Events
import Foundation
import Orchestrator
import Streaming
import Synchronization
import TestSupport
import Testing

/// Runs against a server of canned answers that may tell figures of its own.
@Suite struct ServerMetricsTests {
    static let chat = """
        data: {"choices":[{"delta":{"content":"Paris"}}]}

        data: {"choices":[{"delta":{},"finish_reason":"stop"}]}

        data: [DONE]


        """

    /// What a run of one request recorded, and what the server was asked.
    func events(
        of kind: BackendKind, metrics: @escaping @Sendable () -> StubServer.Answer?
    ) async throws -> (events: [Event], requests: [String]) {
        let server = try StubServer { request in
            switch request.path {
            case "/v1/chat/completions": .text(Self.chat, type: "text/event-stream")
            case "/metrics": metrics()
            default: nil
            }
        }
        let client = StreamingClient()
        let suite = try Suite(
            json: Array(#"{"name":"s","scenarios":[{"name":"A","prompt":"Go.","max_tokens":2}]}"#.utf8), file: "s")
        var settings = RunSettings()
        settings.iterations = 1
        settings.warmup = 0
        let backend = kind.backend(at: try Endpoint("http://127.0.0.1:\(server.port)"), using: client)
        let plan = RunPlan(
            runID: "r", suite: suite, scenarios: suite.scenarios,
            models: [PlannedModel(identity: .fixture(), backend: backend)], settings: settings)
        let recorded = Mutex<[Event]>([])
        let end = try await Runner(plan, client: client) { measurement in
            switch measurement {
            case .run(let event): recorded.withLock { $0.append(event) }
            case .sample(_, let sample): recorded.withLock { $0.append(.inferenceSampled(sample)) }
            case .model, .log: break
            }
        }.run()
        await client.shutdown()
        #expect(end == .completed(failedPhases: 0))
        return (recorded.withLock(\.self), server.requests)
    }

    func metrics(in events: [Event]) -> [ServerMetricsSampled] {
        events.compactMap { if case .serverMetricsSampled(let event) = $0 { event } else { nil } }
    }

    @Test func figuresAreRecordedBeforeAndAfterAPhase() async throws {
        let asked = Mutex(0)
        let (events, _) = try await events(of: .vllm) {
            let count = asked.withLock { asked in
                asked += 1
                return asked
            }
            return .text("# TYPE a_seconds histogram\na_seconds_count{le=\"1\"} \(count)\n")
        }

        let samples = metrics(in: events)
        // A machine that is busy may take long enough for readings in between; of those only the number tells.
        #expect(samples.map(\.metrics.count) == [1, 1])
        #expect(samples.first?.metrics.first?.value == 1)
        #expect(samples.last?.metrics.first?.value == Double(asked.withLock(\.self)))
        #expect(samples.first?.metrics.first?.name == "a_seconds_count")
        #expect(samples.first?.metrics.first?.labels == ["le": "1"])
        #expect(samples.map(\.unavailable) == ["", ""])
        #expect(samples.map(\.modelID) == ["phi-4", "phi-4"])
        let types = events.map(\.type).filter { $0 != .resourceSampled }
        #expect(
            types == [
                .runStarted, .modelPhaseStarted, .serverMetricsSampled, .inferenceSampled, .serverMetricsSampled,
                .modelPhaseFinished, .runCompleted,
            ])
    }

    @Test func aServerThatDoesNotTellIsAskedOnceAndItsReasonIsKept() async throws {
        let (events, requests) = try await events(of: .llamaCpp) {
            .json(#"{"error":{"message":"Start it with `--metrics`","code":501}}"#, status: 501)
        }

        let samples = metrics(in: events)
        #expect(samples.count == 1)
        #expect(samples.first?.metrics.isEmpty == true)
        #expect(samples.first?.unavailable.hasSuffix("HTTP 501, Start it with `--metrics`.") == true)
        #expect(requests.count { $0 == "GET /metrics" } == 1)
    }

    @Test func aServerOfWhichNoFiguresAreKnownIsNotAsked() async throws {
        let (events, requests) = try await events(of: .simulator) { .text("a 1\n") }

        #expect(metrics(in: events).isEmpty)
        #expect(!requests.contains("GET /metrics"))
    }

    @Test func theServersProcessIsFoundOrSaysWhyNot() throws {
        let server = try StubServer { _ in nil }
        func process(_ address: String) throws -> ServerProcess {
            ServerProcess(of: BackendKind.vllm.backend(at: try Endpoint(address), using: StreamingClient()))
        }

        let remote = try process("http://192.0.2.1:8000")
        #expect(remote.id == nil)
        #expect(remote.unavailable == "process: http://192.0.2.1:8000 is not on this host")
        let closed = try process("http://127.0.0.1:\(try StubServer.closedPort())")
        #expect(closed.id == nil)
        #expect(closed.unavailable?.hasPrefix("process: none was found that listens at http://127.0.0.1:") == true)
        #if os(Linux)
        let own = try process("http://127.0.0.1:\(server.port)")
        #expect(own.id == ProcessInfo.processInfo.processIdentifier)
        #expect(own.unavailable == nil)
        #expect(own.warnings.isEmpty)  // it is this very process
        #endif
    }
}
