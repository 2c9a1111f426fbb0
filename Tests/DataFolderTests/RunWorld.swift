import Benchmarking
import DataFolder
import Events
import Logging
import Orchestrator
import Simulator
import Streaming
import TestSupport
import Testing

/// A simulator that listens and a data folder that is open, for several runs one after another.
struct RunWorld {
    let installation: Installation
    private let client: StreamingClient
    private let model: PlannedModel

    /// Answers come 5 ms after the request, and then a token every millisecond, unless `configure` says otherwise.
    static func with(
        _ configure: (inout SimulatorConfiguration) -> Void = { _ in }, _ body: (RunWorld) async throws -> Void
    ) async throws {
        var configuration = SimulatorConfiguration()
        configuration.ttft = .milliseconds(5)
        configuration.itl = .milliseconds(1)
        configure(&configuration)
        let simulator = try Simulator(configuration)
        let serving = Task { await simulator.run() }
        defer { serving.cancel() }
        let client = StreamingClient()
        let backend = BackendKind.simulator.backend(
            at: try Endpoint("http://127.0.0.1:\(simulator.port)"), using: client)
        var identity = ModelIdentity.fixture(id: "simulated")
        identity.modelID = "simulated"
        try await withTemporaryFolder { folder in
            let installation = try Installation(folder: folder)
            defer { installation.close() }
            try await body(
                RunWorld(
                    installation: installation, client: client,
                    model: PlannedModel(identity: identity, backend: backend)))
        }
        await client.shutdown()
    }

    /// One scenario, A, of eight tokens.
    static let suite = Result {
        try Suite(
            json: Array(
                #"{"name":"small","scenarios":[{"name":"A","prompt":"Say A.","system_prompt":"Be brief.","max_tokens":8}]}"#
                    .utf8), file: "small.json")
    }

    /// A run of the small suite, or of another one.
    func plan(_ settings: RunSettings, _ other: Suite? = nil) throws -> RunPlan {
        let suite = try other ?? Self.suite.get()
        return RunPlan(
            runID: EventID.make().description, suite: suite, scenarios: suite.scenarios, models: [model],
            settings: settings)
    }

    @discardableResult
    func carryOut(
        _ plan: RunPlan, observe: @escaping @Sendable (RunProgress) -> Void = { _ in }
    ) async throws -> RunDetail {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        _ = try await installation.run(plan, client: client, logger: logger, observe: observe)
        try installation.projector.catchUp()
        return try #require(try installation.run(plan.runID).value)
    }

    /// A run's samples, in the order in which they were meant to start.
    func samples(of run: String) throws -> [InferenceSampled] {
        try installation.log.readStream(.run(run)).compactMap { recorded in
            if case .inferenceSampled(let sample) = recorded.event { sample } else { nil }
        }.sorted { $0.intendedStartNs < $1.intendedStartNs }
    }
}

extension [InferenceSampled] {
    /// Those at this rate that were not in the warm-up before the level, in nanoseconds from the first of them.
    func starts(rateMillionths: UInt64, warmup: UInt32 = 1) -> [Int64] {
        let counted = filter { $0.rateMillionths == rateMillionths && !($0.warmup && $0.iteration < warmup) }
        return counted.map { $0.intendedStartNs - (counted.first?.intendedStartNs ?? 0) }
    }
}
