import Charts
import DataFolder
import Formulas
import Foundation
import Hummingbird
import Results
import Runs

/// One figure, and all that it comes from: its formula, the requests, and for each of these its event.
struct FigurePage {
    var run: RunRow
    var result: ResultDetail
    var metric: FormulaSet.Metric
    var set: FormulaSet
    var requests: [EvaluatedRequest]
    var series: Series
    /// Where the set's text stands in the log; nil when it does not.
    var adopted: UInt64?

    /// Requests that are listed; the raw samples have all.
    private static let limit = 200

    var page: Page {
        let value = result.row.metrics[set.name]?[metric.name] ?? nil
        let column = set.columns.first { $0.value == metric.name }?.key ?? metric.name
        let interval = result.intervals[column] ?? result.intervals[metric.name]
        let reach: Markup? = Figure.reach(value, interval).map { " <small>\($0) (95 %)</small>" }
        return Page(
            "\(metric.name) · \(result.row.model_alias)", at: .results,
            """
            \(chain)<h1>\(metric.name)</h1><p class="meta">\(series.icon)\(result.row.model_alias) · \(result.row.scenario) · \(result.row.levelName) · \
            run <a href="/results/\(run.id.inAddress)">\(Words.short(run.id))</a></p>\
            <div class="cards two"><article class="card"><h2 class="t">Value</h2><p class="big">\(Figure.adaptive(value))<small> \(metric.unit == "1" ? "" : metric.unit)</small>\(reach)</p>\
            <p class="sm">\(metric.text)</p></article>\
            <article class="card"><h2 class="t">Formula</h2><pre>\(FormulaText.linked(metric.expression, in: set))</pre>\(origin)</article></div>\(samples)
            """)
    }

    private var chain: Markup {
        """
        <ol class="chain" aria-label="From the figure to its proof"><li><a href="/results/\(run.id.inAddress)">results</a></li>\
        <li aria-current="step">the figure and its formula</li><li>its requests</li><li>a request, chunk by chunk</li><li>its event and proof</li></ol>
        """
    }

    private var origin: Markup {
        let event: Markup? = adopted.map { ", whose text is <a href=\"/events/\($0)\">event \($0)</a>" }
        return """
            <p class="sm">\(metric.name) of <a href="/formulas/\(set.name)#\(metric.section.rawValue).\(metric.name)">\(set.name)</a>\(event)<br>\
            <code>\(set.digest)</code></p><p class="sm">Computed from events \(result.row.first_position)–\(result.row.last_position).</p>
            """
    }

    private var samples: Markup {
        let columns = set.metrics.filter { $0.section == .sample && $0.unit != "flag" }
        let mentioned = FormulaText.names(in: metric.expression)
        let head = columns.map { column -> Markup in
            let marked: Markup = mentioned.contains(column.name) ? " class=\"key\"" : ""
            return
                "<th scope=\"col\"\(marked)><a href=\"/formulas/\(set.name)#sample.\(column.name)\">\(column.name)<small>\(column.unit == "1" ? "" : column.unit)</small></a></th>"
        }
        let rows = requests.prefix(Self.limit).map { evaluated -> Markup in
            let request = evaluated.request
            let cells = columns.map { column -> Markup in
                let value = evaluated.values[column.name].flatMap { $0.isNaN ? nil : $0 }
                return "<td>\(Figure.adaptive(value))</td>"
            }
            let state: Markup =
                request.failed
                ? "<span class=\"warn\">⚠ failed</span>"
                : request.isMeasured ? "" : "<span class=\"mut\">not counted: warm-up</span>"
            return """
                <tr><th scope="row"><a href="/samples/\(request.position)">#\(request.iteration + 1)</a></th>\(cells)<td class="l">\(state)</td>\
                <td><a href="/events/\(request.position)">\(request.position)</a></td></tr>
                """
        }
        let more: Markup? =
            requests.count > Self.limit
            ? "<p class=\"sm\">The first \(Self.limit) of \(Figure.count(requests.count)). <a href=\"/results/\(run.id.inAddress)/samples\">All raw samples</a>.</p>"
            : nil
        return """
            <h2>Its requests <small>\(Words.counted(requests.count, "request", "requests")), warm-up included; what the formula reads is marked</small></h2>\
            <div class="tw" tabindex="0" role="region" aria-label="Requests"><table><thead><tr><th scope="col">Request</th>\(head)<td></td><th scope="col">Event</th></tr></thead>\
            <tbody>\(Array(rows))</tbody></table></div>\(more)
            """
    }
}

/// One result with every figure of a set: the detail of a model on a scenario.
struct ResultPage {
    var run: RunRow
    var result: ResultDetail
    var set: FormulaSet
    var series: Series

    var page: Page {
        let row = result.row
        let rows = set.metrics.filter { $0.section == .result }.map { metric -> Markup in
            let value = row.metrics[set.name]?[metric.name] ?? nil
            let query = set.name == run.formula_set ? "" : "?formulas=\(set.name.inAddress)"
            return """
                <tr><th scope="row"><a href="\(address(of: row, in: run))/\(metric.name)\(query)">\(metric.name)</a></th><td>\(Figure.adaptive(value))</td>\
                <td class="l">\(metric.unit == "1" ? "" : metric.unit)</td><td class="w">\(metric.text)</td></tr>
                """
        }
        return Page(
            "\(row.model_alias) · \(row.scenario)", at: .results,
            """
            <p class="sm"><a href="/results/\(run.id.inAddress)">Run \(Words.short(run.id))</a></p>\
            <h1>\(series.icon)\(row.model_alias)</h1><p class="meta">\(row.scenario) · \(row.levelName) · \(Words.counted(row.samples, "request", "requests")) · \
            <a href="/formulas/\(set.name)">\(set.name)</a> · <a href="/results/\(run.id.inAddress)/samples?model=\(row.model_id.inAddress)&amp;scenario=\(row.scenario.inAddress)">raw samples</a></p>\
            <h2>Every figure</h2><div class="tw" tabindex="0" role="region" aria-label="Figures"><table><thead><tr><th scope="col">Figure</th><th scope="col">Value</th><th scope="col" class="l">Unit</th><th scope="col" class="l">What it says</th></tr></thead>\
            <tbody>\(rows)</tbody></table></div>
            """)
    }
}

/// Where a result is told: `/results/RUN/of/` and as much of its id as tells it from the run's others.
func address(of row: ResultRow, in run: RunRow) -> String {
    "/results/\(run.id.inAddress)/of/\(row.id.prefix(13).description.inAddress)"
}
