import DataFolder
import Formulas
import Hummingbird

private struct FormulaSetView: Encodable {
    var name: String
    var title: String
    var description: String
    /// `sha256:…` of the text.
    var digest: String
    var is_built_in: Bool
    var metrics: Int
}

private struct FormulaSetDetail: Encodable {
    struct Metric: Encodable {
        var section: String
        var name: String
        var unit: String
        var better: String
        var text: String
        var expression: String
    }

    var name: String
    var title: String
    var description: String
    var digest: String
    var is_built_in: Bool
    var text: String
    var metrics: [Metric]
    /// The original's column → the metric that fills it.
    var columns: [String: String]
}

private struct BrokenFormulas: Encodable {
    var file: String
    var error: String
}

private struct FormulaList: Encodable {
    var formulas: [FormulaSetView]
    /// Files of the user's folder that can't be used.
    var errors: [BrokenFormulas]
}

/// `GET /api/formulas`, `/api/formulas/{name}/{version}` and, for the language, `/api/formulas/help`.
func addFormulaRoutes(to router: Router<BasicRequestContext>, _ sources: WebSources) {
    let installation = sources.installation

    @Sendable func detail(_ name: String) throws -> Response {
        let set = try installation.formulaSet(name)
        return try Response.json(
            FormulaSetDetail(
                name: set.name, title: set.title, description: set.description, digest: set.digest,
                is_built_in: FormulaSet.named(set.name) != nil, text: set.text,
                metrics: set.metrics.map {
                    .init(
                        section: $0.section.rawValue, name: $0.name, unit: $0.unit, better: $0.better.rawValue,
                        text: $0.text, expression: $0.expression)
                }, columns: set.columns))
    }

    router.get("/api/formulas") { _, _ in
        var list = FormulaList(formulas: [], errors: [])
        var sets = FormulaSet.builtIn
        for entry in installation.formulas.entries() {
            switch entry.set {
            case .success(let set): sets.append(set)
            case .failure(let error):
                let file = entry.path.split(separator: "/").last.map(String.init) ?? ""
                list.errors.append(BrokenFormulas(file: file, error: error.description))
            }
        }
        let names = Set(sets.map(\.name))
        sets += try installation.adoptedSets().filter { !names.contains($0.name) }
        list.formulas = sets.map {
            FormulaSetView(
                name: $0.name, title: $0.title, description: $0.description, digest: $0.digest,
                is_built_in: FormulaSet.named($0.name) != nil, metrics: $0.metrics.count)
        }
        return try Response.json(list)
    }
    router.get("/api/formulas/help") { _, _ in try Response.json(["chapters": FormulaManual.chapters]) }
    router.get("/api/formulas/:name/:version") { _, context in
        try detail("\(context.parameters.require("name"))/\(context.parameters.require("version"))")
    }
    // `standard%2F1` is one part of a path.
    router.get("/api/formulas/:name") { _, context in
        let name = try context.parameters.require("name")
        return try detail(name.removingPercentEncoding ?? name)
    }
}
