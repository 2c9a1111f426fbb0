import CLMDB
import Foundation

/// What can be read from: a read transaction, or a write transaction, which sees its own writes.
public protocol Transaction: ~Copyable {
    /// What the transaction sees. It means nothing once the transaction has ended.
    var snapshot: Snapshot { get }
}

/// One snapshot of a store. Lent by `Store.read`.
public struct ReadTransaction: ~Copyable, Transaction {
    public let snapshot: Snapshot

    init(_ snapshot: Snapshot) { self.snapshot = snapshot }

    deinit { snapshot.abort() }
}

/// One transaction that writes. Lent by `Store.write`.
public struct WriteTransaction: ~Copyable, Transaction {
    public let snapshot: Snapshot

    init(_ snapshot: Snapshot) { self.snapshot = snapshot }

    deinit { snapshot.abort() }

    func commit() throws(StoreError) { try snapshot.commit() }

    /// Takes everything out of the table of that name, which is then no longer listed.
    ///
    /// The name itself goes at a later opening of the store, when no other process can have the table open.
    public func dropTable(_ name: String) throws(StoreError) {
        guard let dbi = try snapshot.table(name, flags: 0, making: false) else { return }
        try check(mdb_drop(snapshot.transaction, dbi, 0), doing: "drop table '\(name)'", in: snapshot.store.folder)
    }
}

extension Transaction where Self: ~Copyable {
    /// The names of the tables that hold anything, in order. A table that was dropped, or never written, is not among them.
    public func tableNames() throws(StoreError) -> [String] {
        let empty = try Set(snapshot.emptyTableNames())
        return try snapshot.storedTableNames().filter { !empty.contains($0) }
    }
}

/// What a transaction sees, without a public face of its own: tables read and write through it.
public final class Snapshot {
    let store: Store
    let transaction: OpaquePointer
    let writes: Bool
    private var isOpen = true

    /// The tables that it has used already: most use few, so a search from the front beats a dictionary.
    private var resolved: [(name: String, dbi: UInt32)] = []
    private var opened: [(name: String, dbi: UInt32, made: Bool)] = []
    /// How many tables this process knew when it began.
    private var handleCount: Int
    private var hasRead = false
    var openCursors = 0

    init(store: Store, transaction: OpaquePointer, writes: Bool, handleCount: Int) {
        self.store = store
        self.transaction = transaction
        self.writes = writes
        self.handleCount = handleCount
        resolved.reserveCapacity(4)
    }

    deinit { abort() }

    func commit() throws(StoreError) {
        precondition(isOpen, "a transaction ends once")
        isOpen = false
        let id = UInt64(mdb_txn_id(transaction))
        let code = mdb_txn_commit(transaction)  // Frees its handle whatever the code says.
        if code == MDB_SUCCESS {
            for table in opened { store.handles.add(table.name, dbi: table.dbi, madeIn: table.made ? id : 0) }
            if writes { store.environment.fillToLastPage() }
        }
        store.gate.leave()
        // LMDB reports a write that came to an end halfway as EIO; on a full disk that is what it was.
        try check(
            code == EIO && StoreFolder.isFull(store.folder) ? ENOSPC : code, doing: "commit", in: store.folder)
    }

    func abort() {
        guard isOpen else { return }
        isOpen = false
        mdb_txn_abort(transaction)
        store.gate.leave()
    }
}

// MARK: - Tables by name

extension Snapshot {
    /// The table's handle; nil when this snapshot has no such table and `making` is false.
    @usableFromInline
    func table(_ name: String, flags: UInt32, making: Bool) throws(StoreError) -> UInt32? {
        for table in resolved where table.name == name { return table.dbi }
        guard let dbi = writes ? try resolveToWrite(name, flags, making) : try resolveToRead(name) else { return nil }
        resolved.append((name, dbi))
        hasRead = true
        return dbi
    }

    private func resolveToWrite(_ name: String, _ flags: UInt32, _ making: Bool) throws(StoreError) -> UInt32? {
        if let known = store.handles.find(name) { return known.dbi }
        if let dbi = try openTable(name, flags: 0) {
            opened.append((name, dbi, false))
            return dbi
        }
        guard making, let dbi = try openTable(name, flags: flags | UInt32(MDB_CREATE)) else { return nil }
        opened.append((name, dbi, true))
        return dbi
    }

    private func resolveToRead(_ name: String) throws(StoreError) -> UInt32? {
        if store.handles.find(name) == nil {
            guard try store.openTable(name) else { return nil }
        }
        guard let known = store.handles.find(name) else { return nil }
        if known.order < handleCount { return known.dbi }
        // The table was opened after this transaction began, which therefore can't use it.
        let id = mdb_txn_id(transaction)
        if known.madeIn > UInt64(id) && hasRead { return nil }
        guard openCursors == 0 else { throw tooOld(name) }
        let count = store.handles.count
        mdb_txn_reset(transaction)
        try check(mdb_txn_renew(transaction), doing: "renew a snapshot", in: store.folder)
        // Without a commit in between it is the same snapshot. Else it is a newer one, which is fine before the first read.
        guard !hasRead || mdb_txn_id(transaction) == id else { throw tooOld(name) }
        handleCount = count
        return known.dbi
    }

    private func tooOld(_ name: String) -> StoreError {
        StoreError(
            .locked,
            "Could not read table '\(name)' in '\(store.folder)': another process made it after this snapshot was taken. "
                + "Read again.")
    }

    /// Nil when there is none of that name.
    func openTable(_ name: String, flags: UInt32) throws(StoreError) -> UInt32? {
        var dbi: UInt32 = 0
        let code = mdb_dbi_open(transaction, name, flags, &dbi)
        if code == MDB_NOTFOUND { return nil }
        try check(code, doing: "open table '\(name)'", in: store.folder)
        return dbi
    }

    /// Every name, of empty tables too.
    func storedTableNames() throws(StoreError) -> [String] {
        var main: UInt32 = 0
        try check(mdb_dbi_open(transaction, nil, 0, &main), doing: "list the tables", in: store.folder)
        var names: [String] = []
        let cursor = try Cursor(self, main)
        var record = try cursor.start(from: nil, descending: false)
        while let (name, _) = record {
            names.append(String(decoding: name, as: UTF8.self))
            record = try cursor.move(MDB_NEXT)
        }
        return names
    }

    func emptyTableNames() throws(StoreError) -> [String] {
        var names: [String] = []
        for name in try storedTableNames() {
            guard let dbi = try table(name, flags: 0, making: false) else { continue }
            if try count(dbi) == 0 { names.append(name) }
        }
        return names
    }
}
