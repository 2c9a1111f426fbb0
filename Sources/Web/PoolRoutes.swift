import DataFolder
import Hummingbird
import Orchestrator

/// `GET /api/benchmarks/results/pooled`: the samples of several runs of the same thing as one result each.
func addPoolRoutes(to table: inout RouteTable, _ sources: WebSources) {
    let installation = sources.installation

    func text(_ name: String, _ summary: String, repeats: Bool = false) -> Parameter {
        Parameter(name: name, kind: .text(Parameter.nameLength), summary: summary, repeats: repeats)
    }
    table.get(
        "/api/benchmarks/results/pooled", "The samples of several runs of the same thing as one result each.",
        query: [
            text("runId", "Only these runs.", repeats: true), text("modelId", "Only this model."),
            text("suite", "Only this suite."), text("scenario", "Only this scenario."), .formulas,
            text(
                "allow", "A difference that does not keep runs apart, as 'refused' names it; * for every one.",
                repeats: true),
        ], answer: .json(JSONValue.self), isOfTables: true
    ) { call in
        let query = call.query
        let runs = query.texts("runId")
        for id in runs where try installation.run(id).value?.run.id != id {
            throw try Problem.noRun(id, installation)
        }
        let allowed = Set(query.texts("allow"))
        let filter = ResultFilter(
            runs: runs, model: query.text("modelId"), suite: query.text("suite"),
            scenario: query.text("scenario"))
        return try Response.json(
            installation.pool(
                filter, with: call.formulas(installation),
                tolerating: allowed.contains("*") ? .all : .of(allowed)))
    }
}
