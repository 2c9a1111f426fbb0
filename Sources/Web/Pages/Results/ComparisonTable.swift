import Charts
import Formulas
import Results

/// Every result with its figures, sorted by any of them; each figure leads to where it comes from.
struct ComparisonTable {
    var view: ShownResults

    /// A column of figures.
    struct Column: Sendable {
        /// The original's name of it: what `sort` takes.
        var name: String
        var title: String
        var unit: String
        var path: KeyPath<ResultRow, Double?> & Sendable
        /// Whether a first click sorts from the largest on.
        var better: FormulaSet.Direction
    }

    static let columns = [
        Column(name: "tps", title: "TPS", unit: "tok/s", path: \.tps, better: .higher),
        Column(name: "ttft", title: "TTFT", unit: "ms", path: \.ttft, better: .lower),
        Column(name: "tpot", title: "TPOT", unit: "ms", path: \.tpot, better: .lower),
        Column(name: "gen_tps", title: "Gen TPS", unit: "tok/s", path: \.gen_tps, better: .higher),
        Column(name: "latency_p50", title: "P50", unit: "ms", path: \.latency_p50, better: .lower),
        Column(name: "latency_p95", title: "P95", unit: "ms", path: \.latency_p95, better: .lower),
        Column(name: "latency_p99", title: "P99", unit: "ms", path: \.latency_p99, better: .lower),
        Column(name: "error_rate", title: "Errors", unit: "%", path: \.error_rate, better: .lower),
        Column(name: "timeout_rate", title: "Timeouts", unit: "%", path: \.timeout_rate, better: .lower),
    ]

    private var hasScenarios: Bool { view.run.scenarios.count > 1 }
    private var hasLevels: Bool { view.levels.count > 1 }
    private var hasTimeouts: Bool { view.results.contains { ($0.row.timeout_rate ?? 0) > 0 } }
    private var columns: [Column] { Self.columns.filter { $0.name != "timeout_rate" || hasTimeouts } }

    private var sorted: [ResultDetail] {
        let name = view.sort.map { $0.hasPrefix("-") ? String($0.dropFirst()) : $0 }
        guard let column = Self.columns.first(where: { $0.name == name }) else { return view.results }
        let isFalling = view.sort?.hasPrefix("-") == true
        return view.results.sorted { first, second in
            // Those without a figure come last, whichever way it goes.
            switch (first.row[keyPath: column.path], second.row[keyPath: column.path]) {
            case (let a?, let b?): isFalling ? a > b : a < b
            case (_?, nil): true
            default: false
            }
        }
    }

    var markup: Markup {
        guard !view.results.isEmpty else {
            return
                "<h2>Comparison</h2><p class=\"mut\">No request was recorded\(view.run.status == .running ? " yet" : "").</p>"
        }
        let scenario: Markup? = hasScenarios ? "<th scope=\"col\" class=\"l\">Scenario</th>" : nil
        let level: Markup? = hasLevels ? "<th scope=\"col\" class=\"l\">Load</th>" : nil
        return """
            <h2>Comparison <small>± reaches to the farther end of the 95 % interval; a dash is a figure that too few requests tell</small></h2>\
            <div class="tw" tabindex="0" role="region" aria-label="Comparison"><table><thead><tr><th scope="col">Model</th>\(scenario)\(level)\(columns.map(heading))\
            <th scope="col">Requests</th></tr></thead><tbody>\(sorted.map(row))</tbody></table></div>
            """
    }

    private func heading(_ column: Column) -> Markup {
        let falls = column.better == .higher
        let first = falls ? "-\(column.name)" : column.name
        let other = falls ? column.name : "-\(column.name)"
        let isFirst = view.sort == first
        let isSorted = isFirst || view.sort == other
        let isFalling = view.sort?.hasPrefix("-") == true
        let sign = isSorted ? (isFalling ? " ▾" : " ▴") : ""
        let told: Markup = isSorted ? " aria-sort=\"\(isFalling ? "descending" : "ascending")\"" : ""
        return """
            <th scope="col"\(told)><a href="\(view.address(["sort": isFirst ? other : first]))">\(column.title)\(sign)<small>\(column.unit)</small></a></th>
            """
    }

    private func row(_ result: ResultDetail) -> Markup {
        let row = result.row
        let series = view.series(of: row)
        let scenario: Markup? =
            hasScenarios
            ? "<td class=\"l\"><a href=\"\(view.address(["scenario": row.scenario]))\">\(row.scenario)</a></td>" : nil
        let level: Markup? = hasLevels ? "<td class=\"l\">\(row.levelName)</td>" : nil
        let limit: Markup? = row.client_limited.map { " <span class=\"warn\" title=\"\($0)\">⚠ client</span>" }
        return """
            <tr><th scope="row">\(series.icon)\(row.model_alias)\(limit)</th>\(scenario)\(level)\(columns.map { cell($0, result) })\
            <td><a class="fig" href="\(Web.address(of: row, in: view.run))">\(Figure.number(row.total_iterations, digits: 0))</a></td></tr>
            """
    }

    private func cell(_ column: Column, _ result: ResultDetail) -> Markup {
        let row = result.row
        guard let value = row[keyPath: column.path] else { return "<td class=\"mut\">—</td>" }
        let isFailure = column.unit == "%"
        let figure = isFailure ? Figure.number(value, digits: 1) : Figure.adaptive(value)
        let reach: Markup? = Figure.reach(value, result.intervals[column.name]).map { " <small>\($0)</small>" }
        let metric = row.metric(of: column.name, from: view.set.name, names: view.set.columns)
        let query = view.set.name == view.run.formula_set ? "" : "?formulas=\(view.set.name.inAddress)"
        let address = "\(Web.address(of: row, in: view.run))/\(metric)\(query)"
        let marked: Markup = isFailure && value > 0 ? "<span class=\"warn\">⚠ \(figure)</span>" : "\(figure)"
        return "<td><a class=\"fig\" href=\"\(address)\">\(marked)</a>\(reach)</td>"
    }
}
