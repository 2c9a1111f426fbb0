import Benchmarking
import DataFolder
import Events
import EventStore
import Foundation
import Logging
import Runs
import Simulator
import Streaming
import Synchronization
import TestSupport
import Testing

@testable import Orchestrator

/// Runs over several models and servers, some of which die: real servers on free ports, a real LMDB folder.
@Suite struct SeveralModelsTests {
    /// A simulated server that can be ended, as if its process had died, and started again at its port.
    final class MortalServer: Sendable {
        let configuration: SimulatorConfiguration
        private let serving = Mutex<Task<Void, Never>?>(nil)

        init(_ models: [String]) throws {
            var configuration = SimulatorConfiguration()
            configuration.models = models.map { SimulatedModel($0) }
            configuration.ttft = .milliseconds(3)
            configuration.itl = .milliseconds(1)
            let simulator = try Simulator(configuration)
            configuration.port = simulator.port
            self.configuration = configuration
            let task = Task { await simulator.run() }
            serving.withLock { $0 = task }
        }

        func die() async {
            let task = serving.withLock { $0 }
            task?.cancel()
            await task?.value
        }

        func startAgain() throws {
            let simulator = try Simulator(configuration)
            let task = Task { await simulator.run() }
            serving.withLock { $0 = task }
        }

        func backend(_ client: StreamingClient) throws -> any Backend {
            BackendKind.simulator.backend(
                at: try Endpoint("http://127.0.0.1:\(configuration.port)"), using: client)
        }
    }

    struct World {
        var installation: Installation
        var client: StreamingClient
        var suite: Suite

        func plan(_ models: [PlannedModel], _ change: (inout RunSettings) -> Void) -> RunPlan {
            var settings = RunSettings()
            settings.iterations = 30
            settings.timeout = .seconds(10)
            settings.resourceInterval = .milliseconds(50)
            change(&settings)
            return RunPlan(
                runID: EventID.make().description, suite: suite, scenarios: suite.scenarios, models: models,
                settings: settings)
        }

        /// Carries out a run, doing something else once so many samples of a model are there.
        func run(
            _ plan: RunPlan, after samples: Int = .max, of model: String = "",
            _ then: @escaping @Sendable () async throws -> Void = {}
        ) async throws -> (end: Runner.End, run: RunRow, events: [Event]) {
            let (reached, reach) = AsyncStream.makeStream(of: Void.self)
            let interference = Task {
                for await _ in reached {
                    try await then()
                    break
                }
            }
            let recorder = LogRecorder(installation.log)
            let logger = Logger(label: "test") { _ in EventLogHandler(recorder: recorder, level: .info) }
            let end = try await installation.run(plan, client: client, logger: logger) { _ in
            } observe: { progress in
                if progress.underWay.contains(where: { $0.model == model && $0.done >= samples }) { reach.yield() }
            }
            reach.finish()
            try await interference.value
            await recorder.finish()
            try installation.projector.catchUp()
            let run = try #require(try installation.run(plan.runID).value).run
            return (end, run, try installation.log.read(from: 1, limit: 10_000).map(\.event))
        }
    }

    private func withWorld(_ body: (World) async throws -> Void) async throws {
        let client = StreamingClient()
        let suite = try Suite(
            json: Array(
                #"{"name":"small","scenarios":[{"name":"A","prompt":"Say A.","max_tokens":8},{"name":"B","prompt":"Say B.","max_tokens":4}]}"#
                    .utf8), file: "small.json")
        try await withTemporaryFolder { folder in
            let installation = try Installation(folder: folder)
            defer { installation.close() }
            try await body(World(installation: installation, client: client, suite: suite))
        }
        await client.shutdown()
    }

    private func samples(of model: String, in events: [Event]) -> [InferenceSampled] {
        events.compactMap {
            if case .inferenceSampled(let sample) = $0, sample.modelID == model { sample } else { nil }
        }
    }

