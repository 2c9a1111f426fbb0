import Benchmarking
import ProjectionKit
import Runs

/// A suite in the original's shape.
package struct SuiteView: Codable, Sendable {
    package struct ScenarioView: Codable, Sendable {
        var name: String
        var description: String
        /// Empty where there is not one prompt for all requests.
        var prompt: String
        /// How many there are to take in turn; null when that is not where the prompts come from.
        @Nullable var prompt_count: Int?
        /// What the user says in a conversation; null likewise.
        @Nullable var turns: [String]?
        @Nullable var synthetic: SyntheticView?
        /// OpenAI's, as JSON text; null likewise.
        @Nullable var messages: String?
        @Nullable var tools: String?
        var system_prompt: String
        @Nullable var max_tokens: Int?
        var expected_output_length: String
    }
    package struct SyntheticView: Codable, Sendable, Hashable {
        var prompt_tokens: Int
        var prompt_tokens_deviation: Int
        @Nullable var output_tokens: Int?
        @Nullable var output_tokens_deviation: Int?
    }
    package struct Defaults: Codable, Sendable {
        /// Null when `duration` limits the requests.
        @Nullable var iterations: Int?
        /// Null in an open loop.
        @Nullable var concurrency: RunConfigRow.Levels?
        /// Requests per second; null in a closed loop.
        @Nullable var rate: [Double]?
        /// `poisson` or `constant`; null in a closed loop.
        @Nullable var arrivals: String?
        /// Null in a closed loop.
        @Nullable var max_in_flight: Int?
        /// ms; null when `iterations` limits the requests.
        @Nullable var duration: Int64?
        /// ms; null when the load does not rise.
        @Nullable var ramp: Int64?
        var cooldown: Int
        /// ms
        var timeout: Int64
        @Nullable var temperature: Double?
        var streaming: Bool
        var warmup: Int
        var cache: String
    }
    var name: String
    var version: String
    var description: String
    var scenarios: [ScenarioView]
    var default_config: Defaults
    var digest: String

    package init(_ suite: Suite) {
        name = suite.name
        version = suite.version
        description = suite.description
        digest = suite.digest
        scenarios = suite.scenarios.map(ScenarioView.init)
        let settings = suite.defaults
        let milliseconds = { (duration: Duration) in Int64(duration / .milliseconds(1)) }
        default_config = Defaults(
            iterations: settings.duration == nil ? settings.iterations : nil,
            concurrency: settings.isOpenLoop ? nil : .init(settings.concurrency),
            rate: settings.isOpenLoop ? settings.rates : nil,
            arrivals: settings.isOpenLoop ? settings.arrivals.rawValue : nil,
            max_in_flight: settings.isOpenLoop ? settings.maxInFlight : nil,
            duration: settings.duration.map(milliseconds), ramp: settings.ramp.map(milliseconds),
            cooldown: settings.cooldown,
            timeout: Int64(settings.timeout / .milliseconds(1)), temperature: settings.temperature,
            streaming: settings.streaming, warmup: settings.warmup, cache: settings.prefixCache.rawValue)
    }
}

extension SuiteView.ScenarioView {
    fileprivate init(_ scenario: Suite.Scenario) {
        self.init(
            name: scenario.name, description: scenario.description, prompt: "", prompt_count: nil, turns: nil,
            synthetic: nil, messages: nil, tools: scenario.tools,
            system_prompt: scenario.systemPrompt, max_tokens: scenario.maxTokens,
            expected_output_length: scenario.expectedOutputLength)
        switch scenario.prompts {
        case .one(let text): prompt = text
        case .several(let prompts): prompt_count = prompts.count
        case .turns(let texts): turns = texts
        case .messages(let verbatim): messages = verbatim.json
        case .lengths(let requests): prompt_count = requests.count
        case .synthetic(let lengths):
            synthetic = SuiteView.SyntheticView(
                prompt_tokens: lengths.prompt.mean, prompt_tokens_deviation: lengths.prompt.deviation,
                output_tokens: lengths.output?.mean, output_tokens_deviation: lengths.output?.deviation)
        }
    }
}
