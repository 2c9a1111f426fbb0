import DataFolder
import Formulas
import Hummingbird

/// `GET /api/compare?before=RUN&after=RUN`, with `model_before` and `model_after` for one model of either.
func addCompareRoutes(to router: Router<BasicRequestContext>, _ sources: WebSources) {
    let installation = sources.installation

    router.get("/api/compare") { request, _ in
        let query = request.uri.queryParameters
        func side(_ name: String) throws -> Installation.ComparedSide {
            guard let id = query[name[...]].map(String.init) else {
                throw Problem.badRequest("'\(name)' must be the id of a run: /api/compare?before=RUN&after=RUN.")
            }
            guard let detail = try installation.run(id).value else { throw Problem.unknownRun(id) }
            let model = query["model_\(name)"[...]].map(String.init)
            if let model, !detail.run.model_ids.contains(model) {
                throw Problem.notFound(
                    "Run '\(id)' has not measured '\(model)', but \(detail.run.model_ids.joined(separator: ", ")).")
            }
            return .init(detail, model: model)
        }
        let (before, after) = (try side("before"), try side("after"))
        let set =
            try formulas(of: request, installation) ?? FormulaSet.named(before.run.run.formula_set)
            ?? FormulaSet.builtIn[0]
        let metrics = query.getAll("metric").map { String($0) }
        for name in metrics where !set.metrics.contains(where: { $0.section == .result && $0.name == name }) {
            throw Problem.badRequest("'\(set.name)' has no figure '\(name)'.")
        }
        let text = query["min_change"].map { String($0) } ?? "0.01"
        guard let leastChange = Double(text), (0...1).contains(leastChange) else {
            throw Problem.badRequest("'min_change' must be a share from 0 to 1, found '\(text)'.")
        }
        return try Response.json(
            installation.compare(before, after, with: set, metrics: metrics, leastChange: leastChange))
    }
}
