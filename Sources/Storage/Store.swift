import CLMDB
import Foundation
import Synchronization

/// One LMDB environment: a folder with `data.mdb` and `lock.mdb` in it, holding named tables.
///
/// Any number of threads may read, each in its own snapshot, while one writes; several processes may do so too. Within one
/// process a folder can be open only once (LMDB's file locks demand it): opening it again is refused with `.locked`.
public final class Store: Sendable {
    /// How to open a store. The defaults are those of a durable store that is written.
    public struct Options: Sendable {
        /// Address space to reserve, in bytes; when the system refuses, half of it, and so on down to 64 MiB.
        /// Not more than it may come to need: a process has 128 TiB in all, and may have many stores open. It grows by itself.
        public var mapSize: Int = 1 << 37
        /// How many tables may exist at once.
        public var maxTables: Int = 256
        /// How many read transactions may be open at once, in all processes.
        public var maxReaders: Int = 510
        /// Whether a commit returns only when it is on the disk. False is for stores that can be made anew.
        public var durable: Bool = true
        /// Whether a commit's meta page reaches the disk only with the next commit's data, or with `Store.sync`: one sync a
        /// commit instead of two (MDB_NOMETASYNC). A power cut may then take the last commit back, whole, never an earlier
        /// one: so what was committed is only safe after the next commit or a `sync`.
        public var syncsMetaLater: Bool = false
        /// Trees of at most so many pages of records are checked wholly at opening, larger ones but for most of these pages.
        var leavesCheckedAtOpening: UInt64 = 2048
        /// Whether to refuse all writing. A folder that does not exist is then an error rather than made.
        ///
        /// Where `lock.mdb` can't be written (a mount or a folder without write permission) the store is read without locks.
        /// That is safe while nobody writes it: a writer does not see such a reader and may use pages again that it still
        /// looks at. So it is refused while another process has the store open, and `readsWithoutLocks` tells a caller
        /// that none should begin.
        public var readOnly: Bool = false

        /// The defaults.
        public init() {}
    }

    /// The folder, as it was given.
    public let folder: String
    /// As it was opened.
    public let options: Options

    /// Whether it is read without locks, because `lock.mdb` can't be written: see `Options.readOnly`.
    public let readsWithoutLocks: Bool

    let gate = Gate()
    let handles = TableHandles()
    let identity: FolderIdentity
    /// What keeps writing from going on, after a failure.
    let trouble = Mutex<Trouble?>(nil)
    /// Nil when it could not be opened again. Used between the gate's `enter` and `leave`, and replaced by whoever has the
    /// store to itself.
    nonisolated(unsafe) var opened: Environment?

    /// Opens the store in `folder`, making both when they are not there.
    ///
    /// - Throws: `StoreError`: `.networkFilesystem`, `.corrupted` (a file that was cut short is refused here, before it is
    ///   mapped), `.readOnly`, `.missing` (reading only), `.locked` (open in this process already), `.newerVersion`.
    public init(folder: String, options: Options = Options()) throws(StoreError) {
        self.folder = folder
        self.options = options
        try StoreFolder.prepare(folder, readOnly: options.readOnly)
        identity = try FolderIdentity(claiming: folder)
        let isNew = access(folder + "/data.mdb", F_OK) != 0
        if identity.isAlone && !isNew { try StoreFolder.refuseEmptyFile(folder) }
        readsWithoutLocks = options.readOnly && !StoreFolder.canLock(folder)
        if readsWithoutLocks && !identity.isAlone { throw StoreError.inUse(folder, doing: "read without locks") }
        do throws(StoreError) {
            if !options.readOnly {
                // What a compaction left that was not finished.
                if identity.isAlone { unlink(folder + "/" + StoreFolder.compactedName) }
                try StoreFolder.reserveLockFile(folder, readers: options.maxReaders)
            }
            opened = try Environment(folder: folder, options: options, locked: !readsWithoutLocks)
        } catch {
            // What could not be begun must not stand in the way of the next attempt. Alone, nobody else can have begun it.
            if isNew && identity.isAlone { unlink(folder + "/data.mdb") }
            throw error
        }
        if isNew && options.durable { try StoreFolder.sync(folder) }
        clearStaleReaders()
        try checkAtOpening()
        // A sync may have failed in a process that is gone.
        if !options.readOnly && options.durable { try settleOrLater() }
        if !options.readOnly && identity.isAlone { try removeEmptyTables() }
        identity.share()
    }

    deinit { close() }

    /// Waits for open transactions to end and closes the files. Later uses throw `.closed`. Closing twice does nothing.
    public func close() {
        gate.close {
            opened?.close()
            opened = nil
            identity.release()
        }
    }

