import ArgumentParser
import Benchmarking
import DataFolder
import Events
import Orchestrator

struct Rerun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Carries out an earlier run again, on the same models or others.",
        discussion: """
            Same scenarios, prompts and settings, as they were recorded with the run. Of an open loop each request starts when \
            it was meant to start then; in a closed loop one request starts another, and a sweep chooses its levels anew.

            Example:
              flperf rerun latest
              flperf rerun latest --model qwen2.5-0.5b --endpoint http://127.0.0.1:8080
              flperf rerun 0192 --speed 2
              flperf rerun 0192 --every 1d --until 30d
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The run's id, the beginning of it, or 'latest'.") var run: String
    @OptionGroup var models: ModelOptions
    @Option(
        help: ArgumentHelp(
            "Of an open loop: 2 starts the requests in half the time, at twice the rate.", valueName: "factor"))
    var speed: Double?
    @Option(help: "A note that is kept with the run.") var label = ""
    @OptionGroup var session: RunSession

    func run() async throws {
        let installation = try options.open()
        let found = Result { try installation.earlierRun(run) }
        installation.close()
        guard let earlier = try found.get() else {
            throw Failure(.failed, "Unknown run '\(run)'. `flperf runs list` shows those there are.")
        }
        let id = earlier.requested.runID
        if speed != nil, !earlier.hasStarts {
            let why =
                earlier.requested.configuration.hasSweep
                ? "a sweep, which chooses its levels anew" : "a closed loop, in which one request starts another"
            throw Failure(.usage, "'--speed' has nothing to change: run \(id) is \(why).")
        }
        let suite = try earlier.suite()
        var settings = earlier.settings(speed: try speed.map(Limits.speed) ?? 1)
        try session.course.apply(to: &settings)
        Console.error("Repeating run \(id).")
        let choice = try choice(earlier.requested)
        try await session.carryOut(options, endpoints: choice.endpoints) { client in
            guard !models.isGiven else { return try await choice.choose(client) }
            return try await .again(earlier, Discovery(client: client), client, missingToo: false)
        } plan: { [settings] chosen in
            RunPlan(
                runID: EventID.make().description, suite: suite, scenarios: suite.scenarios,
                models: models.isGiven ? served(chosen.models, as: earlier.requested) : chosen.models,
                settings: settings, simulated: chosen.simulator != nil, label: label)
        }
    }

    /// Of models that several servers offer, those that the earlier run measured there; all when others were asked for.
    private func served(_ models: [PlannedModel], as earlier: RunRequested) -> [PlannedModel] {
        let measured = models.filter { model in
            earlier.models.contains {
                $0.endpoint == model.identity.endpoint && $0.modelID == model.identity.modelID
            }
        }
        return measured.isEmpty ? models : measured
    }

    /// The models asked for; else those of the earlier run, where they were served.
    private func choice(_ earlier: RunRequested) throws -> ModelChoice {
        var choice = try models.choice
        if choice.simulate { return choice }
        if choice.endpoints.isEmpty {
            if earlier.simulated {
                choice.simulate = true
                return choice
            }
            var seen: Set<String> = []
            for model in earlier.models where seen.insert(model.endpoint).inserted {
                let variable = model.hasApiKeyVariable ? model.apiKeyVariable : models.keyVariable(0)
                choice.endpoints.append(try Endpoint(model.endpoint, apiKeyVariable: variable))
            }
        }
        if choice.models.isEmpty { choice.models = earlier.models.map(\.modelID) }
        return choice
    }
}
