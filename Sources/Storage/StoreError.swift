import CLMDB
import Foundation

/// Why a store could not do what it was asked to.
public struct StoreError: Error, Sendable, Equatable, CustomStringConvertible, LocalizedError {
    /// What a caller can branch on.
    public enum Code: Sendable, Equatable {
        /// There is no store in the folder, and it was opened for reading only.
        case missing
        /// The reserved address range is full and could not be enlarged.
        case mapFull
        /// The disk or the quota is full. What was committed is safe; writing works again once there is room.
        case diskFull
        /// The folder, the store or this opening of it can't be written.
        case readOnly
        /// The operating system failed to read or write.
        case io
        /// The file is damaged: cut short, or not what its own pages say.
        case corrupted
        /// Every reader slot of the store is taken.
        case readersFull
        /// Something else is in the way for now: this process has the folder open already, or a snapshot is too old.
        case locked
        /// The folder is on another machine, where memory mapping and locks can't be relied upon.
        case networkFilesystem
        /// The store was written by a version that this one does not know.
        case newerVersion
        /// A key is empty or too long, or a value does not fit what the table holds.
        case invalidRecord
        /// A store is in the folder already, where a new one was to be made.
        case alreadyThere
        /// The store has been closed.
        case closed
        /// Anything else that LMDB reports.
        case other
    }

    /// What a caller can branch on.
    public let code: Code
    /// A sentence that names the folder, the reason and what to do.
    public let description: String

    /// The same sentence, for code that only knows `Error`.
    public var errorDescription: String? { description }

    /// An error of that kind, told by that sentence; also for what a module above finds wrong with stored bytes.
    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

/// The one funnel from LMDB's return codes to `StoreError`: `doing` completes "Could not …".
@usableFromInline
func check(_ code: Int32, doing: @autoclosure () -> String, in folder: String) throws(StoreError) {
    guard code != MDB_SUCCESS else { return }
    throw StoreError(lmdb: code, doing: doing(), in: folder)
}

extension StoreError {
    init(lmdb code: Int32, doing: String, in folder: String) {
        let reason = String(cString: mdb_strerror(code))
        let (kind, remedy): (Code, String) =
            switch code {
            case MDB_MAP_FULL:
                (
                    .mapFull,
                    "The reserved address range is full: raise the process's address space limit (ulimit -v) and try again."
                )
            case ENOSPC, EDQUOT, EFBIG:
                (.diskFull, "Free some space there and try again; nothing that was committed is lost.")
            case EACCES, EPERM, EROFS:
                (.readOnly, "Give this user write permission, or choose another folder.")
            case EIO, MDB_PANIC, ENODEV, ENXIO, EBADF:
                (.io, "Check the disk, then open the store again.")
            case MDB_CORRUPTED, MDB_PAGE_NOTFOUND, MDB_INVALID:
                (.corrupted, "Restore the folder from a backup.")
            case MDB_VERSION_MISMATCH:
                (.newerVersion, "It was written by another version of LMDB: use the flperf that wrote it.")
            case MDB_READERS_FULL:
                (.readersFull, "Too many reads are open at once: end some of them, or the processes that hold them.")
            case MDB_DBS_FULL:
                (.other, "It has more tables than this opening of it allows.")
            case MDB_BAD_VALSIZE:
                (.invalidRecord, "A key must have 1 to \(KeyBuilder.limit) bytes.")
            case ENOTDIR:
                (.readOnly, "A file stands where a folder should: move it away, or choose another folder.")
            case EAGAIN, EBUSY, MDB_BAD_RSLOT:
                (.locked, "Something else holds it: try again.")
            case ENOENT:
                (.missing, "There is no store in that folder.")
            case ENOMEM:
                (.other, "The system refused the memory: check the process's limits (ulimit -v).")
            default:
                (.other, "")
            }
        let sentence = "Could not \(doing) in '\(folder)': \(reason)."
        self.init(kind, remedy.isEmpty ? sentence : "\(sentence) \(remedy)")
    }
}
