import CLMDB
import Foundation

/// The tables of a store that this process has opened, by name.
///
/// LMDB wants one transaction at a time to open tables, and a transaction can't use a table that was opened after it began.
/// So whatever exists is opened with the store, the rest by the write transaction that makes it (kept once it commits), or,
/// when another process made it, in a short read transaction. Whoever opens holds `writing`.
final class TableHandles: Sendable {
    struct Handle: Sendable {
        var dbi: UInt32
        /// How many were added before it: a transaction that knew fewer can't use it.
        var order: Int
        /// The transaction that made the table; 0 when it was there before it was opened here.
        var madeIn: UInt64
    }

    private let lock = NSLock()
    // Guarded by `lock`.
    nonisolated(unsafe) private var byName: [String: Handle] = [:]
    nonisolated(unsafe) private var added = 0

    /// Held by every write of this process and by whoever opens tables.
    private let writing = NSRecursiveLock()
    nonisolated(unsafe) private var isWriting = false  // Guarded by `writing`.

    /// How many were ever added.
    var count: Int { lock.withLock { added } }

    func find(_ name: String) -> Handle? { lock.withLock { byName[name] } }

    func add(_ name: String, dbi: UInt32, madeIn: UInt64 = 0) {
        lock.withLock {
            byName[name] = Handle(dbi: dbi, order: added, madeIn: madeIn)
            added += 1
        }
    }

    func remove(_ name: String) { lock.withLock { byName[name] = nil } }

    func whileWriting<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        writing.lock()
        precondition(!isWriting, "a write inside a write of the same store would wait for itself")
        isWriting = true
        defer {
            isWriting = false
            writing.unlock()
        }
        return try body()
    }

    /// Nil when this very thread is inside a write, which opens its tables itself.
    func whileOpening<Result>(_ body: () throws(StoreError) -> Result) throws(StoreError) -> Result? {
        writing.lock()
        defer { writing.unlock() }
        return isWriting ? nil : try body()
    }
}

extension Store {
    /// Opens every table that is there, so that later transactions find them.
    func openExistingTables() throws(StoreError) {
        guard let snapshot = try handles.whileOpening({ () throws(StoreError) in try begin(writing: false) }) else {
            return
        }
        for name in try snapshot.storedTableNames() {
            if let dbi = try snapshot.openTable(name, flags: 0) { handles.add(name, dbi: dbi) }
        }
        try snapshot.commit()
    }

    /// Opens one table that another process made; false when there is none of that name.
    func openTable(_ name: String) throws(StoreError) -> Bool {
        let isThere = try handles.whileOpening { () throws(StoreError) in
            if handles.find(name) != nil { return true }
            let snapshot = try begin(writing: false)
            guard let dbi = try snapshot.openTable(name, flags: 0) else { return false }
            try snapshot.commit()
            handles.add(name, dbi: dbi)
            return true
        }
        return isThere ?? false
    }

    /// Takes the names of empty tables away, which is only safe while no other process has them open.
    func removeEmptyTables() throws(StoreError) {
        let names = try begin(writing: false).emptyTableNames()
        guard !names.isEmpty else { return }
        try handles.whileWriting { () throws(StoreError) in
            let snapshot = try begin(writing: true)
            for name in names {
                guard let handle = handles.find(name) else { continue }
                handles.remove(name)
                try check(mdb_drop(snapshot.transaction, handle.dbi, 1), doing: "remove table '\(name)'", in: folder)
            }
            try snapshot.commit()
        }
    }
}
