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
        try snapshot.tables().filter { $0.count > 0 }.map { $0.name }
    }
}

/// What a transaction sees, without a public face of its own: tables read and write through it.
///
/// A read transaction holds one of LMDB's, so that its pages stay, and reads them itself. A write transaction does everything
/// through LMDB, which alone knows the pages that it has not written yet.
public final class Snapshot {
    let store: Store
    let transaction: OpaquePointer
    /// Nil in a write transaction.
    let pages: PageReader?
    private var isOpen = true

    /// The handles of the tables that a write transaction has used already: most use few, so a search from the front beats a
    /// dictionary.
    private var resolved: [(name: String, dbi: UInt32)] = []
    private var opened: [(name: String, dbi: UInt32)] = []

    init(store: Store, transaction: OpaquePointer, pages: PageReader?) {
        self.store = store
        self.transaction = transaction
        self.pages = pages
    }

    deinit { abort() }

    func commit() throws(StoreError) {
        precondition(isOpen, "a transaction ends once")
        if pages == nil { try Failpoint.pass(.commitBefore) }
        isOpen = false
        let code = mdb_txn_commit(transaction)  // Frees its handle whatever the code says.
        if code == MDB_SUCCESS {
            for table in opened { store.handles.add(table.name, dbi: table.dbi) }
        }
        giveBackReader()
        store.gate.leave()
        // LMDB reports a write that came to an end halfway as EIO; on a full disk that is what it was.
        try check(
            code == EIO && StoreFolder.isFull(store.folder) ? ENOSPC : code, doing: "commit", in: store.folder)
        if pages == nil { try Failpoint.pass(.commitAfter) }
    }

    func abort() {
        guard isOpen else { return }
        isOpen = false
        mdb_txn_abort(transaction)
        giveBackReader()
        store.gate.leave()
    }

    private func giveBackReader() { if let pages { store.environment.readers.giveBack(pages) } }
}

// MARK: - Tables by name

extension Snapshot {
    /// What `get`, `put` and the others know the table by: LMDB's handle or, in a read transaction, an index of the reader's;
    /// nil when this snapshot has no such table and `making` is false.
    @usableFromInline
    func table(_ name: String, flags: UInt32, making: Bool) throws(StoreError) -> UInt32? {
        if let pages { return try findToRead(name, flags, pages) }
        for known in resolved where known.name == name { return known.dbi }
        guard let dbi = try resolveToWrite(name, flags, making) else { return nil }
        resolved.append((name, dbi))
        return dbi
    }

    private func findToRead(_ name: String, _ flags: UInt32, _ pages: PageReader) throws(StoreError) -> UInt32? {
        guard let index = try pages.tableIndex(name) else { return nil }
        guard pages.knownTables[index].tree.flags == flags else {
            throw StoreError(
                .corrupted,
                "Could not read table '\(name)' in '\(store.folder)': its keys are said to be of another kind. "
                    + "Restore the folder from a backup.")
        }
        return UInt32(index)
    }

    private func resolveToWrite(_ name: String, _ flags: UInt32, _ making: Bool) throws(StoreError) -> UInt32? {
        if let known = store.handles.find(name) { return known }
        guard let dbi = try openTable(name, flags: making ? flags | UInt32(MDB_CREATE) : 0) else { return nil }
        opened.append((name, dbi))
        return dbi
    }

    /// Nil when there is none of that name.
    func openTable(_ name: String, flags: UInt32) throws(StoreError) -> UInt32? {
        var dbi: UInt32 = 0
        let code = mdb_dbi_open(transaction, name, flags, &dbi)
        if code == MDB_NOTFOUND { return nil }
        try check(code, doing: "open table '\(name)'", in: store.folder)
        return dbi
    }

    /// Every table's name and how many records it has, of empty tables too.
    func tables() throws(StoreError) -> [(name: String, count: Int)] {
        if let pages { return try pages.tables().map { ($0.name, Int($0.tree.count)) } }
        var main: UInt32 = 0
        try check(mdb_dbi_open(transaction, nil, 0, &main), doing: "list the tables", in: store.folder)
        var names: [String] = []
        let cursor = try Cursor(self, main)
        var record = try cursor.start(from: nil, descending: false)
        while let (name, _) = record {
            names.append(String(decoding: name, as: UTF8.self))
            record = try cursor.move(MDB_NEXT)
        }
        var tables: [(name: String, count: Int)] = []
        for name in names {
            guard let table = try self.table(name, flags: 0, making: false) else { continue }
            tables.append((name, try count(table)))
        }
        return tables
    }
}
