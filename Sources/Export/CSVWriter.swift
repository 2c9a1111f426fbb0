import Results

/// Tables as CSV (RFC 4180): a heading, then a line a row, ended by CR LF; an empty cell is null.
///
/// A text that a spreadsheet would take for a formula gets an apostrophe in front. Numbers stay as they are.
public enum CSVWriter {
    /// Results as a whole file.
    public static func results(_ rows: [ResultRow]) -> String {
        var buffer = TextBuffer()
        append(headingOf: .results, to: &buffer)
        for row in rows { append(row, of: .results, to: &buffer) }
        return String(decoding: buffer.bytes, as: UTF8.self)
    }

    static func append<Row: ~Copyable>(headingOf table: ExportTable<Row>, to buffer: inout TextBuffer) {
        buffer.append(table.columns.map(\.name).joined(separator: ","))
        buffer.append("\r\n")
    }

    static func append<Row: ~Copyable>(
        _ row: borrowing Row, of table: ExportTable<Row>, to buffer: inout TextBuffer
    ) {
        for index in table.cells.indices {
            if index > 0 { buffer.bytes.append(UInt8(ascii: ",")) }
            switch table.cells[index](row) {
            case .null: break
            case .flag(let flag): buffer.bytes.append(UInt8(ascii: flag ? "1" : "0"))
            case .integer(let value): buffer.append(integer: value)
            case .number(let value): buffer.append(number: value)
            case .text(var text): text.withUTF8 { CSVText.append($0, to: &buffer.bytes) }
            case .bytes(let text):
                CSVText.append(text.bindMemory(to: UInt8.self), to: &buffer.bytes)
            case .json(let value): CSVText.append(value, to: &buffer.bytes)
            }
        }
        buffer.append("\r\n")
    }
}

extension TextBuffer {
    mutating func append(integer value: Int64) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        append(decimal: value.magnitude)
    }

    /// The shortest digits that give the same number again; a whole one without a point.
    mutating func append(number value: Double) {
        if value == value.rounded(), abs(value) < 1e15 { append(integer: Int64(value)) } else { append("\(value)") }
    }
}
