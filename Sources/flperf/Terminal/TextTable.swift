/// Rows of text under headings, in columns as wide as they need to be.
struct TextTable {
    enum Alignment { case left, right }

    private let columns: [(title: String, alignment: Alignment)]
    private var rows: [[String]] = []

    init(_ columns: [(String, Alignment)]) { self.columns = columns }

    mutating func add(_ cells: [String]) {
        precondition(cells.count == columns.count, "a row has a cell for each column")
        rows.append(cells)
    }

    var isEmpty: Bool { rows.isEmpty }

    /// The table, its headings underlined; no line ends in spaces.
    func render(_ style: Style = Style()) -> String {
        let widths = columns.indices.map { column in
            ([columns[column].title] + rows.map { $0[column] }).map(Self.width).max() ?? 0
        }
        let line = { (cells: [String]) in
            zip(cells, zip(columns, widths)).map { cell, column in
                let padding = String(repeating: " ", count: max(0, column.1 - Self.width(cell)))
                return column.0.alignment == .right ? padding + cell : cell + padding
            }.joined(separator: "  ").trimmingTrailingSpaces
        }
        return
            ([
                style.bold(line(columns.map(\.title))),
                style.dim(widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ")),
            ]
            + rows.map(line)).joined(separator: "\n")
    }

    /// Columns on a terminal: escape sequences take none, wide characters two.
    private static func width(_ text: String) -> Int {
        var width = 0
        var inEscape = false
        for scalar in text.unicodeScalars {
            if inEscape {
                inEscape = scalar != "m"
            } else if scalar == "\u{1b}" {
                inEscape = true
            } else if scalar.properties.generalCategory != .nonspacingMark, scalar.properties.generalCategory != .format
            {
                width +=
                    (0x1100...0x115f).contains(scalar.value) || (0x2e80...0xa4cf).contains(scalar.value)
                        || (0xac00...0xd7a3).contains(scalar.value) || (0xf900...0xfaff).contains(scalar.value)
                        || (0xff00...0xff60).contains(scalar.value) || (0x1f300...0x1faff).contains(scalar.value)
                    ? 2 : 1
            }
        }
        return width
    }
}

extension String {
    fileprivate var trimmingTrailingSpaces: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
