import Results

/// Results as CSV (RFC 4180): a heading, then a line a result; an empty cell is null.
public enum CSVWriter {
    /// The whole file as text, lines ended by CR LF.
    public static func results(_ rows: [ResultRow]) -> String {
        let heading = ResultColumn.all.map(\.name).joined(separator: ",")
        let lines = rows.map { row in ResultColumn.all.map { text(of: $0.cell(row)) }.joined(separator: ",") }
        return ([heading] + lines).joined(separator: "\r\n") + "\r\n"
    }

    static func text(of cell: ResultColumn.Cell) -> String {
        switch cell {
        case .null: ""
        case .integer(let value): "\(value)"
        case .number(let value): value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
        case .text(let text): quoted(text)
        }
    }

    private static func quoted(_ text: String) -> String {
        var cell: [UInt8] = []
        CSVText.append(Array(text.utf8), to: &cell)
        return String(decoding: cell, as: UTF8.self)
    }
}
