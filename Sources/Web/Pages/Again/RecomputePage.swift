import Charts
import DataFolder
import Formulas
import Hummingbird
import Results
import Runs

/// Other formulas over old runs: chosen or written, tried, and applied as an event.
struct RecomputePage {
    var sets: [FormulaSet]
    var runs: [RunRow]
    var applied: [RecomputationRow]
    var fields: FormFields
    /// What a dry run came to; nil before one.
    var outcome: Recomputation?
    var problem: String?
    var book: SeriesBook

    /// Figures that are shown; the digest is over all of them.
    private static let limit = 300

    var page: Page {
        let note: Markup? = problem.map { "<p class=\"note b\" role=\"alert\"><span class=\"pre\">\($0)</span></p>" }
        return Page(
            "Recompute", at: .recompute,
            """
            <h1>Recompute</h1><p class="meta">A formula that nobody had thought of, over the requests of last year. Samples are never touched: new figures stand beside the old.</p>\
            \(note)\(result)\(form)\(list)
            """)
    }

    private var form: Markup {
        let names = sets.map { set -> Markup in
            "<option\(set.name == fields["set"] ? " selected" as Markup : "")>\(set.name)</option>"
        }
        let choices = runs.filter { $0.status != .running }.prefix(200).map { run -> Markup in
            "<option value=\"\(run.id)\"\(run.id == fields["run"] ? " selected" as Markup : "")>\(Words.short(run.id)) · \(run.suite_name) · \(Words.moment(run.created_at))</option>"
        }
        return """
            <h2>Try a set</h2><form method="post" action="/recompute" class="card"><div class="fields"><label class="f">A set<select name="set"><option value="">the text below</option>\(names)</select></label>\
            <label class="f">Runs<select name="run"><option value="">all</option>\(Array(choices))</select></label></div>\
            <details\(fields["text"] == nil ? "" : " open" as Markup)><summary>Write one</summary><p class="sm">YAML, as <a href="/formulas">the built-in sets</a> are.</p><label class="f">Its text<textarea name="text" class="mono" spellcheck="false">\(fields["text"] ?? Self.example)</textarea></label></details>\
            <p class="acts stack"><button class="go">Dry run</button><span class="sm">Nothing is recorded.</span></p></form>
            """
    }

    private var result: Markup {
        guard let outcome else { return "" }
        let figures = outcome.figures(Self.limit)
        let rows = figures.map { figure -> Markup in
            let change = figure.change.map { "\($0 > 0 ? "+" : "")\(Figure.number($0 * 100, digits: 1)) %" } ?? "—"
            let rank: Markup =
                switch (figure.rank_before, figure.rank_after) {
                case (let before?, let after?) where before == after: "\(after)"
                case (let before?, let after?): "<b>\(before) → \(after)</b>"
                default: "—"
                }
            return """
                <tr><th scope="row">\(book.series(figure.model_id, figure.model_alias).icon)\(figure.model_alias)</th><td class="l"><a href="/results/\(figure.run_id.inAddress)">\(Words.short(figure.run_id))</a></td><td class="l">\(figure.scenario ?? "all")</td>\
                <td class="l">\(figure.metric) <small>\(figure.unit == "1" ? "" : figure.unit)</small></td><td>\(Figure.adaptive(figure.before))</td><td><b>\(Figure.adaptive(figure.after))</b></td><td>\(change)</td><td>\(rank)</td></tr>
                """
        }
        let kept = ["set", "run", "text"].compactMap { name in
            fields[name].map { "<input type=\"hidden\" name=\"\(name)\" value=\"\($0)\">" as Markup }
        }
        let more: Markup? =
            outcome.changed > figures.count
            ? "<p class=\"sm\">The first \(figures.count) of \(Figure.count(outcome.changed)).</p>" : nil
        return """
            <h2>\(outcome.sets.map(\.name).joined(separator: ", ")) <small>dry run, nothing recorded: \(Figure.count(outcome.changed)) figures change, \(Figure.count(outcome.unchanged)) do not, in \(Words.counted(outcome.results, "result", "results"))</small></h2>\
            <div class="tw" tabindex="0" role="region" aria-label="Before and after"><table><thead><tr><th scope="col">Model</th><th scope="col" class="l">Run</th><th scope="col" class="l">Scenario</th><th scope="col" class="l">Figure</th><th scope="col">Before</th><th scope="col">After</th><th scope="col">Change</th><th scope="col">Rank</th></tr></thead><tbody>\(rows)</tbody></table></div>\(more)\
            <form method="post" action="/recompute/apply" class="acts stack">\(kept)<input type="hidden" name="expect" value="\(outcome.digest)"><button class="go">Apply</button><span class="sm">Records these very figures as an event, by their digest <code>\(outcome.digest)</code>. The old ones stay, under the name of their set.</span></form>
            """
    }