    @Test func aServerThatDiesEndsItsModelsPhaseAndTheOthersComplete() async throws {
        let (lasting, dying) = (try MortalServer(["first", "second"]), try MortalServer(["mortal"]))
        try await withWorld { world in
            let (one, other) = (try lasting.backend(world.client), try dying.backend(world.client))
            let models = [
                PlannedModel(AvailableModel(id: "first"), on: one),
                PlannedModel(AvailableModel(id: "mortal"), on: other),
                PlannedModel(AvailableModel(id: "second"), on: one),
            ]
            let plan = await world.plan(models) { _ in }.prepared(.automatic)
            #expect(plan.settings.parallelModels == 3, "both servers have their models in memory: \(plan.warnings)")

            let (end, run, events) = try await world.run(plan, after: 5, of: "mortal") { await dying.die() }

            #expect(end == .completed(failedPhases: 1))
            #expect(run.status == .completed)
            #expect(run.failed_phases == 1)
            #expect(run.phases.map(\.status) == [.completed, .failed, .completed])
            let reason = try #require(run.phases[1].reason)
            #expect(reason.contains("stopped answering"), "\(reason)")
            #expect(reason.contains("\(dying.configuration.port)"), "\(reason)")
            #expect(run.warnings.contains { $0.hasPrefix("3 models are measured at once") })

            let mortal = samples(of: plan.models[1].identity.id, in: events)
            #expect(mortal.count >= 5)
            #expect(mortal.count { $0.error != .none } < 20, "a dead server is not asked thousands of times")
            for model in [plan.models[0], plan.models[2]] {
                let whole = samples(of: model.identity.id, in: events)
                #expect(whole.count == 62, "30 and a warm-up of two scenarios")
                #expect(whole.allSatisfy { $0.error == .none })
            }
        }
        await lasting.die()
    }

    @Test func readingsOfTheHostBelongToNoneOfSeveralModels() async throws {
        let servers = [try MortalServer(["first"]), try MortalServer(["second"])]
        try await withWorld { world in
            let models = try ["first", "second"].enumerated().map {
                PlannedModel(AvailableModel(id: $0.element), on: try servers[$0.offset].backend(world.client))
            }
            let plan = await world.plan(models) { _ in }.prepared(.count(2))

            let (end, run, events) = try await world.run(plan)

            #expect(end == .completed(failedPhases: 0))
            #expect(run.config.parallel_models == 2)
            let readings = events.compactMap { if case .resourceSampled(let event) = $0 { event } else { nil } }
            let labelled = readings.filter { !$0.modelID.isEmpty }
            #expect(Set(labelled.map(\.modelID)) == Set(plan.models.map(\.identity.id)))
            #expect(labelled.contains { $0.hasOwnCpuPercent })
            #expect(labelled.allSatisfy { !$0.hasHostCpuPercent && !$0.hasMemoryUsedBytes && $0.gpus.isEmpty })
            #if os(Linux)
            // Both servers are in this process, and nobody can tell which of them it works for.
            let over = events.firstIndex { if case .modelPhaseFinished = $0 { true } else { false } } ?? 0
            let begin =
                events.lastIndex {
                    if case .inferenceSampled(let sample) = $0 {
                        sample.warmup && sample.scenario == "A"
                    } else {
                        false
                    }
                } ?? 0
            let together = events[min(begin, over)..<over]
            #expect(
                together.allSatisfy {
                    if case .resourceSampled(let event) = $0 { !event.hasProcessMemoryBytes } else { true }
                })
            #expect(readings.contains { $0.modelID.isEmpty && $0.hasHostCpuPercent })
            let results = try world.installation.results(run: run.id).value
            #expect(results.allSatisfy { $0.cpu_avg == nil })
            #endif
        }
        for server in servers { await server.die() }
    }

    @Test func aServerThatIsStartedAgainGoesOnWithWhatIsLeft() async throws {
        let server = try MortalServer(["mortal"])
        try await withWorld { world in
            let backend = TestBackend(try server.backend(world.client), restart: { try server.startAgain() })
            let plan = world.plan([PlannedModel(AvailableModel(id: "mortal"), on: backend)]) {
                $0.restartOnFailure = 2
            }

            let (end, run, events) = try await world.run(plan, after: 5, of: "mortal") { await server.die() }

            #expect(end == .completed(failedPhases: 0))
            #expect(run.failed_samples >= 3, "what failed meanwhile is kept")
            #expect(run.samples == 62, "and nothing was asked twice")
            let restarts = events.compactMap { if case .modelServerRestarted(let event) = $0 { event } else { nil } }
            #expect(restarts.map(\.attempt) == [1])
            #expect(restarts.map(\.runID) == [run.id])
            #expect(restarts.allSatisfy { $0.succeeded && $0.hasDurationNs })
            #expect(run.warnings.contains { $0.contains("was started again once during the run") }, "\(run.warnings)")
        }
        await server.die()
    }

    @Test func aServerThatDoesNotStartAgainIsTriedNoMoreThanSoOften() async throws {
        let server = try MortalServer(["mortal"])
        try await withWorld { world in
            // It claims to have started, and does not answer.
            let backend = TestBackend(try server.backend(world.client), restart: {})
            let plan = world.plan([PlannedModel(AvailableModel(id: "mortal"), on: backend)]) {
                $0.restartOnFailure = 2
                $0.concurrency = [4]
            }

            let (end, run, events) = try await world.run(plan, after: 5, of: "mortal") { await server.die() }

            guard case .failed(let reason) = end else { throw Unexpected("\(end)") }
            #expect(reason.contains("started again 2 times already"), "\(reason)")
            #expect(run.phases.map(\.status) == [.failed])
            let restarts = events.compactMap { if case .modelServerRestarted(let event) = $0 { event } else { nil } }
            #expect(restarts.map(\.attempt) == [1, 2])
        }
    }

    @Test func aModelIsUnloadedWhenItsPartIsOver() async throws {
        let server = try MortalServer(["first", "second"])
        try await withWorld { world in
            let unloaded = Mutex<[String]>([])
            let able = TestBackend(
                try server.backend(world.client), unload: { model in unloaded.withLock { $0.append(model) } })
            let unable = try server.backend(world.client)
            for backend in [able, unable] as [any Backend] {
                let models = ["first", "second"].map { PlannedModel(AvailableModel(id: $0), on: backend) }
                let plan = await world.plan(models) { ($0.iterations, $0.unloadBetween) = (1, true) }.prepared()

                let (_, run, events) = try await world.run(plan)

                let names = events.compactMap { if case .modelUnloaded(let event) = $0 { event.modelID } else { nil } }
                #expect(names == models.prefix(2).map(\.identity.id))
                #expect(run.warnings.contains { $0.contains("cannot unload a model") } == !backend.capabilities.unload)
            }
            #expect(unloaded.withLock(\.self) == ["first", "second"])
        }
        await server.die()
    }

    struct Unexpected: Error {
        var text: String
        init(_ text: String) { self.text = text }
    }
}

