import DataFolder
import Formulas
import Hummingbird
import Orchestrator

private struct FormulaSetView: Codable {
    var name: String
    var title: String
    var description: String
    /// `sha256:…` of the text.
    var digest: String
    var is_built_in: Bool
    var metrics: Int
}

private struct FormulaSetDetail: Codable {
    struct Metric: Codable {
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

private struct BrokenFormulas: Codable {
    var file: String
    var error: String
}

private struct FormulaList: Codable {
    var formulas: [FormulaSetView]
    /// Files of the user's folder that can't be used.
    var errors: [BrokenFormulas]
}

/// `GET /api/formulas`, `/api/formulas/{name}/{version}` and, for the language, `/api/formulas/help`.
func addFormulaRoutes(to table: inout RouteTable, _ sources: WebSources) {
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

    table.get(
        "/api/formulas", "Every formula set, and what is wrong with those of the user that can't be used.",
        answer: .json(FormulaList.self)
    ) { _ in
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
    table.get(
        "/api/formulas/help", "Every name of the formula language, with unit, shape and source.",
        answer: .list("chapters", of: JSONValue.self)
    ) { _ in try Response.json(["chapters": FormulaManual.chapters]) }
    let answer = Route.Answer.json(FormulaSetDetail.self)
    table.get("/api/formulas/{name}/{version}", "A formula set with its text.", answer: answer) { call in
        try detail("\(call.path("name"))/\(call.path("version"))")
    }
    // `standard%2F1` is one part of a path.
    table.get("/api/formulas/{name}", "A formula set, its name in one part of the path.", answer: answer) { call in
        try detail(call.path("name"))
    }
}
