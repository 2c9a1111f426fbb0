import Foundation

/// What stands in one cell of an exported table, whatever the format.
public enum Cell {
    /// Not measured, not reported, or not there.
    case null
    /// True or false: 1 or 0 where a format has no such thing.
    case flag(Bool)
    case integer(Int64)
    case number(Double)
    case text(String)
    /// UTF-8 that is lent for the length of the call.
    case bytes(UnsafeRawBufferPointer)
    /// A value of JSON as it is written: a text where a format has no such thing.
    case json([UInt8])
}

/// One column of a table as it is exported, declared once for every format.
public struct Column<Row: ~Copyable>: Sendable {
    /// What its cells are, null left out.
    public enum Kind: Sendable { case text, integer, number, flag, json }

    public let name: String
    public let kind: Kind
    let cell: @Sendable (borrowing Row) -> Cell

    init(_ name: String, _ kind: Kind, _ cell: @escaping @Sendable (borrowing Row) -> Cell) {
        self.name = name
        self.kind = kind
        self.cell = cell
    }
}

/// A table as it is exported: its name and its columns, and a row as the API's JSON where the API has such rows.
public struct ExportTable<Row: ~Copyable>: Sendable {
    public let name: String
    /// Those of the original first and in its order, then what it did not have.
    public let columns: [Column<Row>]
    /// A row in the API's own words; nil where the columns say it all.
    let json: (@Sendable (borrowing Row) throws -> [UInt8])?
    /// The columns' cells alone: what is gone over for every row.
    let cells: [@Sendable (borrowing Row) -> Cell]

    init(
        _ name: String, _ columns: [Column<Row>], json: (@Sendable (borrowing Row) throws -> [UInt8])? = nil
    ) {
        self.name = name
        self.columns = columns
        self.json = json
        cells = columns.map(\.cell)
    }

    /// Some of the columns, in this order, under another name.
    func only(_ names: [String], as name: String) -> ExportTable {
        let chosen = names.map { wanted in
            guard let column = columns.first(where: { $0.name == wanted }) else {
                preconditionFailure("the table '\(self.name)' has no column '\(wanted)'")
            }
            return column
        }
        return ExportTable(name, chosen)
    }
}

extension Column where Row: Copyable {
    static func text(_ name: String, _ read: @escaping @Sendable (Row) -> String?) -> Column {
        Column(name, .text) { read($0).map(Cell.text) ?? .null }
    }

    static func integer(_ name: String, _ read: @escaping @Sendable (Row) -> (some BinaryInteger & SendableMetatype)?)
        -> Column
    {
        Column(name, .integer) { read($0).map { .integer(Int64(clamping: $0)) } ?? .null }
    }

    static func number(_ name: String, _ read: @escaping @Sendable (Row) -> Double?) -> Column {
        Column(name, .number) { read($0).map(Cell.number) ?? .null }
    }

    static func flag(_ name: String, _ read: @escaping @Sendable (Row) -> Bool?) -> Column {
        Column(name, .flag) { read($0).map(Cell.flag) ?? .null }
    }

    /// A member that is a list or an object.
    static func json(_ name: String, _ read: @escaping @Sendable (Row) -> (some Encodable & SendableMetatype)?)
        -> Column
    {
        Column(name, .json) { row in
            read(row).flatMap { try? RowJSON.bytes(of: $0) }.map(Cell.json) ?? .null
        }
    }
}

/// Rows as the API writes them.
enum RowJSON {
    static func bytes(of row: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try [UInt8](encoder.encode(row))
    }
}
