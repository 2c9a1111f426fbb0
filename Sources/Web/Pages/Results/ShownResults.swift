import Charts
import DataFolder
import Formulas
import Results
import Runs

/// A run as the Results page is asked to show it.
struct ShownResults {
    var run: RunRow
    /// The results that are shown: those of the chosen scenario and level.
    var results: [ResultDetail]
    var scores: [ScoreRow]
    var set: FormulaSet
    var picture: RunPicture
    var book: SeriesBook
    /// The chosen scenario; nil for all.
    var scenario: String?
    /// The chosen load level, as its name; nil for all.
    var level: String?
    var sort: String?

    init(_ detail: RunDetail, _ fields: FormFields, _ pages: Pages) throws {
        run = detail.run
        set = try pages.set(fields, of: run)
        scenario = fields["scenario"].flatMap { detail.run.scenarios.contains($0) ? $0 : nil }
        picture = try pages.pictures.picture(of: detail, with: set, scenario: scenario, pages.installation)
        book = try pages.series()
        sort = fields["sort"]
        level = nil
        results = picture.evaluated.results
        scores = picture.evaluated.scores
        if let wanted = fields["load"], levels.contains(wanted) {
            level = wanted
            results = results.filter { $0.row.levelName == wanted }
        }
    }

    /// The load levels of the run, in their order.
    var levels: [String] {
        var seen: Set<String> = []
        return picture.evaluated.results.map(\.row.levelName).filter { seen.insert($0).inserted }
    }

    /// The run's models in the order of its plan, those without results too.
    var models: [(id: String, series: Series)] {
        run.phases.map { ($0.model_id, book.series($0.model_id, $0.alias)) }
    }

    func series(of row: ResultRow) -> Series { book.series(row.model_id, row.model_alias) }

    /// The scenarios that are shown.
    var scenarios: [String] {
        var seen: Set<String> = []
        return results.map(\.row.scenario).filter { seen.insert($0).inserted }
    }

    /// The same page with some fields of its address set or taken away.
    func address(_ changes: [String: String?] = [:]) -> String {
        var fields: [(String, String?)] = [
            ("formulas", set.name == run.formula_set ? nil : set.name), ("scenario", scenario), ("load", level),
            ("sort", sort),
        ]
        for index in fields.indices { if let change = changes[fields[index].0] { fields[index].1 = change } }
        let query = fields.compactMap { name, value in value.map { "\(name)=\($0.inAddress)" } }
        return "/results/\(run.id.inAddress)" + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
    }

    /// A model's score by the set; nil when it has none.
    func metric(_ name: String, of model: String) -> Double? {
        scores.first { $0.model_id == model }?.metrics[set.name]?[name] ?? nil
    }
}

extension ResultRow {
    /// What the load level is called: `8 in flight`, `2.5/s`.
    var levelName: String {
        rate.map { "\(Figure.adaptive($0))/s" } ?? concurrency.map { "\($0) in flight" } ?? "one load"
    }

    /// The same as a mark in a chart has it.
    var levelMark: String { rate.map { Figure.adaptive($0) } ?? concurrency.map { "\($0)" } ?? "" }
}
