import CLMDB
import Foundation

/// One LMDB environment: a folder with `data.mdb` and `lock.mdb` in it, holding named tables.
///
/// Any number of threads may read, each in its own snapshot, while one writes; several processes may do so too. Within one
/// process a folder can be open only once (LMDB's file locks demand it): opening it again is refused with `.locked`.
public final class Store: Sendable {
    /// How to open a store. The defaults are those of a durable store that is written.
    public struct Options: Sendable {
        /// Address space to reserve, in bytes; when the system refuses, half of it, and so on down to 64 MiB.
        public var mapSize: Int = 1 << 40
        /// How many tables may exist at once.
        public var maxTables: Int = 256
        /// How many read transactions may be open at once, in all processes.
        public var maxReaders: Int = 510
        /// Whether a commit returns only when it is on the disk. False is for stores that can be made anew.
        public var durable: Bool = true
        /// Whether a commit's last page, the one that makes it valid, may reach the disk with the next commit or `sync`: one
        /// wait for the disk less. After a power cut the last commit may be missing, whole.
        public var metaPageIsLate: Bool = false
        /// Whether to refuse all writing. A folder that does not exist is then an error rather than made.
        public var readOnly: Bool = false

        /// The defaults.
        public init() {}
    }

    /// The folder, as it was given.
    public let folder: String
    /// As it was opened.
    public let options: Options

    let environment: Environment
    let gate = Gate()
    let handles = TableHandles()
    private let identity: FolderIdentity

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
        do throws(StoreError) {
            if !options.readOnly { try StoreFolder.reserveLockFile(folder, readers: options.maxReaders) }
            environment = try Environment(folder: folder, options: options)
        } catch {
            // What could not be begun must not stand in the way of the next attempt. Alone, nobody else can have begun it.
            if isNew && identity.isAlone { unlink(folder + "/data.mdb") }
            throw error
        }
        if isNew && options.durable { StoreFolder.sync(folder) }
        clearStaleReaders()
        try openExistingTables()
        if !options.readOnly && identity.isAlone { try removeEmptyTables() }
        identity.share()
    }

    deinit { close() }

    /// Waits for open transactions to end and closes the files. Later uses throw `.closed`. Closing twice does nothing.
    public func close() {
        gate.close {
            mdb_env_close(environment.handle)
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
            growWhenHalfFull()
            let transaction = WriteTransaction(try begin(writing: true))
            let result = try body(transaction)
            try transaction.commit()
            return result
        }
    }

    /// Returns when everything that was committed is on the disk.
    public func sync() throws {
        guard gate.enter() else { throw StoreError(.closed, "Could not use '\(folder)': the store has been closed.") }
        defer { gate.leave() }
        try check(mdb_env_sync(environment.handle, 1), doing: "sync", in: folder)
    }

    /// A number that grows with every commit, of this process or another: cheap to watch for changes.
    public func lastTransaction() -> UInt64 {
        guard gate.enter() else { return 0 }
        defer { gate.leave() }
        return UInt64(environment.info.me_last_txnid)
    }

    /// Frees the reader slots of processes that died while they read; returns how many there were.
    @discardableResult public func clearStaleReaders() -> Int {
        guard gate.enter() else { return 0 }
        defer { gate.leave() }
        var dead: Int32 = 0
        mdb_reader_check(environment.handle, &dead)
        return Int(dead)
    }

    /// Reserves twice the address space, once no transaction of this process is open; false when that can't be had in time.
    ///
    /// Stores reserve so much that this is rarely needed, and grow by themselves when half of it is in use.
    @discardableResult public func grow(waitingAtMost limit: TimeInterval = 5) -> Bool {
        handles.whileWriting { resize(to: environment.info.me_mapsize * 2, within: limit) }
    }
}

// MARK: - Beginning a transaction

