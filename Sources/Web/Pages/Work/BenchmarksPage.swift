import Benchmarking
import Charts
import DataFolder
import Models
import Runs

/// Where a run is put together: suite, scenarios, models, load.
struct BenchmarksPage {
    var suites: [Suite]
    var suite: Suite?
    var models: [ModelRow]
    var runs: [RunRow]
    var schedules: [ScheduleRow]
    /// What was filled in, when it could not be taken; empty for a new form.
    var fields: FormFields
    /// Why it could not be taken.
    var problem: String?
    var book: SeriesBook

    /// Runs that are listed.
    private static let recent = 25

    var page: Page {
        let note: Markup? = problem.map { "<p class=\"note b\" role=\"alert\">\($0)</p>" }
        let going: Markup? = runs.first { $0.status == .running }.map {
            "<p class=\"note g\" role=\"note\">● Run <a href=\"/benchmarks/runs/\($0.id.inAddress)\">\(Words.short($0.id))</a> is going on. Another one can begin when it is over.</p>"
        }
        return Page(
            "Benchmarks", at: .benchmarks,
            """
            <h1>Benchmarks</h1>\(note)\(going)\(form)<h2>Recent runs</h2>\(RunTable(runs: Array(runs.prefix(Self.recent))).markup)\(repeated)
            """)
    }

    private var form: Markup {
        guard let suite else {
            return
                "<p class=\"note w\">No suite was found. Suites are JSON files; <a href=\"/suites\">see which folders are looked in</a>.</p>"
        }
        let tabs = suites.map { other -> Markup in
            let current: Markup = other.name == suite.name ? " aria-current=\"true\"" : ""
            return "<a href=\"/benchmarks?suite=\(other.name.inAddress)\"\(current)>\(other.name)</a>"
        }
        return """
            <h2>Start a run</h2><p class="tabs" role="group" aria-label="Suite">\(tabs)<a href="/suites">look into them</a></p><p class="sm">\(suite.description)</p>\
            <form method="post" action="/benchmarks"><input type="hidden" name="suiteName" value="\(suite.name)"><div class="cards two">\(scenarioChoice(suite))\(modelChoice)</div>\
            <div class="stack">\(load(suite.defaults))\(goals)\(requests(suite.defaults))\(more)\(trace)</div><p class="acts stack"><button class="go"\(models.isEmpty ? " disabled" as Markup : "")>Start the run</button></p></form>
            """
    }

    private func scenarioChoice(_ suite: Suite) -> Markup {
        let chosen = Set(fields.all("scenario"))
        let boxes = suite.scenarios.map { scenario -> Markup in
            let isChosen = chosen.isEmpty || chosen.contains(scenario.name)
            return
                "<label class=\"c\"><input type=\"checkbox\" name=\"scenario\" value=\"\(scenario.name)\"\(isChosen ? " checked" as Markup : "")>\(scenario.name)</label>"
        }
        return
            "<fieldset><legend>Scenarios</legend><label class=\"c\" hidden><input type=\"checkbox\" data-all><b>All</b></label>\(boxes)</fieldset>"
    }

    private var modelChoice: Markup {
        guard !models.isEmpty else {
            return
                "<fieldset><legend>Models</legend><p>None is registered. <a href=\"/models/available\">Add one that is served here</a>.</p></fieldset>"
        }
        let chosen = Set(fields.all("model"))
        let boxes = models.map { model -> Markup in
            let isChosen = chosen.contains(model.id) || chosen.isEmpty && model.status == .running
            return """
                <label class="c"><input type="checkbox" name="model" value="\(model.id)"\(isChosen ? " checked" as Markup : "")>\(book.series(model.id, model.alias).icon)\(model.alias) <small>\(model.status.rawValue), \(model.backend)</small></label>
                """
        }
        return
            "<fieldset><legend>Models</legend><label class=\"c\" hidden><input type=\"checkbox\" data-all><b>All</b></label>\(boxes)</fieldset>"
    }

    private func field(_ name: String, _ title: String, _ hint: String) -> Markup {
        "<label class=\"f\">\(title)<input name=\"\(name)\" value=\"\(fields[name] ?? "")\" placeholder=\"\(hint)\"></label>"
    }

    private func choice(_ name: String, _ title: String, _ choices: [(value: String, text: String)]) -> Markup {
        let options = choices.map { value, text -> Markup in
            "<option value=\"\(value)\"\(fields[name] == value ? " selected" as Markup : "")>\(text)</option>"
        }
        return "<label class=\"f\">\(title)<select name=\"\(name)\">\(options)</select></label>"
    }

