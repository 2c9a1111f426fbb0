import ArgumentParser
import Benchmarking
import DataFolder
import Events
import EventStore
import Formulas
import Foundation
import Logging
import Orchestrator
import Simulator
import Streaming

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Benchmarks models and shows the results.",
        discussion: """
            Looks for Foundry Local, Ollama, LM Studio, llama.cpp and vLLM on this host. Measures the models that are loaded; \
            where none is, the smallest one of each server. When no server is found, it says so and measures the built-in \
            simulator.

            Example:
              flperf run --suite quick --model smollm2-135m-instruct-generic-cpu
              flperf run --endpoint http://127.0.0.1:8080 --concurrency 1,4,16 --iterations 20
              flperf run --rate 1,2,4 --duration 30s
              flperf run --prompts questions.jsonl --concurrency 8
              flperf run --prompt-tokens 512±64 --output-tokens 128 --iterations 50
              flperf run --min-precision 2% --duration 10m
              flperf run --endpoint http://127.0.0.1:8080 --endpoint https://llm.example --api-key-env - --api-key-env KEY
              flperf run --parallel-models --restart-on-failure 2
              flperf run --every 6h --until 2026-12-31T18:00

            Exit status: 0 when every model was measured, 1 when the run failed or completed with failures (a model that was \
            skipped, or failed, the others measured), 69 when no server can be reached, 130 when it was interrupted.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var suites: SuiteOptions

    @Option(name: .shortAndLong, help: "A suite's name, or the path of a suite file (default: default).")
    var suite: String?
    @Option(name: .long, help: ArgumentHelp("Run only this scenario; may be given several times.", valueName: "name"))
    var scenario: [String] = []
    @OptionGroup var models: ModelOptions
    @OptionGroup var prompts: PromptOptions
    @OptionGroup var load: LoadOptions
    @OptionGroup var precision: PrecisionOptions
    @OptionGroup var trace: TraceOptions
    @Option(help: ArgumentHelp("Limit of one request, such as 30s or 1500ms.", valueName: "duration")) var timeout:
        TimeSpan?
    @Option(help: ArgumentHelp("Limit of the wait for the first token.", valueName: "duration")) var firstTokenTimeout:
        TimeSpan?
    @Option(help: "Sampling temperature, 0–2; 0 is sent as 0.") var temperature: Double?
    @Option(help: "Limit of an answer in tokens, over the scenarios' own.") var maxTokens: Int?
    @Option(help: "Seed of the server's sampling, of an open loop's arrivals and of synthetic prompts.") var seed:
        UInt64?
    @Flag(inversion: .prefixedNo, help: "Ask for the answer piece by piece. Without it there is no TTFT.")
    var streaming: Bool?
    @Flag(inversion: .prefixedNo, help: "Keep the answers' text in the log; their digest always is.") var keepOutput:
        Bool?
    @Option(
        help: ArgumentHelp(
            "Time between two readings of the host's resources, 50ms to 60s (default: 250ms).", valueName: "duration"))
    var resourceInterval: TimeSpan?
    @Option(help: "A note that is kept with the run.") var label = ""
    @OptionGroup var session: RunSession

    func run() async throws {
        let trace = try trace.read(excluding: [
            ("--suite", suite != nil), ("--prompts", prompts.prompts != nil),
            ("--prompt-tokens", prompts.promptTokens != nil), ("--scenario", !scenario.isEmpty),
            ("--rate", load.rate != nil), ("--concurrency", load.concurrency != nil), ("--sweep", load.sweep != nil),
            ("--arrivals", load.arrivals != nil), ("--ramp", load.ramp != nil),
        ])
        let suite =
            try trace.map { Suite($0) } ?? prompts.suite(besides: suite)
            ?? suites.library.suite(suite ?? "default", paths: true)
        let scenarios = try suite.scenarios(named: scenario)
        let settings = try settings(over: suite.defaults, trace)
        let choice = try models.choice
        try await session.carryOut(options, endpoints: choice.endpoints) {
            try await choice.choose($0)
        } plan: { chosen in
            RunPlan(
                runID: EventID.make().description, suite: suite, scenarios: scenarios, models: chosen.models,
                settings: settings, simulated: chosen.simulator != nil, label: label)
        }
    }

    private func settings(over defaults: RunSettings, _ trace: TraceFile?) throws -> RunSettings {
        var settings = defaults
        if let trace { settings.take(trace, speed: try self.trace.factor) }
        try load.apply(to: &settings)
        try precision.apply(to: &settings)
        try session.course.apply(to: &settings)
        if let trace { try limit(&settings, to: trace) }
        if let timeout { settings.timeout = try Limits.aboveZero(timeout, "--timeout", "nothing answers in no time") }
        if let firstTokenTimeout {
            settings.firstTokenTimeout = try Limits.aboveZero(
                firstTokenTimeout, "--first-token-timeout", "nothing answers in no time")
        }
        if let temperature {
            guard RunSettings.temperatureAllowed.contains(temperature) else {
                throw Failure(.usage, "'--temperature' must be from 0 to 2, found \(temperature).")
            }
            settings.temperature = temperature
        }
        if let maxTokens { settings.maxTokens = try Limits.within(1...1_000_000, maxTokens, "--max-tokens") }
        if let seed { settings.seed = seed }
        if let cache = prompts.cache { settings.prefixCache = cache }
        if let resourceInterval {
            guard RunSettings.resourceIntervalAllowed.contains(resourceInterval.duration) else {
                throw Failure(.usage, "'--resource-interval' must be from 50ms to 60s.")
            }
            settings.resourceInterval = resourceInterval.duration
        }
        if let streaming { settings.streaming = streaming }
        if let keepOutput { settings.keepOutput = keepOutput }
        if let objective = settings.objective, !settings.streaming, objective.ttft != nil || objective.tpot != nil {
            throw Failure(
                .usage,
                "'--slo' has a limit that '--no-streaming' leaves unknown: only latency is known of a whole answer.")
        }
        return settings
    }

    /// A trace ends by itself; its last requests are the cool-down.
    private func limit(_ settings: inout RunSettings, to trace: TraceFile) throws {
        let most = trace.requests.count - settings.cooldown
        guard most > 0 else {
            throw Failure(
                .usage,
                "'--cooldown' must be less than the \(trace.requests.count) requests of the trace, found \(settings.cooldown)."
            )
        }
        settings.iterations = load.iterations.map { min($0, most) } ?? most
        Console.error(
            """
            Trace \(trace.name): \(Figures.count(trace.requests.count)) requests in \
            \(Figures.duration(trace.span / .seconds(1))), timestamps in \(trace.unit.rawValue).
            """)
    }
}
