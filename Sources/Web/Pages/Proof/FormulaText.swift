import Charts
import Formulas

/// Formulas as people read them: the names in them lead to what they stand for.
enum FormulaText {
    /// The names in an expression.
    static func names(in expression: String) -> Set<String> {
        Set(pieces(of: expression).filter(\.isName).map { String($0.text) })
    }

    /// The expression with a link on every name that the set defines.
    static func linked(_ expression: String, in set: FormulaSet) -> Markup {
        pieces(of: expression).map { piece -> Markup in
            guard piece.isName, let metric = set.metrics.first(where: { $0.name == piece.text }) else {
                return "\(piece.text)"
            }
            return
                "<a href=\"/formulas/\(set.name)#\(metric.section.rawValue).\(metric.name)\" title=\"\(metric.text)\">\(piece.text)</a>"
        }.joined()
    }

    private static func pieces(of text: String) -> [(text: Substring, isName: Bool)] {
        var pieces: [(Substring, Bool)] = []
        var rest = text[...]
        while let first = rest.first {
            let isName = first.isLetter || first == "_"
            let piece =
                isName
                ? rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
                : rest.prefix { !$0.isLetter && $0 != "_" }
            pieces.append((piece, isName))
            rest = rest[piece.endIndex...]
        }
        return pieces
    }
}

/// A formula set, metric by metric, and its whole text.
struct FormulaSetPage {
    var set: FormulaSet
    var adopted: UInt64?

    var page: Page {
        let sections: [(FormulaSet.Section, String)] = [
            (.sample, "Of a request"), (.result, "Of a result"), (.model, "Of a model"),
        ]
        let parts = sections.map { section, title -> Markup in
            let metrics = set.metrics.filter { $0.section == section }
            guard !metrics.isEmpty else { return "" }
            let rows = metrics.map { metric -> Markup in
                """
                <tr id="\(section.rawValue).\(metric.name)"><th scope="row">\(metric.name)</th><td class="l">\(metric.unit == "1" ? "" : metric.unit)</td>\
                <td class="w"><pre>\(FormulaText.linked(metric.expression, in: set))</pre></td><td class="w">\(metric.text)</td></tr>
                """
            }
            return """
                <h2>\(title)</h2><div class="tw" tabindex="0" role="region" aria-label="\(title)"><table><thead><tr><th scope="col">Name</th><th scope="col" class="l">Unit</th>\
                <th scope="col" class="l">Formula</th><th scope="col" class="l">What it says</th></tr></thead><tbody>\(rows)</tbody></table></div>
                """
        }
        let event: Markup? = adopted.map { " · adopted as <a href=\"/events/\($0)\">event \($0)</a>" }
        return Page(
            set.name, at: nil,
            """
            <p class="sm"><a href="/formulas">Formulas</a></p><h1>\(set.name)</h1><p class="meta">\(set.title)\(event) · <code>\(set.digest)</code></p>\
            <p>\(set.description)</p>\(parts)<h2>Its text</h2><details class="card"><summary>YAML, as its digest is of it</summary><pre>\(set.text)</pre></details>
            """)
    }

    /// All sets.
    static func list(of sets: [FormulaSet]) -> Page {
        let rows = sets.map { set -> Markup in
            let kept = FormulaSet.stored.contains { $0.name == set.name }
            return """
                <tr><th scope="row"><a href="/formulas/\(set.name)">\(set.name)</a></th><td>\(set.metrics.count)</td><td class="l">\(kept ? "kept for every result" : "evaluated when asked for")</td><td class="w">\(set.description)</td></tr>
                """
        }
        return Page(
            "Formulas", at: nil,
            """
            <h1>Formulas</h1><p class="meta">Every figure is computed by a formula of one of these sets, from the numbers of the recorded requests.</p>\
            <div class="tw" tabindex="0" role="region" aria-label="Formula sets"><table><thead><tr><th scope="col">Set</th><th scope="col">Figures</th><th scope="col" class="l">Computed</th><th scope="col" class="l">What it is</th></tr></thead>\
            <tbody>\(rows)</tbody></table></div>
            """)
    }
}
