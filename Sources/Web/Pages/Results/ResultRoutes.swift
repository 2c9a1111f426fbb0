import Charts
import DataFolder
import Formulas
import Hummingbird
import Results
import Runs

/// The Results page, its charts one by one, and what its figures come from.
func addResultPages(to router: Router<BasicRequestContext>, _ pages: Pages) {

    @Sendable func results(_ name: String, _ fields: FormFields) throws -> Page {
        let detail = try pages.run(name)
        let view = try ShownResults(detail, fields, pages)
        return ResultsPage(
            view: view, history: try pages.history(of: view), others: try pages.runs(),
            sets: try pages.knownSets().map(\.name),
            verified: pages.verifications.withLock { $0 }
        ).page
    }

    router.page("/results") { fields, _ in
        guard try !pages.runs().isEmpty || fields["run"] != nil else {
            return Page(
                "Results", at: .results,
                "<h1>Results</h1><p>Nothing was measured yet. <a href=\"/benchmarks\">Start a run</a>, or use <code>flperf run</code>.</p>"
            )
        }
        return try results(fields["run"] ?? "latest", fields)
    }
    router.page("/results/:run") { fields, context in
        try results(try context.part("run"), fields)
    }
    router.get("/results/:run/charts/:name") { request, context in
        let fields = FormFields(query: request)
        let name = try context.part("name")
        let view = try ShownResults(try pages.run(try context.part("run")), fields, pages)
        guard let chart = ResultCharts(view: view, history: try pages.history(of: view)).chart(name) else {
            throw Problem.notFound("Unknown chart '\(name)'. There are: \(ResultCharts.names.joined(separator: ", ")).")
        }
        switch fields["format"] {
        case "svg": return Response.page(chart.file, type: "image/svg+xml")
        case nil: return ChartPage(chart: chart, view: view, name: name).page.response()
        case let other?: throw Problem.badRequest("'format' must be svg, found '\(other)'.")
        }
    }
}

extension Pages {
    /// The course of the latency over the runs of the same suite and models.
    func history(of view: ShownResults) throws -> [History] {
        let set = FormulaSet.standard
        guard let metric = set.metrics.first(where: { $0.section == .result && $0.name == "e2e_p50" }) else {
            return []
        }
        let level = view.results.first.map { ($0.row.concurrency, $0.row.rate) }
        return try histories(of: metric, in: set, suite: view.run.suite_name).filter {
            $0.concurrency == level?.0 && $0.rate == level?.1
        }
    }
}

/// One chart by itself, with the figures behind it.
struct ChartPage {
    var chart: any Chart
    var view: ShownResults
    var name: String

    var page: Page {
        let table = chart.table
        let back = view.address()
        let query = back.split(separator: "?", maxSplits: 1).dropFirst().first.map { "?\($0)&" } ?? "?"
        let head = table.columns.map { "<th scope=\"col\">\($0)</th>" as Markup }
        let rows = table.rows.prefix(2_000).map { row -> Markup in
            let cells = row.enumerated().map { index, cell -> Markup in
                index == 0 ? "<th scope=\"row\">\(cell)</th>" : "<td>\(cell)</td>"
            }
            return "<tr>\(cells)</tr>"
        }
        return Page(
            "\(chart.title) · run \(Words.short(view.run.id))", at: .results,
            """
            <p class="sm"><a href="\(back)">Run \(Words.short(view.run.id))</a></p><h1>\(chart.title)</h1><p class="meta">\(chart.question)</p>\
            <div class="card sx" tabindex="0" role="region" aria-label="\(chart.title)">\(chart.svg)</div>\
            <p class="lk"><a href="/results/\(view.run.id.inAddress)/charts/\(name)\(query)format=svg">SVG</a></p>\
            <h2>Data</h2><div class="tw" tabindex="0" role="region" aria-label="Data"><table><thead><tr>\(head)</tr></thead><tbody>\(Array(rows))</tbody></table></div>
            """)
    }
}
