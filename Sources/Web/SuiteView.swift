import Benchmarking
import ProjectionKit
import Runs

/// A suite in the original's shape.
package struct SuiteView: Codable, Sendable {
    package struct ScenarioView: Codable, Sendable {
        var name: String
        var description: String
        var prompt: String
        var system_prompt: String
        @Nullable var max_tokens: Int?
        var expected_output_length: String
    }
    package struct Defaults: Codable, Sendable {
        var iterations: Int
        var concurrency: RunConfigRow.Levels
        /// ms
        var timeout: Int64
        @Nullable var temperature: Double?
        var streaming: Bool
        var warmup: Int
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
        scenarios = suite.scenarios.map {
            ScenarioView(
                name: $0.name, description: $0.description, prompt: $0.prompt, system_prompt: $0.systemPrompt,
                max_tokens: $0.maxTokens,
                expected_output_length: $0.expectedOutputLength)
        }
        let settings = suite.defaults
        default_config = Defaults(
            iterations: settings.iterations, concurrency: .init(settings.concurrency),
            timeout: Int64(settings.timeout / .milliseconds(1)), temperature: settings.temperature,
            streaming: settings.streaming, warmup: settings.warmup)
    }
}
