import CLMDB

/// Writes records at the end of a table, each behind the one before: the fast way in, without searching.
///
/// Lent by `Table.withAppender`. The table may be written in other ways meanwhile.
public struct Appender<Key: StoreKey>: ~Copyable {
    private let cursor: Cursor
    @usableFromInline let integerKeys: Bool

    init(_ cursor: consuming Cursor, integerKeys: Bool) {
        self.cursor = cursor
        self.integerKeys = integerKeys
    }

    /// Writes one record; false, and nothing written, when the key is not greater than every key in the table.
    @inlinable
    public func append(_ key: Key, _ value: UnsafeRawBufferPointer) throws(StoreError) -> Bool {
        if integerKeys, let number = key as? UInt64 {
            return try withUnsafeBytes(of: number) { bytes throws(StoreError) in try put(bytes, value) }
        }
        return try withKeyBuffer({ key.write(to: &$0) }) { bytes, _ throws(StoreError) in try put(bytes, value) }
    }

    @usableFromInline
    func put(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws(StoreError) -> Bool {
        guard (1...KeyBuilder.limit).contains(key.count) else { throw cursor.snapshot.invalidKey(length: key.count) }
        var key = MDB_val(key)
        var value = MDB_val(value)
        let code = mdb_cursor_put(cursor.handle, &key, &value, UInt32(MDB_APPEND))
        if code == MDB_KEYEXIST { return false }
        try check(code, doing: "append", in: cursor.snapshot.store.folder)
        return true
    }
}

extension Table {
    /// Lends a cursor that appends.
    public func withAppender<Result>(
        in transaction: borrowing WriteTransaction, _ body: (borrowing Appender<Key>) throws -> Result
    ) throws -> Result {
        let snapshot = transaction.snapshot
        guard let dbi = try snapshot.table(name, flags: flags, making: true) else {
            throw StoreError(lmdb: MDB_NOTFOUND, doing: "open table '\(name)'", in: snapshot.store.folder)
        }
        return try body(Appender(try Cursor(snapshot, dbi), integerKeys: integerKeys))
    }
}
