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
    @Option(
        help: ArgumentHelp(
            """
            The environment variable that holds the endpoints' API key: one for all, or one for each --endpoint in their order, \
            - for none.
            """, valueName: "variable"))
    var apiKeyEnv: [String] = []
    @Flag(help: "Measure the built-in simulator, whatever servers there are.") var simulate = false

    /// What was asked for.
    ///
    /// - Throws: `BackendError` when an address can't be used, `Failure` when the keys do not fit the endpoints.
    var choice: ModelChoice {
        get throws {
            guard apiKeyEnv.count < 2 || apiKeyEnv.count == endpoint.count else {
                throw Failure(
                    .usage,
                    """
                    '--api-key-env' is given \(apiKeyEnv.count) times for \(endpoint.count) of '--endpoint': give it once, or once \
                    for each, - for none.
                    """)
            }
            let endpoints = try endpoint.enumerated().map { index, address in
                try Endpoint(address, apiKeyVariable: keyVariable(index))
            }
            return ModelChoice(models: model, endpoints: endpoints, simulate: simulate)
        }
    }

    /// The variable with the key for an endpoint, by its place; nil for none.
    func keyVariable(_ index: Int) -> String? {
        let name = apiKeyEnv.count == 1 ? apiKeyEnv[0] : index < apiKeyEnv.count ? apiKeyEnv[index] : "-"
        return name == "-" ? nil : name
    }

    /// Whether models or servers were named at all.
    var isGiven: Bool { !model.isEmpty || !endpoint.isEmpty || !apiKeyEnv.isEmpty || simulate }
}
