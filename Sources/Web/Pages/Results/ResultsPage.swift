import Charts
import DataFolder
import Formulas
import Hummingbird
import Results
import Runs

/// The Results page of one run.
struct ResultsPage {
    var view: ShownResults
    var history: [History]
    /// The run's neighbours, to compare it with.
    var others: [RunRow]
    /// Names of the sets that there are.
    var sets: [String]
    var verified: VerifiedLog?

    var page: Page {
        let isRunning = view.run.status == .running
        return Page(
            "Results · run \(Words.short(view.run.id))", at: .results, refresh: isRunning ? 3 : nil,
            """
            \(notes)\(heading)\(provenance)\(ScoreCards(view: view).markup)\(BestCards(view: view).markup)\
            \(ComparisonTable(view: view).markup)\(ResultCharts(view: view, history: history).markup)\(environment)
            """)
    }

    private var notes: Markup {
        var notes: [Markup] = []
        let run = view.run
        if run.simulated {
            notes.append(
                "<p class=\"note s\" role=\"note\"><b>Simulated.</b> A simulator was measured, not a model: its speed is a setting.</p>"
            )
        }
        if let origin = run.origin {
            notes.append(
                "<p class=\"note s\" role=\"note\"><b>Imported</b> from \(origin): its requests were measured there.</p>"
            )
        }
        if let reason = run.reason { notes.append("<p class=\"note b\" role=\"note\">\(reason)</p>") }
        if run.status == .running {
            notes.append(
                "<p class=\"note g\" role=\"note\">This run goes on: <a href=\"/benchmarks/runs/\(run.id.inAddress)\">watch it</a>. What is here is what was measured so far.</p>"
            )
        }
        return notes.joined()
    }

    private var heading: Markup {
        let run = view.run
        let took = run.seconds.map { " · took \(Words.duration($0))" } ?? ""
        return """
            <div class="hd"><div><h1>Run <span title="\(run.id)">\(Words.short(run.id))</span></h1>\
            <p class="meta">suite <a href="/suites/\(run.suite_name.inAddress)"><b>\(run.suite_name)</b></a> \(run.suite_version) · \
            \(Words.counted(run.phases.count, "model", "models")) × \(Words.counted(run.scenarios.count, "scenario", "scenarios")) · \(run.loadInWords) · \
            \(Words.moment(run.started_at ?? run.created_at)) UTC\(took) · \(run.statusMark)</p></div>\(choices)</div>
            """
    }

    /// Runs that can be chosen from; the others are in the list of all.
    private static let runsOffered = 40

    private var choices: Markup {
        let run = view.run
        let near = others.prefix(Self.runsOffered) + others.dropFirst(Self.runsOffered).filter { $0.id == run.id }
        let runs = near.map { other -> Markup in
            let chosen: Markup = other.id == run.id ? " selected" : ""
            return
                "<option value=\"\(other.id)\"\(chosen)>\(Words.short(other.id)) · \(other.suite_name) · \(Words.moment(other.created_at))</option>"
        }
        let levels = view.levels
        let level: Markup? =
            levels.count > 1 ? select("Load", "load", levels, view.level, all: "all \(levels.count)") : nil
        let scenario: Markup? =
            run.scenarios.count > 1
            ? select("Scenario", "scenario", run.scenarios, view.scenario, all: "all \(run.scenarios.count)") : nil
        return """
            <form action="/results" method="get"><label>Run <select name="run">\(Array(runs))</select></label>\(scenario)\(level)\
            \(select("Formulas", "formulas", sets, view.set.name, all: nil))<button>Show</button></form>
            """
    }

    private func select(_ title: String, _ name: String, _ values: [String], _ chosen: String?, all: String?) -> Markup
    {
        let every: Markup? = all.map { "<option value=\"\">\($0)</option>" }
        let options = values.map { value -> Markup in
            "<option\(value == chosen ? " selected" : "" as Markup)>\(value)</option>"
        }
        return "<label>\(title) <select name=\"\(name)\">\(every)\(options)</select></label>"
    }

    private var provenance: Markup {
        let run = view.run
        let id = run.id.inAddress
        let other = FormulaSet.stored.first { $0.name != view.set.name }
        let others: Markup? = other.map { set in
            " <a href=\"\(view.address(["formulas": set.name]))\">See with \(set.name)</a> ·"
        }
        let proof: Markup =
            verified.map { $0.sentence }
            ?? "<a href=\"/audit/verify\">verify the log</a>"
        return """
            <p class="prov">Computed from events <a href="/audit?from=\(run.first_position)&amp;stream=run-\(id)"><b>\(Figure.count(run.first_position))–\(Figure.count(run.last_position))</b></a> \
            with formulas <a href="/formulas/\(view.set.name)">\(view.set.name)</a>\(view.set.name == run.formula_set ? " (current)" : "") ·\(others) \
            \(proof) · <a href="/results/\(id)/samples">raw samples</a> · <a href="/compare?after=\(id)">compare</a> · <a href="/replay/\(id)">replay</a> · <a href="/recompute?run=\(id)">recompute</a> · \
            Export <a href="/api/benchmarks/runs/\(id)/export/json" download>JSON</a> <a href="/api/benchmarks/runs/\(id)/export/csv" download>CSV</a> \
            <a href="/audit/export?stream=run-\(id)" download>events</a></p>
            """
    }

    private var environment: Markup {
        let run = view.run
        var facts: [(String, Markup)] = []
        if let hardware = run.hardware_info {
            let parts: [String?] = [
                hardware.cpu.brand, hardware.cpu.cores.map { "\($0) cores" }, hardware.memory.total,
                hardware.gpu?.model,
                [hardware.os.distro, hardware.os.release].compactMap(\.self).joined(separator: " "),
            ]
            facts.append(("Machine", "\(parts.compactMap(\.self).filter { !$0.isEmpty }.joined(separator: " · "))"))
        }
        if let version = run.software_version { facts.append(("Measured by", "\(version)")) }
        for phase in run.phases {
            let place = phase.endpoint.map { "\(phase.backend) \($0)" } ?? phase.backend
            facts.append((phase.alias, "<code>\(phase.model_name)</code>, served by \(place)"))
        }
        let sources = Set(view.results.compactMap(\.row.token_source)).sorted()
        if !sources.isEmpty {
            facts.append(
                (
                    "Tokens",
                    sources == ["server_usage"]
                        ? "as the server counts them" : "counted by \(sources.joined(separator: ", "))"
                ))
        }
        let limited = view.results.compactMap { result in
            result.row.client_limited.map { "\(result.row.model_alias), \(result.row.scenario): \($0)" }
        }
        let warnings = (run.warnings + limited).map { "<p class=\"note w\">\($0)</p>" as Markup }
        let rows = facts.map { "<dt>\($0.0)</dt><dd>\($0.1)</dd>" as Markup }
        return "<h2>Environment</h2>\(warnings)<div class=\"card\"><dl class=\"facts\">\(rows)</dl></div>"
    }
}
