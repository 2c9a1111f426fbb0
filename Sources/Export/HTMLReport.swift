import Charts

/// A run as one page of HTML that needs nothing else: no script, no other file, dark and light.
public enum HTMLReport {
    /// Ends with a line break.
    public static func page(of document: RunDocument) -> String {
        let facts = document.facts.map { "<p>\(escaped($0))</p>" }
        let notes = document.notes.map { "<p class=\"note\">\(escaped($0))</p>" }
        let body =
            ["<h1>\(escaped(document.title))</h1>"] + facts + notes + [
                table("Conditions", document.findingColumns, document.findings),
                table("Models", document.modelColumns, document.models),
                charts(document.charts), table("Results", document.resultColumns, document.results),
                "<p class=\"foot\">\(escaped(document.footing))</p>",
            ]
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <title>\(escaped(document.title))</title>
            <style>
            :root { color-scheme: light dark; \(ChartStyle.light) }
            @media (prefers-color-scheme: dark) { :root { \(ChartStyle.dark) } }
            \(ChartStyle.rules)
            body { background: var(--bg); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
            h1 { font-size: 1.3rem; } h2 { font-size: 1.05rem; margin-top: 2rem; }
            .scroll { overflow-x: auto; }
            table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
            th, td { padding: .3rem .8rem; text-align: left; border-bottom: 1px solid var(--line); white-space: nowrap; }
            .number { text-align: right; }
            .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1rem; }
            figure { margin: 0; padding: .8rem; background: var(--card); border: 1px solid var(--line); border-radius: 6px; }
            .note { border-left: 3px solid #c80; padding-left: .8rem; }
            .foot { color: var(--mut); font-size: .85rem; }
            </style>
            </head>
            <body>
            \(body.filter { !$0.isEmpty }.joined(separator: "\n"))
            </body>
            </html>

            """
    }

    private static func charts(_ charts: [BarChart]) -> String {
        guard !charts.isEmpty else { return "" }
        let figures = charts.map { chart in
            "<figure><figcaption><strong>\(escaped(chart.title))</strong> \(escaped(chart.question))</figcaption>\(chart.svg.text)</figure>"
        }
        return "<div class=\"charts\">\n\(figures.joined(separator: "\n"))\n</div>"
    }

    private static func table<Row>(
        _ caption: String, _ columns: [RunDocument.Column<Row>], _ rows: [Row]
    ) -> String {
        guard !rows.isEmpty else { return "" }
        let cell = { (tag: String, text: String, isNumber: Bool) in
            "<\(tag)\(isNumber ? " class=\"number\"" : "")>\(escaped(text))</\(tag.prefix(2))>"
        }
        let heading = columns.map { cell("th scope=\"col\"", $0.title, $0.isNumber) }.joined()
        let lines = rows.map { row in
            "<tr>\(columns.map { cell("td", $0.cell(row), $0.isNumber) }.joined())</tr>"
        }
        return """
            <h2>\(caption)</h2>
            <div class="scroll" tabindex="0" role="region" aria-label="\(caption)"><table>
            <thead><tr>\(heading)</tr></thead>
            <tbody>
            \(lines.joined(separator: "\n"))
            </tbody>
            </table></div>
            """
    }

    /// A text for an element or an attribute of HTML or XML.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "&": escaped += "&amp;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            // XML 1.0 has no way to write the others (section 2.2).
            case "\t", "\n", "\r": escaped += "&#\(scalar.value);"
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
