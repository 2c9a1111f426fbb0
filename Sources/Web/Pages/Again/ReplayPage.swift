import Charts
import DataFolder
import Hummingbird
import NIOCore
import Runs
import ServiceLifecycle
import Synchronization

/// A run played again from its events, at any speed.
struct ReplayPage {
    var detail: RunDetail
    /// As `ReplaySpeed` takes it; nil before it was chosen.
    var speed: String?
    var book: SeriesBook

    var page: Page {
        let run = detail.run
        let id = run.id.inAddress
        let speeds = ["1", "10", "60", "600", "max"].map { value -> Markup in
            let name = value == "max" ? "as fast as it goes" : "\(value)×"
            return "<option value=\"\(value)\"\(value == (speed ?? "60") ? " selected" as Markup : "")>\(name)</option>"
        }
        let live: Markup? = speed.map { "data-live=\"/replay/\(id)/live?speed=\($0.inAddress)\" data-once" }
        let part: Markup =
            speed == nil
            ? "<p class=\"mut\">Choose a speed, and play.</p>"
            : "<noscript><p>Without script a replay can't be watched; this is where it comes to:</p>\(RunProgress(detail: detail, book: book).markup)</noscript>"
        return Page(
            "Replay of run \(Words.short(run.id))", at: .results,
            """
            <p class="sm"><a href="/results/\(id)">Run \(Words.short(run.id))</a></p><div class="hd"><div><h1>Replay</h1><p class="meta">Run \(Words.short(run.id)) built anew from its events alone, each when its time has come\(run.seconds.map { "; it took \(Words.duration($0))" } ?? "").</p></div>\
            <form method="get" action="/replay/\(id)"><label>Speed <select name="speed">\(speeds)</select></label><button class="go">Play</button></form></div><section aria-label="Replay" aria-live="off" \(live)>\(part)</section>
            """)
    }
}

func addReplayPages(to router: Router<BasicRequestContext>, _ pages: Pages) {
    let installation = pages.installation

    router.page("/replay/:run") { fields, context in
        let detail = try pages.run(try context.part("run"))
        try installation.requireOwn(detail.run)
        if let text = fields["speed"], ReplaySpeed(text) == nil {
            throw Problem.badRequest("'speed' must be max, or a number above 0, found '\(text)'.")
        }
        return ReplayPage(detail: detail, speed: fields["speed"], book: try pages.series()).page
    }
    router.get("/replay/:run/live") { request, context in
        let run = try pages.run(try context.part("run")).run
        let text = FormFields(query: request)["speed"] ?? "60"
        guard let speed = ReplaySpeed(text) else {
            throw Problem.badRequest("'speed' must be max, or a number above 0, found '\(text)'.")
        }
        let book = try pages.series()
        return try pages.live.events { send in
            let replay = try RunReplay(of: run, in: installation)
            defer { replay.close() }
            let clock = ContinuousClock()
            var shown = clock.now - LiveParts.interval
            var last: ReplayStep?
            func show(_ step: ReplayStep) async throws {
                let part = try await replay.at(step.position) { past -> Markup? in
                    try past.run(run.id).value.map { RunProgress(detail: $0, book: book).markup }
                }
                let words = step.inWords.map { " · \($0)" } ?? ""
                let head: Markup =
                    "<p class=\"meta\">\(Words.duration(step.at / .seconds(1))) after the start · event <a href=\"/events/\(step.position)\">\(step.position)</a>\(words)</p>"
                try await send("part", "\(head)\(part)")
            }
            try await replay.play(speed) { step in
                try Task.checkCancellation()
                last = step
                // Nobody sees more than a few pictures a second.
                guard clock.now - shown >= LiveParts.interval else { return }
                shown = clock.now
                try await show(step)
            }
            if let last { try await show(last) }
            let differences = try await replay.differences()
            let verdict: Markup =
                differences.isEmpty
                ? "<p class=\"note g\">✓ What the events come to is what the tables have, row by row.</p>"
                : "<p class=\"note b\">✕ \(Words.counted(differences.count, "row differs", "rows differ")) from the tables: run <code>flperf rebuild</code>.</p>"
            try await send("verdict", verdict)
        }
    }
}
