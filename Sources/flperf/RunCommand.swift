import ArgumentParser
import Benchmarking
import DataFolder
import Events
import EventStore
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
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var suites: SuiteOptions

    @Option(name: .shortAndLong, help: "A suite's name, or the path of a suite file.") var suite = "default"
    @Option(name: .long, help: ArgumentHelp("Run only this scenario; may be given several times.", valueName: "name"))
    var scenario: [String] = []
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("A model by alias or exact name; may be given several times.", valueName: "name")) var model:
        [String] = []
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "A model server to use instead of looking for them; may be given several times.", valueName: "url"))
    var endpoint: [String] = []
    @Option(help: ArgumentHelp("The environment variable that holds the endpoints' API key.", valueName: "variable"))
    var apiKeyEnv: String?
    @OptionGroup var load: LoadOptions
    @Option(help: ArgumentHelp("Limit of one request, such as 30s or 1500ms.", valueName: "duration")) var timeout:
        TimeSpan?
    @Option(help: ArgumentHelp("Limit of the wait for the first token.", valueName: "duration")) var firstTokenTimeout:
        TimeSpan?
    @Option(help: "Sampling temperature, 0–2; 0 is sent as 0.") var temperature: Double?
    @Option(help: "Limit of an answer in tokens, over the scenarios' own.") var maxTokens: Int?
    @Option(help: "Seed of the server's sampling, and of an open loop's arrivals.") var seed: UInt64?
    @Flag(inversion: .prefixedNo, help: "Ask for the answer piece by piece. Without it there is no TTFT.")
    var streaming: Bool?
    @Flag(inversion: .prefixedNo, help: "Keep the answers' text in the log; their digest always is.") var keepOutput:
        Bool?
    @Flag(help: "Measure the built-in simulator, whatever servers there are.") var simulate = false
    @Option(help: "A note that is kept with the run.") var label = ""
    @Option(
        help: ArgumentHelp(
            "auto (a bar, or a line every 10 s), json (a line per recorded event on standard error) or none.",
            valueName: "style")) var progress: ProgressStyle = .auto

    enum ProgressStyle: String, ExpressibleByArgument, CaseIterable { case auto, json, none }

    func run() async throws {
        let suite = try suites.library.suite(self.suite, paths: true)
        let scenarios = try suite.scenarios(named: scenario)
        let settings = try settings(over: suite.defaults)
        let client = StreamingClient()
        let chosen = try await choose(client)
        let plan = RunPlan(
            runID: EventID.make().description, suite: suite, scenarios: scenarios, models: chosen.models,
            settings: settings,
            simulated: chosen.simulator != nil, label: label)

        let installation = try options.open(folding: false)
        let recorder = LogRecorder(installation.log)
        let logger = LogSetup.logger(recorder, console: .error)
        let end: Runner.End
        do {
            end = try await measure(plan, installation, client, logger)
        } catch {
            await finish(recorder, client, chosen)
            installation.close()
            throw error
        }
        await finish(recorder, client, chosen)
        try installation.projector.catchUp()
        let detail = try installation.run(plan.runID).value
        installation.close()
        if let detail {
            let report = try RunReport(detail)
            if options.json { try Console.json(report) } else { Console.out("\n" + report.text(.output)) }
        }
        switch end {
        case .completed: return
        case .failed(let reason): throw Failure(.failed, "The run failed: \(reason)")
        case .cancelled: throw Failure(.interrupted, "Interrupted: what was measured is kept as run \(plan.runID).")
        }
    }

    /// Has everything written down and stopped that goes on beside a run.
    private func finish(_ recorder: LogRecorder, _ client: StreamingClient, _ chosen: ChosenModels) async {
        await recorder.finish()
        await client.shutdown()
        await chosen.simulator?.stop()
    }

    /// Runs until it ends or Ctrl-C (or SIGTERM) cancels it; a second one ends the process.
    private func measure(
        _ plan: RunPlan, _ installation: Installation, _ client: StreamingClient, _ logger: Logger
    ) async throws -> Runner.End {
        let line = ProgressLine("Measuring", isQuiet: progress != .auto)
        let style = progress
        let task = Task {
            try await installation.run(
                plan, client: client, logger: logger,
                acknowledged: { position in
                    if style == .json { try? Console.errorLine(["acknowledged": position]) }
                },
                observe: { progress in line.update(progress.done, of: progress.planned, progress.inWords) })
        }
        let signals = Interrupts {
            line.end()
            Console.error("Stopping; what was measured is kept. Once more to stop at once.")
            task.cancel()
        }
        defer { signals.stop() }
        let end = try await task.value
        line.end()
        return end
    }

    private func settings(over defaults: RunSettings) throws -> RunSettings {
        var settings = defaults
        try load.apply(to: &settings)
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
        if let streaming { settings.streaming = streaming }
        if let keepOutput { settings.keepOutput = keepOutput }
        return settings
    }
}

extension RunProgress {
    /// What is going on, for the end of the progress line.
    var inWords: String {
        switch step {
        case .loading(let model): "loading \(model)"
        case .sampled(let model, let scenario, let level, let sample):
            "\(model) · \(scenario)\(level.inWords.map { " · \($0)" } ?? "")"
                + (sample.hasFirstContentNs && sample.error == .none
                    ? " · TTFT \(Figures.adaptive(Double(sample.firstContentNs - sample.startedNs) / 1e6)) ms" : "")
                + (sample.error == .none ? "" : " · failed: \(sample.errorMessage)")
        }
    }
}

extension LoadLevel {
    /// Nil for one stream, which goes without saying.
    fileprivate var inWords: String? {
        switch self {
        case .concurrency(1): nil
        case .concurrency(let streams): "\(streams) streams"
        case .rate(let rate): "\(Figures.rate(rate))/s"
        }
    }
}
