import Charts
import DataFolder
import Formulas
import Runs

/// One figure over all runs, with the changes of its level.
struct HistoryPage {
    private var series: [History]
    private var metric: FormulaSet.Metric
    private var fields: FormFields
    private var book: SeriesBook
    private var suites: [String]
    private var models: [(id: String, alias: String)]

    /// Charts of a page at most; those with the most runs come first.
    private static let limit = 12

    init(_ fields: FormFields, _ pages: Pages) throws {
        let set = FormulaSet.standard
        let name = fields["metric"] ?? "output_tps"
        guard let metric = set.metrics.first(where: { $0.section == .result && $0.name == name }) else {
            throw Problem.badRequest("'\(set.name)' has no figure '\(name)'.")
        }
        self.metric = metric
        self.fields = fields
        book = try pages.series()
        let runs = try pages.runs()
        suites = Set(runs.map(\.suite_name)).sorted()
        var known: [String: String] = [:]
        for run in runs { for phase in run.phases { known[phase.model_id] = phase.alias } }
        models = known.sorted { $0.value < $1.value }.map { ($0.key, $0.value) }
        series = try pages.installation.history(of: metric, in: set, model: fields["model"], suite: fields["suite"])
    }

    var page: Page {
        var keys: [[String]] = []
        var groups: [[String]: [History]] = [:]
        for history in series {
            let key = [
                history.suite_name, history.scenario,
                history.rate.map { "\(Figure.adaptive($0))/s" } ?? "\(history.concurrency ?? 1) in flight",
            ]
            if groups[key] == nil { keys.append(key) }
            groups[key, default: []].append(history)
        }
        // What one run alone has measured has no course yet.
        let courses = keys.filter { key in groups[key]?.contains { $0.points.count > 1 } == true }
        let shown = courses.isEmpty ? keys : courses
        let charts = shown.prefix(Self.limit).map { key -> Markup in
            let chart = HistoryChart(
                title: key[1], question: "\(key[0]), \(key[2])", what: "\(metric.name), \(metric.unit)",
                courses: (groups[key] ?? []).map { $0.course(book.series($0.model_id, $0.model_alias)) }, isWide: true)
            return """
                <figure class="card"><figcaption><h2 class="t">\(chart.title)</h2><p>\(chart.question)</p></figcaption><div class="sx" tabindex="0" role="region" aria-label="\(chart.title), \(chart.question)">\(chart.svg)</div></figure>
                """
        }
        let hidden = keys.count - min(shown.count, Self.limit)
        let left: Markup? =
            hidden > 0
            ? "<p class=\"sm\">\(Words.counted(hidden, "other combination", "others")) of suite, scenario and load: of one run alone, or to be found by suite or model.</p>"
            : nil
        let body: Markup =
            charts.isEmpty
            ? "<p class=\"mut\">No run has this figure yet.</p>" : "<div class=\"stack\">\(Array(charts))</div>\(left)"
        return Page(
            "History", at: .history,
            """
            <div class="hd"><div><h1>History</h1><p class="meta">\(metric.text) A dashed line is where the level changed (E-Divisive, 5 %).</p></div>\(form)</div>\(body)
            """)
    }

    private var form: Markup {
        func options(_ values: [(value: String, text: String)], _ chosen: String?) -> [Markup] {
            values.map {
                "<option value=\"\($0.value)\"\($0.value == chosen ? " selected" as Markup : "")>\($0.text)</option>"
            }
        }
        let metrics = FormulaSet.standard.metrics.filter { $0.section == .result }.map {
            (value: $0.name, text: $0.name)
        }
        return """
            <form method="get" action="/history"><label>Figure <select name="metric">\(options(metrics, metric.name))</select></label>\
            <label>Suite <select name="suite"><option value="">all</option>\(options(suites.map { ($0, $0) }, fields["suite"]))</select></label>\
            <label>Model <select name="model"><option value="">all</option>\(options(models.map { ($0.id, $0.alias) }, fields["model"]))</select></label><button>Show</button></form>
            """
    }
}
