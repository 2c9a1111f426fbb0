import CLMDB
import Foundation

/// The C handle of an open environment.
///
/// `@unchecked Sendable`: LMDB locks inside for everything it is used for here; what must not overlap goes through `Gate`.
struct Environment: @unchecked Sendable {
    let handle: OpaquePointer
    let pageSize: Int
    let readers: PageReaders

    /// - Parameter locked: false takes no reader slot, see `Store.Options.readOnly`.
    init(folder: String, options: Store.Options, locked: Bool) throws(StoreError) {
        var size = options.mapSize
        while true {
            let (code, handle) = Environment.open(folder, options, locked, mapSize: size)
            if code == MDB_SUCCESS, let handle {
                do throws(StoreError) {
                    readers = try PageReaders(folder: folder)
                } catch {
                    mdb_env_close(handle)
                    throw error
                }
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

    private static func open(_ folder: String, _ options: Store.Options, _ locked: Bool, mapSize: Int)
        -> (Int32, OpaquePointer?)
    {
        var handle: OpaquePointer?
        var code = mdb_env_create(&handle)
        guard code == MDB_SUCCESS else { return (code, nil) }
        mdb_env_set_mapsize(handle, mapSize)
        mdb_env_set_maxdbs(handle, UInt32(options.maxTables))
        mdb_env_set_maxreaders(handle, UInt32(options.maxReaders))
        // NOTLS: a reader slot belongs to its transaction, not to the thread. Never WRITEMAP: a full disk would be a SIGBUS.
        var flags = MDB_NOTLS
        if !options.durable { flags |= MDB_NOSYNC }
        if options.syncsMetaLater { flags |= MDB_NOMETASYNC }
        if options.readOnly { flags |= MDB_RDONLY }
        if !locked { flags |= MDB_NOLOCK }
        code = mdb_env_open(handle, folder, UInt32(flags), 0o644)
        if code == MDB_SUCCESS { return (code, handle) }
        mdb_env_close(handle)
        return (code, nil)
    }

    func close() { mdb_env_close(handle) }

    var info: MDB_envinfo {
        var info = MDB_envinfo()
        mdb_env_info(handle, &info)
        return info
    }
}
