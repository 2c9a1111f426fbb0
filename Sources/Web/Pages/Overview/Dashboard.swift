import Charts
import DataFolder
import Formulas
import Results
import Runs

/// What a first look is to show: is all well, what is best, what goes on.
struct Dashboard {
    private var pages: Pages
    private var runs: [RunRow]
    private var book: SeriesBook

    init(_ pages: Pages) throws {
        self.pages = pages
        runs = try pages.runs()
        book = try pages.series()
    }

    var page: Page {
        get throws {
            let running = runs.first { $0.status == .running }
            return Page(
                "Dashboard", at: .dashboard, refresh: running == nil ? nil : 3,
                """
                <div class="hd"><h1>Dashboard</h1><p class="acts"><a class="go" href="/benchmarks">Start a run</a><a href="/models/available">Add a model</a><a href="/history">History</a><a href="/audit">Audit log</a></p></div>\
                \(try health)\(try counts)\(try going(running))\(try last)\(try courses)<h2>Recent runs</h2>\(RunTable(runs: Array(runs.prefix(8))).markup)
                """)
        }
    }

    private var health: Markup {
        get throws {
            let models = try pages.installation.models().value
            let broken = models.filter { $0.status == .error }
            guard broken.isEmpty else {
                let list = broken.map { model -> Markup in
                    "<li><a href=\"/models/\(model.id.inAddress)\">\(model.alias)</a>: \(model.last_error ?? "error")</li>"
                }
                return
                    "<div class=\"note b\" role=\"alert\"><b>✕ \(Words.counted(broken.count, "model needs", "models need")) looking after.</b><ul>\(list)</ul></div>"
            }
            guard !models.isEmpty else {
                return
                    "<p class=\"note w\">No model is registered. <a href=\"/models/available\">Add one that is served here</a>, or use <code>flperf run</code>, which finds them.</p>"
            }
            return
                "<p class=\"note g\">✓ All is well: \(Words.counted(models.count { $0.status == .running }, "model is", "models are")) loaded, none in error.</p>"
        }
    }

    private var counts: Markup {
        get throws {
            let models = try pages.installation.models().value
            let last = try pages.installation.log.lastPosition()
            let verified = pages.verifications.withLock { $0 }
            func card(_ title: String, _ value: String, _ words: Markup) -> Markup {
                "<article class=\"card\"><h2 class=\"t\">\(title)</h2><p class=\"mid\">\(value)</p><p class=\"sm\">\(words)</p></article>"
            }
            let samples = runs.reduce(0) { $0 + $1.samples }
            return """
                <div class="cards">\(card("Models", Figure.count(models.count), "\(models.count { $0.status == .running }) loaded · <a href=\"/models\">see them</a>"))\
                \(card("Runs", Figure.count(runs.count), "<a href=\"/benchmarks\">start another</a>"))\(card("Requests measured", Figure.count(samples), "each kept, chunk by chunk"))\
                \(card("Events in the log", Figure.count(last), verified?.sentence ?? "<a href=\"/audit/verify\">verify them</a>"))</div>
                """
        }
    }

    private func going(_ run: RunRow?) throws -> Markup {
        guard let run else { return "" }
        let detail = try pages.run(run.id)
        return """
            <h2>Running now <small><a href="/benchmarks/runs/\(run.id.inAddress)">run \(Words.short(run.id))</a>, suite \(run.suite_name)</small></h2>\
            <section aria-label="Running now" aria-live="polite" data-live="/benchmarks/runs/\(run.id.inAddress)/live">\(RunProgress(detail: detail, book: book).markup)</section>
            """
    }

    /// The last run that came to its end: its scores and winners.
    private var last: Markup {
        get throws {
            guard let run = runs.first(where: { $0.status == .completed }) else { return "" }
            let view = try ShownResults(try pages.run(run.id), FormFields(""), pages)
            return """
                <h2>Last run <small><a href="/results/\(run.id.inAddress)">run \(Words.short(run.id))</a>, suite \(run.suite_name), \(Words.moment(run.started_at ?? run.created_at)) UTC\(run.simulated ? ", simulated" : "")</small></h2>\
                \(ScoreCards(view: view).cards)\(BestCards(view: view).markup)
                """
        }
    }

    private var courses: Markup {
        get throws {
            let set = FormulaSet.standard
            guard let suite = runs.first(where: { $0.status == .completed })?.suite_name,
                let metric = set.metrics.first(where: { $0.section == .result && $0.name == "output_tps" })
            else { return "" }
            var seen: Set<String> = []
            let series = try pages.installation.history(of: metric, in: set, model: nil, suite: suite)
                .filter { $0.points.count > 1 && seen.insert($0.model_id).inserted }.prefix(12)
            guard !series.isEmpty else { return "" }
            let rows = series.map { history -> Markup in
                let own = book.series(history.model_id, history.model_alias)
                let values = history.points.suffix(40).map(\.value)
                return """
                    <tr><th scope="row">\(own.icon)\(history.model_alias)</th><td class="l">\(history.scenario)</td><td class="l">\(Sparkline(own, Array(values), what: "\(history.model_alias), tokens per second").svg)</td>\
                    <td>\(Figure.adaptive(values.last))</td><td>\(values.count)</td></tr>
                    """
            }
            return """
                <h2>Course <small>output tokens per second, suite \(suite)</small></h2><div class="tw" tabindex="0" role="region" aria-label="Course"><table><thead><tr><th scope="col">Model</th><th scope="col" class="l">Scenario</th><th scope="col" class="l">Oldest to newest</th><th scope="col">Newest<small>tok/s</small></th><th scope="col">Runs</th></tr></thead><tbody>\(Array(rows))</tbody></table></div>
                """
        }
    }
}
