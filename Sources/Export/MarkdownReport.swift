/// A run as Markdown (GitHub's, with tables), for a pull request or a step summary.
public enum MarkdownReport {
    /// Ends with a line break.
    public static func text(of document: RunDocument) -> String {
        var parts = ["### \(escaped(document.title))", document.facts.map(escaped).joined(separator: "\\\n")]
        parts += document.notes.map { "> \(escaped($0))" }
        parts += [
            table(document.findingColumns, document.findings), table(document.modelColumns, document.models),
            table(document.resultColumns, document.results), "<sub>\(escaped(document.footing))</sub>",
        ]
        return parts.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
    }

    private static func table<Row>(_ columns: [RunDocument.Column<Row>], _ rows: [Row]) -> String {
        guard !rows.isEmpty else { return "" }
        let line = { (cells: [String]) in "| \(cells.joined(separator: " | ")) |" }
        return
            ([line(columns.map(\.title)), line(columns.map { $0.isNumber ? "---:" : "---" })]
            + rows.map { row in line(columns.map { escaped($0.cell(row)) }) }).joined(separator: "\n")
    }

    /// A text that means nothing to Markdown and stays in its cell. Of an `@` GitHub would make a mention of somebody.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "\\", "|", "`", "*", "_", "[", "]", "#", "~", "!":
                escaped.append("\\")
                escaped.append(character)
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "&": escaped += "&amp;"
            case "@": escaped += "&#64;"
            case _ where character.isNewline: escaped.append(" ")
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