    /// Reads in one snapshot: nothing that is committed meanwhile is seen. Never waits for a writer.
    ///
    /// Keep it short: space that is freed while a snapshot is open can't be used again.
    public func read<Result>(_ body: (borrowing ReadTransaction) throws -> Result) throws -> Result {
        let transaction = ReadTransaction(try begin(writing: false))
        return try body(transaction)
    }

    /// Writes in one transaction: all of it is committed when `body` returns and none of it when `body` throws.
    ///
    /// Waits for other writers, in this process and in others. Never call it inside another `write` of the same store.
    public func write<Result>(_ body: (borrowing WriteTransaction) throws -> Result) throws -> Result {
        guard !options.readOnly else {
            throw StoreError(.readOnly, "Could not write in '\(folder)': it was opened for reading only.")
        }
        return try handles.whileWriting {
            try settleIfNeeded()
            growWhenHalfFull()
            let transaction = WriteTransaction(try begin(writing: true))
            try Failpoint.pass(.writeBegun)
            let result = try body(transaction)
            do throws(StoreError) {
                try transaction.commit()
            } catch {
                note(error)
                throw error
            }
            return result
        }
    }

    /// A number that changes with every commit, of this process or another: cheap to watch. It grows, until `compact` begins
    /// to count anew.
    public func lastTransaction() -> UInt64 {
        withEnvironment { UInt64($0.info.me_last_txnid) } ?? 0
    }

    /// Frees the reader slots of processes that died while they read; returns how many there were.
    @discardableResult public func clearStaleReaders() -> Int {
        withEnvironment { environment in
            var dead: Int32 = 0
            mdb_reader_check(environment.handle, &dead)
            return Int(dead)
        } ?? 0
    }

    /// Reserves twice the address space, once no transaction of this process is open; false when that can't be had in time.
    ///
    /// Stores reserve so much that this is rarely needed, and grow by themselves when half of it is in use.
    @discardableResult public func grow(waitingAtMost limit: TimeInterval = 5) -> Bool {
        handles.whileWriting {
            guard let size = withEnvironment({ $0.info.me_mapsize }) else { return false }
            return resize(to: size * 2, within: limit)
        }
    }
}

// MARK: - Beginning a transaction

extension Store {
    /// A transaction's handle; whoever gets it ends it.
    func begin(writing: Bool) throws(StoreError) -> Snapshot {
        var attempts = 0
        var moves = 0
        while true {
            guard gate.enter() else {
                throw StoreError.closed(folder)
            }
            guard let environment = opened else {
                gate.leave()
                throw StoreError.notOpen(folder)
            }
            var transaction: OpaquePointer?
            let code = mdb_txn_begin(environment.handle, nil, UInt32(writing ? 0 : MDB_RDONLY), &transaction)
            if code == MDB_SUCCESS, let transaction {
                if let snapshot = try snapshot(transaction, writing: writing, isLastAttempt: moves > 100) {
                    return snapshot
                }
                moves += 1
                continue
            }
            gate.leave()
            attempts += 1
            guard attempts < 3 else { throw StoreError(lmdb: code, doing: "begin a transaction", in: folder) }
            switch code {
            case MDB_MAP_RESIZED: resize(to: 0, within: 10)  // Another process made the file larger than our map.
            case MDB_READERS_FULL: clearStaleReaders()
            // An earlier commit failed, after which LMDB takes nothing more, not even reads.
            case MDB_PANIC where !writing: try openAnew(within: 5)
            default: throw StoreError(lmdb: code, doing: "begin a transaction", in: folder)
            }
        }
    }

    /// Zero takes the size that the file's own pages ask for.
    @discardableResult private func resize(to size: Int, within limit: TimeInterval) -> Bool {
        var code = MDB_SUCCESS
        let quiet = gate.whenQuiet(within: limit) {
            if let opened { code = mdb_env_set_mapsize(opened.handle, size) }
        }
        return quiet && code == MDB_SUCCESS
    }

    private func growWhenHalfFull() {
        guard let (info, pageSize) = withEnvironment({ ($0.info, $0.pageSize) }),
            info.me_last_pgno * pageSize > info.me_mapsize / 2
        else { return }
        resize(to: info.me_mapsize * 2, within: 0.05)
    }

    /// The environment of a transaction that is open.
    var environment: Environment {
        guard let opened else { preconditionFailure("a transaction that is open has an environment") }
        return opened
    }

    /// Uses the environment outside of a transaction; nil when it is closed.
    func withEnvironment<Result>(_ body: (Environment) -> Result) -> Result? {
        guard gate.enter() else { return nil }
        defer { gate.leave() }
        return opened.map(body)
    }
}
