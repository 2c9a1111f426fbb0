import CLMDB

/// Writes records at the end of a table of integer keys, each behind the one before: the fast way in, without searching.
///
/// Lent by `Table.withAppender`.
public struct Appender: ~Copyable {
    private let cursor: Cursor

    init(_ cursor: consuming Cursor) { self.cursor = cursor }

    /// Writes one record. `key` must be greater than every key in the table.
    ///
    /// - Throws: `StoreError` `.invalidRecord` when it is not, and what any write may throw.
    public func append(_ key: UInt64, _ value: UnsafeRawBufferPointer) throws(StoreError) {
        var number = key
        let code = withUnsafeMutableBytes(of: &number) { bytes in
            var key = MDB_val(UnsafeRawBufferPointer(bytes))
            var value = MDB_val(value)
            return mdb_cursor_put(cursor.handle, &key, &value, UInt32(MDB_APPEND))
        }
        guard code != MDB_SUCCESS else { return }
        if code == MDB_KEYEXIST {
            throw StoreError(
                .invalidRecord,
                "Could not append \(key) in '\(cursor.snapshot.store.folder)': the table goes further already.")
        }
        try check(code, doing: "append", in: cursor.snapshot.store.folder)
    }
}

extension Table where Key == UInt64 {
    /// Lends a cursor that appends. The table must have been declared with `integerKeys`.
    public func withAppender<Result>(
        in transaction: borrowing WriteTransaction, _ body: (borrowing Appender) throws -> Result
    ) throws -> Result {
        precondition(integerKeys, "only a table of integer keys can be appended to in this way")
        let snapshot = transaction.snapshot
        guard let dbi = try snapshot.table(name, flags: flags, making: true) else {
            throw StoreError(lmdb: MDB_NOTFOUND, doing: "open table '\(name)'", in: snapshot.store.folder)
        }
        return try body(Appender(try Cursor(snapshot, dbi)))
    }
}