    private var list: Markup {
        guard !applied.isEmpty else { return "" }
        let rows = applied.map { row -> Markup in
            let names = row.sets.keys.sorted()
            let links = names.map { "<a href=\"/formulas/\($0)\">\($0)</a>" as Markup }.joined(", ")
            let seen: Markup? = row.run_ids.first.flatMap { run in
                names.first.map { "<a href=\"/results/\(run.inAddress)?formulas=\($0.inAddress)\">see them</a>" }
            }
            return """
                <tr><th scope="row"><a href="/events/\(row.position)">\(row.position)</a></th><td class="l">\(Words.moment(row.applied_at))</td><td class="l">\(links)</td><td>\(row.run_ids.count)</td><td>\(row.results)</td><td class="l">\(seen)</td></tr>
                """
        }
        return """
            <h2>Applied</h2><div class="tw" tabindex="0" role="region" aria-label="Applied"><table><thead><tr><th scope="col">Event</th><th scope="col" class="l">When, UTC</th><th scope="col" class="l">Sets</th><th scope="col">Runs</th><th scope="col">Results</th><td></td></tr></thead><tbody>\(rows)</tbody></table></div>
            """
    }

    /// Something to begin with.
    private static let example = """
        set: mine
        version: 1
        filter: not warmup
        sample:
          wait:
            expr: first_content - sent
            unit: ms
            better: lower
        result:
          longest_wait:
            expr: max(wait where not failed)
            unit: ms
            better: lower
            text: The longest that anybody waited for the first token.
        """
}

func addRecomputePages(to router: Router<BasicRequestContext>, _ pages: Pages) {
    let installation = pages.installation

    @Sendable func page(_ fields: FormFields, _ outcome: Recomputation? = nil, problem: String? = nil) throws -> Page {
        RecomputePage(
            sets: try pages.knownSets(), runs: try pages.runs(),
            applied: try installation.recomputations().value, fields: fields, outcome: outcome, problem: problem,
            book: try pages.series()
        ).page
    }
    /// Evaluates what a form asks for; it may take long, so off the threads that answer.
    @Sendable func tried(_ fields: FormFields) async throws -> Recomputation {
        let set: FormulaSet
        if let name = fields["set"] {
            set = try installation.formulaSet(name)
        } else {
            do throws(FormulaError) {
                set = try FormulaSet(text: (fields["text"] ?? "").replacing("\r\n", with: "\n"), file: "text")
            } catch {
                throw Problem.badRequest(error.description)
            }
        }
        let selection = ResultSelection(runs: fields.all("run"))
        return try await pages.longWork { try installation.recompute(with: [set], over: selection) }
    }

    router.page("/recompute") { fields, _ in try page(fields) }
    for apply in [false, true] {
        router.post(apply ? "/recompute/apply" : "/recompute") { request, _ in
            let fields = FormFields(String(decoding: try await request.bytes(), as: UTF8.self))
            do {
                let outcome = try await tried(fields)
                guard apply else { return try page(fields, outcome).response() }
                _ = try await installation.apply(outcome, expecting: fields["expect"] ?? "")
                try installation.projector.catchUp()
                return Response.seeOther("/recompute")
            } catch {
                guard let problem = Problem(error) else { throw error }
                return try page(fields, problem: problem.detail).response(status: problem.status)
            }
        }
    }
}
