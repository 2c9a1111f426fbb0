import Foundation
import Storage

/// Rows as JSON by key. JSON with sorted keys, so that equal rows have equal bytes and `rebuild --check` can compare them.
public struct RowTable<Row: Codable & Sendable>: Sendable {
    private let table: Table<RowKey, [UInt8]>
    private let name: String

    /// The table of this full name.
    public init(_ name: String) {
        table = Table(name)
        self.name = name
    }

    /// The row of this key; nil when there is none.
    public func get(_ key: RowKey, in transaction: borrowing some Transaction & ~Copyable) throws -> Row? {
        try table.get(key, in: transaction).map { try decode($0) }
    }

    /// The same row read as another type: one that takes less of it is faster to read.
    public func get<Other: Decodable>(
        _ key: RowKey, as type: Other.Type, in transaction: borrowing some Transaction & ~Copyable
    ) throws -> Other? {
        try table.get(key, in: transaction).map { try decode($0, as: type, by: JSONDecoder()) }
    }

    /// Writes a row, over the one that is there.
    public func put(_ key: RowKey, _ row: Row, in transaction: borrowing WriteTransaction) throws {
        try put(key, encoded: Self.encode(row), in: transaction)
    }

    /// Writes a row that was encoded before, over the one that is there.
    public func put(_ key: RowKey, encoded: [UInt8], in transaction: borrowing WriteTransaction) throws {
        try table.put(key, encoded, in: transaction)
    }

    /// The row as it is stored: what costs most of writing one, and needs no transaction.
    public static func encode(_ row: Row) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(row))
    }

    /// Takes a row away, if it is there.
    public func delete(_ key: RowKey, in transaction: borrowing WriteTransaction) throws {
        _ = try table.delete(key, in: transaction)
    }

    /// Every row whose key begins with these parts, in order of key; every row when none are given.
    ///
    /// - Parameter known: rows that the caller has just written, which need not be read again.
    public func all(
        under prefix: RowKey = RowKey(), known: [RowKey: Row] = [:],
        in transaction: borrowing some Transaction & ~Copyable
    ) throws -> [Row] {
        var rows: [Row] = []
        try table.scan(prefix: prefix.bytes, in: transaction) { key, value in
            rows.append(try known[key] ?? decode(value))
            return true
        }
        return rows
    }

    /// At most `limit` rows in order of key, from behind `key` on.
    ///
    /// - Returns: with the rows the key to go on from; nil when there are no more.
    public func page(
        after key: RowKey?, limit: Int, in transaction: borrowing some Transaction & ~Copyable
    ) throws -> (rows: [Row], last: RowKey?) {
        var rows: [Row] = []
        var last: RowKey?
        try table.scan(from: key, .ascending, in: transaction) { found, value in
            guard found != key else { return true }
            guard rows.count < limit else { return false }
            rows.append(try decode(value))
            last = found
            return true
        }
        return (rows, rows.count < limit ? nil : last)
    }

    /// The same rows, each read as another type: one that takes less of a row is faster to read.
    ///
    /// - Parameter decoder: may tell that type, by `userInfo`, what is wanted.
    public func all<Other: Decodable>(
        under prefix: RowKey, as type: Other.Type, by decoder: JSONDecoder,
        in transaction: borrowing some Transaction & ~Copyable
    ) throws -> [Other] {
        var rows: [Other] = []
        try table.scan(prefix: prefix.bytes, in: transaction) { _, value in
            rows.append(try decode(value, as: type, by: decoder))
            return true
        }
        return rows
    }

    /// The rows with the greatest keys, greatest first.
    public func newest(
        _ limit: Int, in transaction: borrowing some Transaction & ~Copyable,
        where matches: (Row) -> Bool = { _ in true }
    ) throws -> [Row] {
        var rows: [Row] = []
        guard limit > 0 else { return rows }
        try table.scan(from: nil, .descending, in: transaction) { _, value in
            let row = try decode(value)
            if matches(row) { rows.append(row) }
            return rows.count < limit
        }
        return rows
    }

    /// Lends every row under a key as the JSON that it lies there as, in order of key.
    ///
    /// Most of the cost of a row is its decoding: what only passes rows on does without.
    public func lend(
        under prefix: RowKey, in transaction: borrowing some Transaction & ~Copyable,
        _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        try table.scanBytes(from: prefix, in: transaction) { key, value in
            guard key.starts(with: prefix.bytes) else { return false }
            try body(value)
            return true
        }
    }

    /// Takes every row under a key into a stamp, as it lies in the table.
    public func add(
        under prefix: RowKey = RowKey(), to stamp: inout Stamp, in transaction: borrowing some Transaction & ~Copyable
    ) throws {
        try table.scanBytes(from: prefix, in: transaction) { key, value in
            guard key.starts(with: prefix.bytes) else { return false }
            stamp.add(key)
            stamp.add(value)
            return true
        }
    }

    /// Takes the row with the greatest key into a stamp.
    public func addNewest(to stamp: inout Stamp, in transaction: borrowing some Transaction & ~Copyable) throws {
        try table.scanBytes(.descending, in: transaction) { key, value in
            stamp.add(key)
            stamp.add(value)
            return false
        }
    }

    private func decode(_ bytes: [UInt8]) throws -> Row { try decode(bytes, as: Row.self, by: JSONDecoder()) }

    private func decode<Other: Decodable>(
        _ bytes: [UInt8], as type: Other.Type, by decoder: JSONDecoder
    ) throws -> Other {
        do {
            return try decoder.decode(type, from: Data(bytes))
        } catch {
            throw StoreError(.corrupted, "Could not read a row of table '\(name)': it is not what was written.")
        }
    }
}

extension RowTable {
    /// `get` by a key of one name.
    public func get(_ key: String, in transaction: borrowing some Transaction & ~Copyable) throws -> Row? {
        try get(RowKey(key), in: transaction)
    }

    /// `put` by a key of one name.
    public func put(_ key: String, _ row: Row, in transaction: borrowing WriteTransaction) throws {
        try put(RowKey(key), row, in: transaction)
    }

    /// `delete` by a key of one name.
    public func delete(_ key: String, in transaction: borrowing WriteTransaction) throws {
        try delete(RowKey(key), in: transaction)
    }
}
