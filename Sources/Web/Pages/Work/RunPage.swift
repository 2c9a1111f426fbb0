import Charts
import DataFolder
import Logs
import Runs

/// One run while it goes on, and what can be done with it.
struct RunPage {
    var detail: RunDetail
    var logs: [LogRow]
    var book: SeriesBook

    var page: Page {
        let run = detail.run
        let isRunning = run.status == .running
        let live: Markup = isRunning ? " data-live=\"/benchmarks/runs/\(run.id.inAddress)/live\"" : ""
        return Page(
            "Run \(Words.short(run.id))", at: .benchmarks, refresh: isRunning ? 2 : nil,
            """
            <div class="hd"><div><h1>Run <span title="\(run.id)">\(Words.short(run.id))</span></h1><p class="meta">suite <a href="/suites/\(run.suite_name.inAddress)">\(run.suite_name)</a> · \(run.scenarios.joined(separator: ", ")) · \(run.loadInWords) · \(Words.moment(run.started_at ?? run.created_at, seconds: true)) UTC</p></div>\
            <div class="acts">\(actions)</div></div>\(reason)<section aria-label="Progress" aria-live="polite"\(live)>\(RunProgress(detail: detail, book: book).markup)</section>\(LogTable(rows: logs).markup)
            """)
    }

    private var actions: Markup {
        let run = detail.run
        let base = "/benchmarks/runs/\(run.id.inAddress)"
        if run.status == .running {
            return """
                <form class="in" method="post" action="\(base)/cancel"><button>Cancel the run</button></form><a href="/results/\(run.id.inAddress)">Results so far</a>
                """
        }
        return """
            <a href="/results/\(run.id.inAddress)">Results</a><a href="/compare?after=\(run.id.inAddress)">Compare</a>\
            <details><summary>Delete</summary><form class="in" method="post" action="\(base)/delete"><p class="sm">It disappears from every list and figure; the log keeps it.</p><button>Delete the run</button></form></details>
            """
    }

    private var reason: Markup {
        guard let reason = detail.run.reason else { return "" }
        return "<p class=\"note b\">\(reason)</p>"
    }
}

/// Lines of the product's log.
struct LogTable {
    var rows: [LogRow]

    var markup: Markup {
        guard !rows.isEmpty else { return "" }
        let lines = rows.map { row -> Markup in
            let level: Markup =
                switch row.level {
                case "error": "<span class=\"bad\">✕ error</span>"
                case "warn": "<span class=\"warn\">⚠ warn</span>"
                default: "<span class=\"mut\">\(row.level)</span>"
                }
            return """
                <tr><th scope="row"><a href="/events/\(row.id)">\(row.id)</a></th><td class="l">\(Words.moment(row.created_at, seconds: true))</td><td class="l">\(level)</td><td class="w">\(row.message)</td></tr>
                """
        }
        return """
            <h2>What happened</h2><div class="tw" tabindex="0" role="region" aria-label="What happened"><table><thead><tr><th scope="col">Event</th><th scope="col" class="l">When, UTC</th><th scope="col" class="l">Level</th><th scope="col" class="l">Message</th></tr></thead><tbody>\(lines)</tbody></table></div>
            """
    }
}
