import CLMDB

/// Keys and values as bytes. What is lent here lies in the map: valid until the transaction ends or, in a write
/// transaction, until the next write.
extension Snapshot {
    @usableFromInline
    func get(_ dbi: UInt32, _ key: UnsafeRawBufferPointer) throws(StoreError) -> UnsafeRawBufferPointer? {
        if let pages { return try pages.get(key, in: pages.knownTables[Int(dbi)].tree) }
        guard !key.isEmpty else { return nil }
        var key = MDB_val(key)
        var value = MDB_val()
        let code = mdb_get(transaction, dbi, &key, &value)
        if code == MDB_NOTFOUND { return nil }
        try check(code, doing: "read", in: store.folder)
        return UnsafeRawBufferPointer(value)
    }

    /// False when the flags forbid it because of a key that is there: NOOVERWRITE (the same key), APPEND (a later one).
    @usableFromInline
    func put(
        _ dbi: UInt32, _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ mode: WriteMode
    ) throws(StoreError) -> Bool {
        guard (1...KeyBuilder.limit).contains(key.count) else { throw invalidKey(length: key.count) }
        var key = MDB_val(key)
        var value = MDB_val(value)
        let code = mdb_put(transaction, dbi, &key, &value, mode.rawValue)
        if code == MDB_KEYEXIST { return false }
        try check(code, doing: "write", in: store.folder)
        return true
    }

    /// False when there was none.
    @usableFromInline
    func delete(_ dbi: UInt32, _ key: UnsafeRawBufferPointer) throws(StoreError) -> Bool {
        guard !key.isEmpty else { return false }
        var key = MDB_val(key)
        let code = mdb_del(transaction, dbi, &key, nil)
        if code == MDB_NOTFOUND { return false }
        try check(code, doing: "delete", in: store.folder)
        return true
    }

    @usableFromInline
    func clear(_ dbi: UInt32) throws(StoreError) {
        try check(mdb_drop(transaction, dbi, 0), doing: "clear a table", in: store.folder)
    }

    @usableFromInline
    func count(_ dbi: UInt32) throws(StoreError) -> Int {
        if let pages { return Int(pages.knownTables[Int(dbi)].tree.count) }
        var status = MDB_stat()
        try check(mdb_stat(transaction, dbi, &status), doing: "count", in: store.folder)
        return status.ms_entries
    }

    /// Goes over the records from `from` (itself too, if it is there) to either end, until `body` returns false.
    @usableFromInline
    func scan(
        _ dbi: UInt32, from: UnsafeRawBufferPointer?, descending: Bool,
        _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> Bool
    ) throws {
        if let pages {
            return try pages.scan(pages.knownTables[Int(dbi)].tree, from: from, descending: descending, body)
        }
        let cursor = try Cursor(self, dbi)
        var record = try cursor.start(from: from, descending: descending)
        while let (key, value) = record {
            guard try body(key, value) else { return }
            record = try cursor.move(descending ? MDB_PREV : MDB_NEXT)
        }
    }

    @usableFromInline
    func invalidKey(length: Int) -> StoreError {
        StoreError(
            .invalidRecord,
            "Could not write in '\(store.folder)': a key must have 1 to \(KeyBuilder.limit) bytes, this one has \(length). "
                + "Shorten the names it is made of.")
    }
}

/// How a record is written.
@usableFromInline
enum WriteMode {
    case replace, ifAbsent, atEnd

    var rawValue: UInt32 {
        switch self {
        case .replace: 0
        case .ifAbsent: UInt32(MDB_NOOVERWRITE)
        case .atEnd: UInt32(MDB_APPEND)
        }
    }
}

/// An LMDB cursor, closed when it goes out of use.
struct Cursor: ~Copyable {
    let snapshot: Snapshot
    let handle: OpaquePointer

    init(_ snapshot: Snapshot, _ dbi: UInt32) throws(StoreError) {
        var handle: OpaquePointer?
        let code = mdb_cursor_open(snapshot.transaction, dbi, &handle)
        guard code == MDB_SUCCESS, let handle else {
            throw StoreError(lmdb: code, doing: "open a cursor", in: snapshot.store.folder)
        }
        self.snapshot = snapshot
        self.handle = handle
    }

    deinit { mdb_cursor_close(handle) }

    typealias Record = (UnsafeRawBufferPointer, UnsafeRawBufferPointer)

    func start(from: UnsafeRawBufferPointer?, descending: Bool) throws(StoreError) -> Record? {
        guard let from, !from.isEmpty || descending else { return try move(descending ? MDB_LAST : MDB_FIRST) }
        guard !from.isEmpty else { return nil }
        guard let record = try move(MDB_SET_RANGE, key: from) else { return descending ? try move(MDB_LAST) : nil }
        if descending && !record.0.elementsEqual(from) { return try move(MDB_PREV) }
        return record
    }

    func move(_ operation: MDB_cursor_op, key: UnsafeRawBufferPointer? = nil) throws(StoreError) -> Record? {
        var key = key.map { MDB_val($0) } ?? MDB_val()
        var value = MDB_val()
        let code = mdb_cursor_get(handle, &key, &value, operation)
        if code == MDB_NOTFOUND { return nil }
        try check(code, doing: "read", in: snapshot.store.folder)
        return (UnsafeRawBufferPointer(key), UnsafeRawBufferPointer(value))
    }
}

extension MDB_val {
    /// LMDB takes keys and values as mutable and never writes to them.
    init(_ bytes: UnsafeRawBufferPointer) {
        self.init(mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
    }
}

extension UnsafeRawBufferPointer {
    init(_ value: MDB_val) { self.init(start: value.mv_data, count: value.mv_size) }
}