/// A server with abilities that a test gives it.
private struct TestBackend: Backend {
    var base: any Backend
    var starting: (@Sendable () throws -> Void)?
    var unloading: (@Sendable (String) -> Void)?

    init(
        _ base: any Backend, restart: (@Sendable () throws -> Void)? = nil, unload: (@Sendable (String) -> Void)? = nil
    ) {
        (self.base, starting, unloading) = (base, restart, unload)
    }

    var kind: BackendKind { base.kind }
    var endpoint: Endpoint { base.endpoint }
    var isSimulated: Bool { base.isSimulated }
    var capabilities: Capabilities {
        var capabilities = base.capabilities
        capabilities.unload = unloading != nil
        return capabilities
    }

    func models() async throws(BackendError) -> [AvailableModel] { try await base.models() }
    func model(_ id: String) async throws(BackendError) -> AvailableModel? { try await base.model(id) }
    func download(
        _ model: String, progress: @escaping @Sendable (DownloadProgress) async -> Void
    ) async throws(BackendError) -> DownloadOutcome { try await base.download(model, progress: progress) }
    func load(_ model: String) async throws(BackendError) -> LoadOutcome { try await base.load(model) }
    func unload(_ model: String) async throws(BackendError) -> UnloadOutcome {
        guard let unloading else { return try await base.unload(model) }
        unloading(model)
        return UnloadOutcome(wasLoaded: true, duration: .zero)
    }
    func health() async -> Health { await base.health() }
    func restart(command: String?) async throws(BackendError) -> any Backend {
        guard let starting else { return try await base.restart(command: command) }
        try? starting()
        return self
    }
    func switchCache(to folder: String) async throws(BackendError) { try await base.switchCache(to: folder) }
    func runtimeVersion() async -> String? { await base.runtimeVersion() }
    func modelCacheLocation() async -> String? { await base.modelCacheLocation() }
    func metrics() async throws(BackendError) -> PrometheusText { try await base.metrics() }
    func chatRequest(_ chat: ChatRequest, to model: String) throws(BackendError) -> StreamRequest {
        try base.chatRequest(chat, to: model)
    }
}
