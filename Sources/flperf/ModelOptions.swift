import ArgumentParser
import Orchestrator

/// Which models a run measures, and where they are served.
struct ModelOptions: ParsableArguments {
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
    @Flag(help: "Measure the built-in simulator, whatever servers there are.") var simulate = false

    /// What was asked for.
    ///
    /// - Throws: `BackendError` when an address can't be used.
    var choice: ModelChoice {
        get throws {
            ModelChoice(
                models: model, endpoints: try endpoint.map { try Endpoint($0, apiKeyVariable: apiKeyEnv) },
                simulate: simulate)
        }
    }
}
