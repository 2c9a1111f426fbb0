import CLMDB

// Records in the order of their keys.
extension Table {
    /// Which way to go through a table.
    public enum Order: Sendable { case ascending, descending }

    /// Goes over the records until `body` returns false.
    ///
    /// - Parameters:
    ///   - start: where to begin, itself too if it is there; nil is the end that the order begins with.
    ///   - body: may delete the record that it is given, and write to other tables.
    @inlinable
    public func scan(
        from start: Key? = nil, _ order: Order = .ascending, in transaction: borrowing some Transaction & ~Copyable,
        _ body: (Key, Value) throws -> Bool
    ) throws {
        try scanBytes(from: start, order, in: transaction) { try body(key($0), Value(storedBytes: $1)) }
    }

    /// Goes over the records as they lie in the store, uncopied, until `body` returns false.
    ///
    /// The bytes are lent for the call, and in a write transaction until its next write.
    @inlinable
    public func scanBytes(
        from start: Key? = nil, _ order: Order = .ascending, in transaction: borrowing some Transaction & ~Copyable,
        _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> Bool
    ) throws {
        let snapshot = transaction.snapshot
        guard let dbi = try snapshot.table(name, flags: flags, making: false) else { return }
        let descending = order == .descending
        guard let start else { return try snapshot.scan(dbi, from: nil, descending: descending, body) }
        try withKey(start) { try snapshot.scan(dbi, from: $0, descending: descending, body) }
    }

    /// Goes over the records whose keys begin with these bytes (see `KeyBuilder.bytes`), until `body` returns false.
    public func scan(
        prefix: [UInt8], in transaction: borrowing some Transaction & ~Copyable, _ body: (Key, Value) throws -> Bool
    ) throws {
        let snapshot = transaction.snapshot
        guard let dbi = try snapshot.table(name, flags: flags, making: false) else { return }
        precondition(!integerKeys, "numbers have no prefixes")
        try prefix.withUnsafeBytes { start in
            try snapshot.scan(dbi, from: start.isEmpty ? nil : start, descending: false) { bytes, value in
                guard bytes.starts(with: start) else { return false }
                return try body(key(bytes), Value(storedBytes: value))
            }
        }
    }

    /// The record with the least key; nil when the table is empty.
    public func first(in transaction: borrowing some Transaction & ~Copyable) throws -> (key: Key, value: Value)? {
        try end(.ascending, from: nil, in: transaction)
    }

    /// The record with the greatest key; nil when the table is empty.
    public func last(in transaction: borrowing some Transaction & ~Copyable) throws -> (key: Key, value: Value)? {
        try end(.descending, from: nil, in: transaction)
    }

    /// The record with the greatest key that is not greater than `key`; nil when there is none.
    public func last(
        through key: Key, in transaction: borrowing some Transaction & ~Copyable
    ) throws -> (key: Key, value: Value)? {
        try end(.descending, from: key, in: transaction)
    }

    /// How many records there are, without going over them.
    public func count(in transaction: borrowing some Transaction & ~Copyable) throws -> Int {
        let snapshot = transaction.snapshot
        guard let dbi = try snapshot.table(name, flags: flags, making: false) else { return 0 }
        return try snapshot.count(dbi)
    }

    private func end(
        _ order: Order, from key: Key?, in transaction: borrowing some Transaction & ~Copyable
    ) throws -> (key: Key, value: Value)? {
        var found: (key: Key, value: Value)?
        try scan(from: key, order, in: transaction) {
            found = ($0, $1)
            return false
        }
        return found
    }
}