extension Store {
    /// A transaction's handle; whoever gets it ends it.
    func begin(writing: Bool) throws(StoreError) -> Snapshot {
        var attempts = 0
        while true {
            guard gate.enter() else {
                throw StoreError(.closed, "Could not use '\(folder)': the store has been closed.")
            }
            let known = handles.count
            var transaction: OpaquePointer?
            let code = mdb_txn_begin(environment.handle, nil, UInt32(writing ? 0 : MDB_RDONLY), &transaction)
            if code == MDB_SUCCESS, let transaction {
                return Snapshot(store: self, transaction: transaction, writes: writing, handleCount: known)
            }
            gate.leave()
            attempts += 1
            guard attempts < 3 else { throw StoreError(lmdb: code, doing: "begin a transaction", in: folder) }
            switch code {
            case MDB_MAP_RESIZED: resize(to: 0, within: 10)  // Another process made the file larger than our map.
            case MDB_READERS_FULL: clearStaleReaders()
            default: throw StoreError(lmdb: code, doing: "begin a transaction", in: folder)
            }
        }
    }

    /// Zero takes the size that the file's own pages ask for.
    @discardableResult private func resize(to size: Int, within limit: TimeInterval) -> Bool {
        var code = MDB_SUCCESS
        let quiet = gate.whenQuiet(within: limit) { code = mdb_env_set_mapsize(environment.handle, size) }
        return quiet && code == MDB_SUCCESS
    }

    private func growWhenHalfFull() {
        guard gate.enter() else { return }
        let info = environment.info
        gate.leave()
        guard info.me_last_pgno * environment.pageSize > info.me_mapsize / 2 else { return }
        resize(to: info.me_mapsize * 2, within: 0.05)
    }
}

/// The C handle of an open environment.
///
/// `@unchecked Sendable`: LMDB locks inside for everything it is used for here; what must not overlap goes through `Gate`.
struct Environment: @unchecked Sendable {
    let handle: OpaquePointer
    let pageSize: Int

    init(folder: String, options: Store.Options) throws(StoreError) {
        var size = options.mapSize
        while true {
            let (code, handle) = Environment.open(folder, options, mapSize: size)
            if code == MDB_SUCCESS, let handle {
                self.handle = handle
                var status = MDB_stat()
                mdb_env_stat(handle, &status)
                pageSize = Int(status.ms_psize)
                return
            }
            guard code == ENOMEM, size > 64 << 20 else {
                throw StoreError(lmdb: code, doing: "open the store", in: folder)
            }
            size /= 2
        }
    }

    private static func open(_ folder: String, _ options: Store.Options, mapSize: Int) -> (Int32, OpaquePointer?) {
        var handle: OpaquePointer?
        var code = mdb_env_create(&handle)
        guard code == MDB_SUCCESS else { return (code, nil) }
        mdb_env_set_mapsize(handle, mapSize)
        mdb_env_set_maxdbs(handle, UInt32(options.maxTables))
        mdb_env_set_maxreaders(handle, UInt32(options.maxReaders))
        // NOTLS: a reader slot belongs to its transaction, not to the thread. Never WRITEMAP: a full disk would be a SIGBUS.
        var flags = MDB_NOTLS
        if !options.durable { flags |= MDB_NOSYNC }
        if options.metaPageIsLate { flags |= MDB_NOMETASYNC }
        if options.readOnly { flags |= MDB_RDONLY }
        code = mdb_env_open(handle, folder, UInt32(flags), 0o644)
        if code == MDB_SUCCESS { return (code, handle) }
        mdb_env_close(handle)
        return (code, nil)
    }

    var info: MDB_envinfo {
        var info = MDB_envinfo()
        mdb_env_info(handle, &info)
        return info
    }

    /// LMDB leaves pages that a transaction took and gave back unwritten, so the file may end before the last page in use.
    /// Made as long as its meta page says, a file that was really cut short can be told at the next opening.
    func fillToLastPage() {
        var descriptor: Int32 = -1
        guard mdb_env_get_fd(handle, &descriptor) == MDB_SUCCESS else { return }
        let needed = UInt64(info.me_last_pgno + 1) * UInt64(pageSize)
        if StoreFolder.fileSize(descriptor) < needed { ftruncate(descriptor, off_t(needed)) }
    }
}
