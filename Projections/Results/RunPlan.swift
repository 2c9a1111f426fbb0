import Events

/// What a result row needs to know of its run.
struct RunPlan: Codable, Sendable, Hashable {
    struct Model: Codable, Sendable, Hashable {
        var id: String
        var alias: String
        var name: String
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

    init(_ event: RunRequested) {
        models = event.models.map { Model(id: $0.id, alias: $0.alias, name: $0.hasVariant ? $0.variant : $0.modelID) }
        scenarios = event.scenarios.map(\.name)
        simulated = event.simulated
    }

    mutating func take(_ event: RunImported) {
        if !event.formulaSet.isEmpty { formulaSet = event.formulaSet }
        for result in event.results {
            let key = GroupKey(event.runID, result.modelID, result.scenario, result.level)
            results[key.text] = KnownResult(id: result.resultID, createdAt: result.createdUnixNs / 1_000_000)
        }
    }
}
