import DataFolder
import Formulas
import Hummingbird

/// `GET /api/compare?before=RUN&after=RUN`, with `model_before` and `model_after` for one model of either.
func addCompareRoutes(to table: inout RouteTable, _ sources: WebSources) {
    let installation = sources.installation

    table.get(
        "/api/compare", "Two runs, or two models of one run, figure by figure, and which changes are clear.",
        query: [
            Parameter(name: "before", kind: .text(Parameter.nameLength), summary: "A run's id.", isRequired: true),
            Parameter(
                name: "after", kind: .text(Parameter.nameLength), summary: "Another run's id, or the same one's.",
                isRequired: true),
            Parameter(
                name: "model_before", kind: .text(Parameter.nameLength),
                summary: "A model's id: only this one of the first run."),
            Parameter(
                name: "model_after", kind: .text(Parameter.nameLength),
                summary: "A model's id: only this one of the second run."),
            .formulas,
            Parameter(
                name: "metric", kind: .text(Parameter.nameLength),
                summary: "A figure of the set; all when none is named.", repeats: true
            ),
            Parameter(
                name: "min_change", kind: .number(0...1), summary: "A smaller change, as a share, counts as none; 0.01."
            ),
        ], answer: .json(Comparison.self), isOfTables: true
    ) { call in
        let query = call.query
        func side(_ name: String) throws -> Installation.ComparedSide {
            let id = query.text(name) ?? ""
            guard let detail = try installation.run(id).value else { throw Problem.unknownRun(id) }
            let model = query.text("model_\(name)")
            if let model, !detail.run.model_ids.contains(model) {
                throw Problem.notFound(
                    "Run '\(id)' has not measured '\(model)', but \(detail.run.model_ids.joined(separator: ", ")).")
            }
            return .init(detail, model: model)
        }
        let (before, after) = (try side("before"), try side("after"))
        let set =
            try call.formulas(installation) ?? FormulaSet.named(before.run.run.formula_set) ?? FormulaSet.standard
        let metrics = query.texts("metric")
        for name in metrics where !set.metrics.contains(where: { $0.section == .result && $0.name == name }) {
            throw Problem.notFound("'\(set.name)' has no figure '\(name)'.")
        }
        return try Response.json(
            installation.compare(
                before, after, with: set, metrics: metrics, leastChange: query.number("min_change") ?? 0.01))
    }
}
