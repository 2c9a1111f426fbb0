import Charts
import DataFolder
import Formulas
import Runs

/// Two runs held against each other.
struct ComparePage {
    private var runs: [RunRow]
    private var before: RunDetail?
    private var after: RunDetail?
    private var comparison: Comparison?
    private var book: SeriesBook

    init(_ fields: FormFields, _ pages: Pages) throws {
        runs = try pages.runs()
        book = try pages.series()
        after = try fields["after"].map { try pages.run($0) } ?? runs.first.map { try pages.run($0.id) }
        let earlier = after.flatMap { after in
            runs.first { $0.suite_name == after.run.suite_name && $0.created_at < after.run.created_at }
        }
        before = try fields["before"].map { try pages.run($0) } ?? earlier.map { try pages.run($0.id) }
        guard let before, let after, before.run.id != after.run.id else { return }
        let set = FormulaSet.named(after.run.formula_set) ?? FormulaSet.standard
        comparison = try pages.installation.compare(.init(before), .init(after), with: set, leastChange: 0.01)
    }

    var page: Page {
        Page(
            "Compare", at: .compare,
            """
            <div class="hd"><div><h1>Compare</h1><p class="meta">Two runs, figure by figure: what changed, by how much, and whether that is more than chance.</p></div>\(form)</div>\(outcome)
            """)
    }

    private var form: Markup {
        func options(_ chosen: String?) -> [Markup] {
            runs.map { run in
                "<option value=\"\(run.id)\"\(run.id == chosen ? " selected" as Markup : "")>\(Words.short(run.id)) · \(run.suite_name) · \(Words.moment(run.created_at))</option>"
            }
        }
        return """
            <form method="get" action="/compare"><label>Before <select name="before">\(options(before?.run.id))</select></label><label>After <select name="after">\(options(after?.run.id))</select></label><button>Compare</button></form>
            """
    }

    private var outcome: Markup {
        guard let comparison else {
            return "<p class=\"mut\">It takes two runs. <a href=\"/benchmarks\">Start one</a>.</p>"
        }
        let worse = comparison.rows.count { $0.verdict == .worse }
        let better = comparison.rows.count { $0.verdict == .better }
        let verdict: Markup =
            worse > 0
            ? "<p class=\"note b\">✕ \(Words.counted(worse, "figure is", "figures are")) clearly worse, \(better) better, of \(comparison.rows.count).</p>"
            : better > 0
                ? "<p class=\"note g\">✓ None is clearly worse, \(better) of \(comparison.rows.count) better.</p>"
                : "<p class=\"note g\">No clear change among \(comparison.rows.count) figures.</p>"
        let clear = comparison.rows.filter { [.better, .worse, .changed].contains($0.verdict) }
        let others = comparison.rows.filter { ![.better, .worse, .changed].contains($0.verdict) }
        return """
            \(verdict)\(differences(comparison))<h2>Figures that changed <small>\(comparison.formula_set); p corrected for all of them (Benjamini and Hochberg)</small></h2>\
            \(clear.isEmpty ? "<p class=\"mut\">None.</p>" : table("Figures that changed", clear))<h2>Figures without a clear change</h2>\
            \(others.isEmpty ? "<p class=\"mut\">None.</p>" : "<details><summary>\(others.count) figures</summary>\(table("Figures without a clear change", others))</details>" as Markup)\
            \(comparison.unmatched.isEmpty ? "" : "<details class=\"stack\"><summary>Results of one side only</summary><p class=\"sm\">\(comparison.unmatched.joined(separator: "; ")).</p></details>" as Markup)
            """
    }

    private func table(_ title: String, _ rows: [Comparison.Row]) -> Markup {
        """
        <div class="tw" tabindex="0" role="region" aria-label="\(title)"><table><thead><tr><th scope="col">Model</th><th scope="col" class="l">Scenario</th><th scope="col" class="l">Load</th><th scope="col" class="l">Figure</th><th scope="col">Before</th><th scope="col">After</th>\
        <th scope="col">Change<small>%</small></th><th scope="col">95 %</th><th scope="col">p</th><th scope="col" class="l">Verdict</th></tr></thead><tbody>\(rows.map(row))</tbody></table></div>
        """
    }

    private func row(_ row: Comparison.Row) -> Markup {
        func percent(_ value: Double?) -> String {
            guard let value else { return "—" }
            return "\(value > 0 ? "+" : "")\(Figure.number(value * 100, digits: 1))"
        }
        let verdict: Markup =
            switch row.verdict {
            case .better: "<span class=\"ok\">▲ better</span>"
            case .worse: "<span class=\"bad\">▼ worse</span>"
            case .changed: "<span class=\"warn\">changed</span>"
            case .noClearChange: "<span class=\"mut\">no clear change</span>"
            case .unknown: "<span class=\"mut\">can't be told</span>"
            }
        let alias = after?.run.phases.first { $0.model_id == row.model_after }?.alias ?? row.model_after
        let p = row.p.map { $0 < 0.001 ? "< 0.001" : Figure.number($0, digits: 3) } ?? "—"
        let range = row.change_low == nil ? "—" : "\(percent(row.change_low)) … \(percent(row.change_high))"
        return """
            <tr><th scope="row">\(book.series(row.model_after, alias).icon)\(alias)</th><td class="l">\(row.scenario)</td><td class="l">\(row.rate.map { "\(Figure.adaptive($0))/s" } ?? "\(row.concurrency ?? 1)")</td><td class="l">\(row.metric) <small>\(row.unit)</small></td>\
            <td>\(Figure.adaptive(row.before))</td><td>\(Figure.adaptive(row.after))</td><td>\(percent(row.change))</td><td>\(range)</td><td>\(p)</td><td class="l">\(verdict)</td></tr>
            """
    }

    private func differences(_ comparison: Comparison) -> Markup {
        guard !comparison.differences.isEmpty else {
            return
                "<p class=\"sm\">Nothing that is known of the two differs besides the figures: suite, configuration, machine and models are the same.</p>"
        }
        let rows = comparison.differences.map { difference -> Markup in
            "<tr><th scope=\"row\">\(difference.what)</th><td class=\"w\">\(difference.before ?? "—")</td><td class=\"w\">\(difference.after ?? "—")</td></tr>"
        }
        return """
            <h2>What else differed <small>a change of figures may be its</small></h2><div class="tw" tabindex="0" role="region" aria-label="Differences"><table><thead><tr><th scope="col">What</th><th scope="col" class="l">Before</th><th scope="col" class="l">After</th></tr></thead><tbody>\(rows)</tbody></table></div>
            """
    }
}
