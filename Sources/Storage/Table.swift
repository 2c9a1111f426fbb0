import CLMDB

/// A named table of a store: sorted keys, one value each.
///
/// A plain value that can be declared once and used with any store. The table is made by the first write to it; before that
/// it reads as empty. Keys sort by their bytes (see `KeyBuilder`), or as numbers where the table has integer keys.
public struct Table<Key: StoreKey, Value: StoreValue>: Sendable {
    /// The table's name in the store.
    public let name: String
    @usableFromInline let integerKeys: Bool

    /// A table whose keys sort by their bytes.
    public init(_ name: String) {
        self.name = name
        integerKeys = false
    }

    @usableFromInline var flags: UInt32 { integerKeys ? UInt32(MDB_INTEGERKEY) : 0 }
}

extension Table where Key == UInt64 {
    /// A table of numbers in the machine's own form (MDB_INTEGERKEY): smaller to compare, and the one that `Appender` takes.
    public init(_ name: String, integerKeys: Bool) {
        self.name = name
        self.integerKeys = integerKeys
    }
}

// MARK: - One record

extension Table {
    /// The value of a key; nil when there is none.
    @inlinable
    public func get(_ key: Key, in transaction: borrowing some Transaction & ~Copyable) throws -> Value? {
        try withBytes(of: key, in: transaction) { try Value(storedBytes: $0) }
    }

    /// Lends the stored bytes of a key's value, uncopied; nil when there is none.
    @inlinable
    public func withBytes<Result>(
        of key: Key, in transaction: borrowing some Transaction & ~Copyable,
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result? {
        let snapshot = transaction.snapshot
        guard let dbi = try snapshot.table(name, flags: flags, making: false) else { return nil }
        return try withKey(key) { bytes in
            guard let value = try snapshot.get(dbi, bytes) else { return nil }
            return try body(value)
        }
    }

    /// Whether there is a value for the key.
    public func contains(_ key: Key, in transaction: borrowing some Transaction & ~Copyable) throws -> Bool {
        try withBytes(of: key, in: transaction) { _ in true } ?? false
    }

    /// Writes a value, over the one that is there.
    @inlinable
    public func put(_ key: Key, _ value: Value, in transaction: borrowing WriteTransaction) throws {
        try value.withStoredBytes { _ = try write(key, $0, .replace, transaction.snapshot) }
    }

    /// Writes a value given as bytes, over the one that is there.
    @inlinable
    public func put(_ key: Key, bytes: UnsafeRawBufferPointer, in transaction: borrowing WriteTransaction) throws {
        _ = try write(key, bytes, .replace, transaction.snapshot)
    }

    /// Writes a value unless the key has one; false when it has.
    @inlinable
    public func insert(_ key: Key, _ value: Value, in transaction: borrowing WriteTransaction) throws -> Bool {
        try value.withStoredBytes { try write(key, $0, .ifAbsent, transaction.snapshot) }
    }

    /// Writes a value behind the last key, without searching; false, and nothing written, when the key is not the greatest.
    @inlinable
    public func putAppend(_ key: Key, _ value: Value, in transaction: borrowing WriteTransaction) throws -> Bool {
        try value.withStoredBytes { try write(key, $0, .atEnd, transaction.snapshot) }
    }

    /// Takes a key and its value out; false when there was none.
    @discardableResult
    public func delete(_ key: Key, in transaction: borrowing WriteTransaction) throws -> Bool {
        let snapshot = transaction.snapshot
        guard let dbi = try snapshot.table(name, flags: flags, making: false) else { return false }
        return try withKey(key) { try snapshot.delete(dbi, $0) }
    }

    /// Takes everything out.
    public func clear(in transaction: borrowing WriteTransaction) throws {
        let snapshot = transaction.snapshot
        guard let dbi = try snapshot.table(name, flags: flags, making: false) else { return }
        try snapshot.clear(dbi)
    }
}

// MARK: - Keys as bytes

extension Table {
    @inlinable
    func write(_ key: Key, _ value: UnsafeRawBufferPointer, _ mode: WriteMode, _ snapshot: Snapshot) throws -> Bool {
        guard let dbi = try snapshot.table(name, flags: flags, making: true) else {
            preconditionFailure("a table that may be made is there")
        }
        if integerKeys, var number = key as? UInt64 {
            return try withUnsafeBytes(of: &number) { try snapshot.put(dbi, $0, value, mode) }
        }
        return try withKeyBuffer({ key.write(to: &$0) }) { bytes, length in
            guard length <= KeyBuilder.limit else { throw snapshot.invalidKey(length: length) }
            return try snapshot.put(dbi, bytes, value, mode)
        }
    }

    /// Lends the key as it is stored.
    @inlinable
    func withKey<Result>(_ key: Key, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        if integerKeys, let number = key as? UInt64 { return try withUnsafeBytes(of: number, body) }
        return try withKeyBuffer({ key.write(to: &$0) }) { bytes, _ in try body(bytes) }
    }

    @inlinable
    func key(_ bytes: UnsafeRawBufferPointer) throws -> Key {
        if integerKeys, bytes.count == 8, let key = bytes.loadUnaligned(as: UInt64.self) as? Key { return key }
        var reader = KeyReader(bytes)
        return try Key(from: &reader)
    }
}
