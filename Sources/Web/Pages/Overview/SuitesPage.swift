import Benchmarking
import Charts

/// The suites, one by one, and a place to check one.
struct SuitesPage {
    var entries: [SuiteLibrary.Entry]
    var folders: [String]

    var page: Page {
        let rows = entries.map { entry -> Markup in
            switch entry.suite {
            case .success(let suite):
                return
                    "<tr><th scope=\"row\"><a href=\"/suites/\(suite.name.inAddress)\">\(suite.name)</a></th><td class=\"l\">\(suite.version)</td><td>\(suite.scenarios.count)</td><td class=\"w\">\(suite.description)</td></tr>"
            case .failure(let error):
                return
                    "<tr><th scope=\"row\">\(entry.path.split(separator: "/").last.map(String.init) ?? "")</th><td class=\"l bad\">✕ can't be used</td><td>—</td><td class=\"w\">\(error.description)</td></tr>"
            }
        }
        return Page(
            "Suites", at: .benchmarks,
            """
            <p class="sm"><a href="/benchmarks">Benchmarks</a></p><h1>Suites</h1><p class="meta">JSON files in \(folders.joined(separator: ", ")).</p>\
            <div class="tw" tabindex="0" role="region" aria-label="Suites"><table><thead><tr><th scope="col">Suite</th><th scope="col" class="l">Version</th><th scope="col">Scenarios</th><th scope="col" class="l">What it is for</th></tr></thead><tbody>\(rows)</tbody></table></div>\
            \(Self.form("", nil))
            """)
    }

    private static func form(_ text: String, _ verdict: Markup?) -> Markup {
        """
        <h2>Check a suite</h2>\(verdict)<form method="post" action="/suites/check"><label class="f">Its text<textarea name="text" spellcheck="false" class="mono">\(text)</textarea></label><button class="go">Check</button></form>
        """
    }

    /// What came of checking a text: nothing is stored.
    static func checked(_ text: String) -> Page {
        let verdict: Markup
        do throws(SuiteError) {
            let suite = try Suite(json: Array(text.utf8), file: "suite.json") { (name) throws(SuiteError) in
                throw SuiteError.unreadable(path: name, reason: "a suite that is checked here has no files beside it")
            }
            verdict =
                "<p class=\"note g\">✓ \(suite.name) \(suite.version): \(Words.counted(suite.scenarios.count, "scenario", "scenarios")), nothing wrong with it.</p>"
        } catch {
            verdict = "<p class=\"note b\" role=\"alert\">\(error.description)</p>"
        }
        return Page(
            "Check a suite", at: .benchmarks,
            "<p class=\"sm\"><a href=\"/suites\">Suites</a></p><h1>Suites</h1>\(form(text, verdict))")
    }

    static func one(_ suite: Suite) -> Page {
        let scenarios = suite.scenarios.map { scenario -> Markup in
            let system: Markup? =
                scenario.systemPrompt.isEmpty ? nil : "<h3>System prompt</h3><pre>\(scenario.systemPrompt)</pre>"
            return """
                <article class="card"><h3>\(scenario.name)</h3><p class="sm">\(scenario.description) \(scenario.maxTokens.map { "At most \($0) output tokens." } ?? "")</p>\(system)<h3>Prompt</h3>\(prompts(scenario.prompts))</article>
                """
        }
        let defaults = suite.defaults
        return Page(
            suite.name, at: .benchmarks,
            """
            <p class="sm"><a href="/suites">Suites</a></p><h1>\(suite.name) <small>\(suite.version)</small></h1><p class="meta">\(suite.description)</p><p class="sm"><code>\(suite.digest)</code></p>\
            <p class="acts"><a href="/benchmarks?suite=\(suite.name.inAddress)">Start a run with it</a></p><div class="card"><dl class="facts"><dt>Iterations</dt><dd>\(defaults.iterations)</dd><dt>In flight</dt><dd>\(defaults.concurrency.map { "\($0)" }.joined(separator: ", "))</dd>\
            <dt>Warm-up</dt><dd>\(defaults.warmup)</dd><dt>Time limit</dt><dd>\(Words.duration(defaults.timeout / .seconds(1)))</dd></dl></div><h2>Scenarios</h2><div class="stack">\(scenarios)</div>
            """)
    }

    private static func prompts(_ prompts: Prompts) -> Markup {
        switch prompts {
        case .one(let text): "<pre>\(text)</pre>"
        case .several(let all): "<p>\(all.count) prompts, taken in turn.</p>"
        case .turns(let texts): texts.map { "<pre>\($0)</pre>" as Markup }.joined("<hr>")
        case .messages(let messages): "<pre>\(messages.json)</pre>"
        case .lengths(let requests): "<p>\(requests.count) requests of given lengths.</p>"
        case .synthetic(let lengths): "<p>Common words, \(lengths.prompt.mean) tokens long.</p>"
        }
    }
}
