import CLMDB
import Foundation

/// LMDB's handles of the tables that this process has written to, by name.
///
/// A table is opened by the first write transaction that uses it, and its handle kept once that commits. Read transactions
/// read the pages themselves and need no handles.
final class TableHandles: Sendable {
    /// Held by every write of this process.
    private let writing = NSRecursiveLock()
    // Guarded by `writing`.
    nonisolated(unsafe) private var isWriting = false
    nonisolated(unsafe) private var byName: [String: UInt32] = [:]

    func find(_ name: String) -> UInt32? { writing.withLock { byName[name] } }

    func add(_ name: String, dbi: UInt32) { writing.withLock { byName[name] = dbi } }

    /// Those of an environment that is closed mean nothing.
    func removeAll() { writing.withLock { byName = [:] } }

    /// Keeps others from writing; nil when this very thread is inside a write.
    func whileNobodyWrites<Result>(_ body: () throws(StoreError) -> Result) throws(StoreError) -> Result? {
        writing.lock()
        defer { writing.unlock() }
        return isWriting ? nil : try body()
    }

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
}

extension Store {
    /// Takes the names of empty tables away, which is only safe while no other process has them open.
    func removeEmptyTables() throws(StoreError) {
        let names = try begin(writing: false).tables().filter { $0.count == 0 }.map { $0.name }
        guard !names.isEmpty else { return }
        try handles.whileWriting { () throws(StoreError) in
            let snapshot = try begin(writing: true)
            for name in names {
                guard let dbi = try snapshot.openTable(name, flags: 0) else { continue }
                try check(mdb_drop(snapshot.transaction, dbi, 1), doing: "remove table '\(name)'", in: folder)
            }
            try snapshot.commit()
        }
    }
}