    /// Every shape of load; what is left empty is as the suite has it.
    private func load(_ settings: RunSettings) -> Markup {
        """
        <fieldset><legend>Load</legend><p class="sm">Fill in one of the two: so many requests in flight at once, or so many started per second. Several levels with commas are measured one after another. Or have a sweep choose the levels, to find the most load that keeps to the limits below. What is left empty is as the suite has it.</p><div class="fields">\
        \(field("concurrency", "In flight (closed loop)", "1–1024, e.g. 1,4,16"))\(field("rate", "Requests/s (open loop)", "0.001–10000, e.g. 0.5,1,2"))\
        \(choice("arrivals", "Starts, in an open loop", [("", "as the suite has it"), ("poisson", "Poisson"), ("constant", "evenly spaced")]))\(field("max_in_flight", "Most in flight, open loop", "\(settings.maxInFlight)"))\
        \(field("ramp_s", "Ramp, s", "none, 0.001–86400"))\(choice("sweep", "Sweep", [("", "no"), ("rate", "over requests/s"), ("concurrency", "over requests in flight")]))\
        \(field("sweep_levels", "Levels of a sweep, at most", "\(Sweep.usualLevels), 2–100"))\(choice("connect", "Connections", [("", "as the suite has it"), ("reused", "kept"), ("fresh", "new for each request")]))</div></fieldset>
        """
    }

    /// What requests are to keep to, and how precise the figures are to be.
    private var goals: Markup {
        """
        <fieldset><legend>Limits and precision</legend><p class="sm">A request that keeps to every limit is good; a sweep looks for the most load at which the share of these is reached.</p><div class="fields">\
        \(field("slo_ttft_ms", "TTFT at most, ms", "none, e.g. 300"))\(field("slo_tpot_ms", "TPOT at most, ms", "none, e.g. 50"))\(field("slo_latency_ms", "Latency at most, ms", "none, e.g. 5000"))\
        \(field("slo_share", "Share that keeps to them, %", "95, 1–100"))\(field("min_precision", "Go on until ± is at most, %", "never, 0.1–50"))\(field("max_iterations", "But at most so many requests", "1000, up to 100000"))</div></fieldset>
        """
    }

    /// A public trace in place of the suite; open when something was filled in.
    private var trace: Markup {
        """
        <fieldset><legend>Trace</legend><details\(fields["trace"] == nil ? "" : " open" as Markup)><summary>Make the requests of a trace, in place of the suite's</summary>\
        <p class="sm">A line of JSON for each, with <code>timestamp</code>, <code>input_length</code> and <code>output_length</code>. They start when it says, with prompts of the lengths that it says; load levels, sweep, ramp and scenarios are not for it.</p>\
        <label class="f">Lines<textarea name="trace" spellcheck="false">\(fields["trace"] ?? "")</textarea></label><div class="fields">\(field("trace_name", "Its name", "trace"))\
        \(choice("trace_unit", "Timestamps count", [("", "s where one has a fraction, else ms"), ("ms", "milliseconds"), ("s", "seconds")]))\(field("trace_speed", "Speed", "1, 0.001–1000"))</div></details></fieldset>
        """
    }

    private func requests(_ settings: RunSettings) -> Markup {
        """
        <fieldset><legend>Requests</legend><div class="fields">\(field("iterations", "Measured, per scenario and level", "\(settings.iterations), 1–100000"))\(field("duration_s", "Or for how long, s", "1–86400"))\
        \(field("warmup", "Warm-up before", "\(settings.warmup), 0–10000"))\(field("cooldown", "Cool-down behind", "\(settings.cooldown), 0–10000"))\
        \(field("timeout_s", "Time limit, s", "\(Figure.number(settings.timeout / .seconds(1), digits: 0)), 0.1–3600"))\(field("first_token_timeout_s", "Limit to the first token, s", "none"))\
        \(field("max_tokens", "Most output tokens", "as the scenarios have it"))\(field("temperature", "Temperature", "\(settings.temperature.map { Figure.adaptive($0) } ?? "the server's"), 0–2"))\(field("seed", "Seed", "none"))\
        \(choice("streaming", "Answers", [("", "as the suite has it"), ("true", "streamed"), ("false", "whole")]))\(choice("cache", "The server's prompt cache", [("", "as the suite has it"), ("defeat", "defeated"), ("keep", "kept")]))</div></fieldset>
        """
    }

