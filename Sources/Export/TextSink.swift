/// How tables are written as text.
public enum TextFormat: Sendable {
    /// A heading, then a line a row: one table.
    case csv
    /// An object a line: one table.
    case ndjson
    /// One object, with a list a table.
    case json
}

/// Gathers rows as text, and gives it on in pieces.
struct TextSink {
    private let format: TextFormat
    private let write: ([UInt8]) throws -> Void
    private var buffer = TextBuffer()
    /// What was given on.
    private(set) var bytes: UInt64 = 0
    private(set) var rows: UInt64 = 0
    /// Bytes that are not given on yet.
    var gathered: Int { buffer.count }
    private var isFirstRow = true
    /// What stands before each cell of an object: `{"name":`, then `,"name":`.
    private var keys: [[UInt8]] = []
    private var isFirstMember = true

    init(_ format: TextFormat, write: @escaping ([UInt8]) throws -> Void) {
        (self.format, self.write) = (format, write)
    }

    mutating func begin<Row: ~Copyable>(_ table: ExportTable<Row>) {
        goOn(table)
        switch format {
        case .csv: CSVWriter.append(headingOf: table, to: &buffer)
        case .ndjson: break
        case .json:
            appendMember(table.name)
            buffer.append("[")
        }
    }

    /// Prepares for rows of a table whose heading is written.
    mutating func goOn<Row: ~Copyable>(_ table: ExportTable<Row>) {
        isFirstRow = true
        keys = JSONWriter.keys(of: table)
    }

    mutating func append<Row: ~Copyable>(_ row: borrowing Row, of table: ExportTable<Row>) throws {
        rows += 1
        switch format {
        case .csv: CSVWriter.append(row, of: table, to: &buffer)
        case .ndjson:
            try JSONWriter.append(row, of: table, keys, to: &buffer)
            buffer.append("\n")
        case .json:
            buffer.append(isFirstRow ? "\n" : ",\n")
            try JSONWriter.append(row, of: table, keys, to: &buffer)
        }
        isFirstRow = false
    }

    mutating func end() {
        if case .json = format { buffer.append("\n]") }
    }

    /// Ends the object of `json` with what else is to be said.
    mutating func finish(_ members: [(name: String, json: String)]) throws {
        if case .json = format {
            for (name, json) in members {
                appendMember(name)
                buffer.append(json)
            }
            buffer.append("}\n")
        }
        try flush()
    }

    /// Gives on what was gathered. Called where no snapshot is held, since the reader may be slow.
    mutating func flush() throws {
        guard buffer.count > 0 else { return }
        try write(buffer.bytes)
        bytes += UInt64(buffer.count)
        buffer.removeAll()
    }

    private mutating func appendMember(_ name: String) {
        buffer.append(isFirstMember ? "{" : ",\n")
        isFirstMember = false
        buffer.append(quoted: name.utf8)
        buffer.append(":")
    }
}

/// Rows as objects of JSON: in the API's words where it has such rows, else with the columns' names.
enum JSONWriter {
    static func keys<Row: ~Copyable>(of table: ExportTable<Row>) -> [[UInt8]] {
        table.columns.enumerated().map { index, column in
            var key = TextBuffer()
            key.append(index == 0 ? "{" : ",")
            key.append(quoted: column.name.utf8)
            key.append(":")
            return key.bytes
        }
    }

    static func append<Row: ~Copyable>(
        _ row: borrowing Row, of table: ExportTable<Row>, _ keys: [[UInt8]], to buffer: inout TextBuffer
    ) throws {
        if let json = table.json { return buffer.append(try json(row)) }
        for index in table.cells.indices {
            buffer.append(keys[index])
            switch table.cells[index](row) {
            case .null: buffer.append("null")
            case .flag(let flag): buffer.append(flag ? "true" : "false")
            case .integer(let value): buffer.append(integer: value)
            case .number(let value): buffer.append(number: value)
            case .text(let text): buffer.append(quoted: text.utf8)
            case .bytes(let text): buffer.append(quoted: text)
            case .json(let value): buffer.append(value)
            }
        }
        buffer.append("}")
    }
}
