import Charts
import DataFolder
import Results
import Runs

/// How far a run has come, and what it has measured so far.
struct RunProgress {
    var detail: RunDetail
    var book: SeriesBook

    var markup: Markup {
        let run = detail.run
        let share = run.progress.map { Double($0) }
        let planned = run.planned_samples.map { " of \(Figure.count($0))" } ?? ""
        let failed: Markup? =
            run.failed_samples > 0 ? " · <span class=\"warn\">⚠ \(Figure.count(run.failed_samples)) failed</span>" : nil
        let bar: Markup? = share.map { meter($0, style: "mb p") }
        return """
            <div class="card"><p><b>\(run.statusMark)</b> · \(Figure.count(run.samples))\(planned) requests\(share.map { " · \(Figure.number($0, digits: 0)) %" } ?? "")\(failed)</p>\
            \(bar)<div class="cards" id="phases">\(run.phases.map(phase))</div></div>\(results)
            """
    }

    private func phase(_ phase: PhaseRow) -> Markup {
        let state: Markup =
            switch phase.status {
            case .waiting: "<span class=\"mut\">waiting</span>"
            case .running: "<span class=\"live\">● measuring</span>"
            case .completed: "<span class=\"ok\">✓ done</span>"
            case .failed: "<span class=\"bad\">✕ failed</span>"
            case .skipped: "<span class=\"warn\">skipped</span>"
            }
        let reason: Markup? = phase.reason.map { "<p class=\"sm bad\">\($0)</p>" }
        return """
            <div><h2 class="t">\(book.series(phase.model_id, phase.alias).icon)\(phase.alias)</h2><p class="sm">\(state)</p>\(reason)</div>
            """
    }

    private var results: Markup {
        guard !detail.results.isEmpty else { return "" }
        let rows = detail.results.map { row -> Markup in
            """
            <tr><th scope="row">\(book.series(row.model_id, row.model_alias).icon)\(row.model_alias)</th><td class="l">\(row.scenario)</td><td class="l">\(row.levelName)</td><td>\(Figure.number(row.total_iterations, digits: 0))</td>\
            <td>\(Figure.adaptive(row.tps))</td><td>\(Figure.adaptive(row.ttft))</td><td>\(Figure.adaptive(row.tpot))</td><td>\(Figure.adaptive(row.latency_p50))</td><td>\(Figure.number(row.error_rate))</td></tr>
            """
        }
        return """
            <h2>So far</h2><div class="tw" tabindex="0" role="region" aria-label="Results so far"><table><thead><tr><th scope="col">Model</th><th scope="col" class="l">Scenario</th><th scope="col" class="l">Load</th><th scope="col">Requests</th>\
            <th scope="col">TPS<small>tok/s</small></th><th scope="col">TTFT<small>ms</small></th><th scope="col">TPOT<small>ms</small></th><th scope="col">P50<small>ms</small></th><th scope="col">Errors<small>%</small></th></tr></thead><tbody>\(rows)</tbody></table></div>
            """
    }
}

/// Runs as rows of a table, with what can be done with each.
struct RunTable {
    var runs: [RunRow]

    var markup: Markup {
        guard !runs.isEmpty else { return "<p class=\"mut\">No run yet.</p>" }
        let rows = runs.map { run -> Markup in
            """
            <tr><th scope="row"><a href="\(run.status == .running ? "/benchmarks/runs" : "/results")/\(run.id.inAddress)">\(Words.short(run.id))</a></th><td class="l">\(run.statusMark)</td><td class="l">\(run.suite_name)</td><td class="w">\(run.model_aliases.joined(separator: ", "))</td>\
            <td class="w">\(run.loadInWords)</td><td>\(Figure.count(run.samples))</td><td class="l">\(Words.moment(run.started_at ?? run.created_at))</td><td>\(run.seconds.map(Words.duration) ?? "—")</td><td class="l"><a href="/benchmarks/runs/\(run.id.inAddress)">manage</a></td></tr>
            """
        }
        return """
            <div class="tw" tabindex="0" role="region" aria-label="Runs"><table><thead><tr><th scope="col">Run</th><th scope="col" class="l">State</th><th scope="col" class="l">Suite</th><th scope="col" class="l">Models</th><th scope="col" class="l">Load</th><th scope="col">Requests</th>\
            <th scope="col" class="l">Started, UTC</th><th scope="col">Took</th><td></td></tr></thead><tbody>\(rows)</tbody></table></div>
            """
    }
}
