import Events

/// What a result row needs to know of its run.
struct RunPlan: Codable, Sendable, Hashable {
    struct Model: Codable, Sendable, Hashable {
        var id: String
        var alias: String
        var name: String

        init(_ model: ModelIdentity) {
            id = model.id
            alias = model.alias
            name = model.hasVariant ? model.variant : model.modelID
        }
    }
    struct KnownResult: Codable, Sendable, Hashable {
        var id: String
        var createdAt: Int64
    }

    var models: [Model]
    var scenarios: [String]
    var simulated: Bool
    var formulaSet = "standard/1"
    /// Ids that another tool gave its results, by the group's text.
    var results: [String: KnownResult] = [:]
    /// Sets whose figures were applied to its results, in the order of the log.
    var adopted: [AdoptedSet] = []
    /// The limits of the run's objective, by the names of the inputs.
    var objective: [String: Double] = [:]

    init(_ event: RunRequested) {
        models = event.models.map(Model.init)
        scenarios = event.scenarios.map(\.name)
        simulated = event.simulated
        let configuration = event.configuration
        take(configuration.hasObjective ? configuration.objective : configuration.sweep.objective)
    }

    private mutating func take(_ objective: ServiceObjective) {
        if objective.hasTtftNs { self.objective["slo_ttft"] = Double(objective.ttftNs) / 1e6 }
        if objective.hasTpotNs { self.objective["slo_tpot"] = Double(objective.tpotNs) / 1e6 }
        if objective.hasLatencyNs { self.objective["slo_latency"] = Double(objective.latencyNs) / 1e6 }
    }

    /// Takes over who a model is now that it is loaded: the variant that is measured may not be the one asked for.
    mutating func take(_ model: ModelIdentity) {
        for index in models.indices where models[index].id == model.id { models[index] = Model(model) }
    }

    mutating func take(_ event: RunImported) {
        if !event.formulaSet.isEmpty { formulaSet = event.formulaSet }
        for result in event.results {
            let key = GroupKey(event.runID, result.modelID, result.scenario, result.level)
            results[key.text] = KnownResult(id: result.resultID, createdAt: result.createdUnixNs / 1_000_000)
        }
    }
}

/// Of a run's plan the objective alone: what is evaluated anew over many runs needs no more of each.
struct RunObjective: Decodable {
    var objective: [String: Double]
}