    private var more: Markup {
        """
        <fieldset><legend>Run</legend><div class="fields">\(field("parallel_models", "Models at once", "1, 1–64"))\(choice("unload_between", "Unload between models", [("", "no"), ("true", "yes")]))\
        \(field("restart_on_failure", "Restarts of a server that stops", "0, 0–100"))\(choice("keep_output", "Keep the answers' texts", [("", "as the suite has it"), ("true", "yes"), ("false", "no")]))\
        \(field("every_min", "Repeat every, minutes", "never"))\(field("label", "Label", "none"))</div></fieldset>
        """
    }

    private var repeated: Markup {
        guard !schedules.isEmpty else { return "" }
        let rows = schedules.map { schedule -> Markup in
            let end: Markup =
                schedule.status == .active
                ? "<form class=\"in\" method=\"post\" action=\"/schedules/\(schedule.id.inAddress)/end\"><button>End it</button></form>"
                : "ended: \(schedule.reason ?? "")"
            return """
                <tr><th scope="row">\(Words.short(schedule.id))</th><td class="l">\(schedule.suite_name)</td><td class="l">\(schedule.model_aliases.joined(separator: ", "))</td><td>\(Words.duration(Double(schedule.every) / 1000))</td><td>\(schedule.runs)</td><td class="l">\(end)</td></tr>
                """
        }
        return """
            <h2>Schedules</h2><div class="tw" tabindex="0" role="region" aria-label="Schedules"><table><thead><tr><th scope="col">Schedule</th><th scope="col" class="l">Suite</th><th scope="col" class="l">Models</th><th scope="col">Every</th><th scope="col">Runs</th><td></td></tr></thead><tbody>\(rows)</tbody></table></div>
            """
    }
}

extension FormFields {
    /// The form as the body of `POST /api/benchmarks/run`.
    ///
    /// - Throws: `Problem` naming the field that is no number.
    func order() throws -> [String: Any] {
        var order: [String: Any] = [
            "modelIds": all("model"), "config": try settings(), "label": self["label"] ?? "",
        ]
        guard let text = self["trace"] else {
            order["suiteName"] = self["suiteName"] ?? ""
            order["selectedScenarios"] = all("scenario")
            return order
        }
        var trace: [String: Any] = ["text": text]
        for (field, name) in [("trace_name", "name"), ("trace_unit", "unit")] { trace[name] = self[field] }
        trace["speed"] = try self["trace_speed"].map { try number($0, "speed") }
        order["trace"] = trace
        return order
    }

    private func settings() throws -> [String: Any] {
        var config: [String: Any] = [:]
        for name in [
            "iterations", "warmup", "cooldown", "max_tokens", "temperature", "seed", "parallel_models",
            "restart_on_failure", "max_in_flight", "sweep_levels", "max_iterations",
        ] {
            if let text = self[name] { config[name] = try number(text, name) }
        }
        for name in ["concurrency", "rate"] {
            if let text = self[name] {
                config[name] = try text.split(separator: ",").map { try number(String($0), name) }
            }
        }
        // People say seconds and minutes, programs milliseconds.
        for (field, name, factor) in [
            ("duration_s", "duration", 1000.0), ("ramp_s", "ramp", 1000), ("timeout_s", "timeout", 1000),
            ("first_token_timeout_s", "first_token_timeout", 1000), ("every_min", "every", 60_000),
        ] {
            if let text = self[field] { config[name] = Int((try decimal(text, name) * factor).rounded()) }
        }
        if let text = self["min_precision"] { config["min_precision"] = try decimal(text, "min_precision") / 100 }
        var objective: [String: Any] = [:]
        for name in ["ttft", "tpot", "latency"] {
            if let text = self["slo_\(name)_ms"] { objective[name] = try decimal(text, "slo.\(name)") }
        }
        if let text = self["slo_share"] { objective["share"] = try decimal(text, "slo.share") / 100 }
        if !objective.isEmpty { config["slo"] = objective }
        for name in ["arrivals", "cache", "sweep", "connect"] { if let text = self[name] { config[name] = text } }
        for name in ["streaming", "keep_output", "unload_between"] {
            if let text = self[name] { config[name] = text == "true" }
        }
        return config
    }

    private func number(_ text: String, _ name: String) throws -> Any {
        try Int(text.trimmed) ?? decimal(text, name)
    }

    private func decimal(_ text: String, _ name: String) throws -> Double {
        guard let number = Double(text.trimmed), number.isFinite, abs(number) < 1e9 else {
            throw Problem.badRequest("'\(name)' must be a number, found '\(text)'.")
        }
        return number
    }
}

extension String {
    fileprivate var trimmed: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
