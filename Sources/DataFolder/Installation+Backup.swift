import EventStore
import Foundation
import Storage

extension Installation {
    /// Copies the log, and the key that signs its checkpoints, into a folder that opens as a data folder; then verifies the
    /// copy. The log may be written meanwhile: the copy is of one moment.
    ///
    /// - Parameter progress: of the verification: positions done and all there are.
    /// - Returns: what the verification found.
    /// - Throws: `LogError` and `DataFolderError`; nothing is overwritten, and what was begun is taken away.
    public func backup(to destination: String, progress: (UInt64, UInt64) -> Void) throws -> Verification {
        try Self.copy(log, keyOf: folder, to: destination, progress)
    }

    /// Makes a data folder of a backup: the other way round, and verified as well.
    ///
    /// - Throws: `LogError`, `.store(.alreadyThere)` when the data folder has a log already; `DataFolderError`.
    public static func restore(
        from backup: String, to folder: String, progress: (UInt64, UInt64) -> Void
    ) throws -> Verification {
        let log = try EventLog(folder: backup + "/log", access: .readOnly)
        defer { log.close() }
        return try copy(log, keyOf: backup, to: folder, progress)
    }

    private static func copy(
        _ log: EventLog, keyOf source: String, to destination: String, _ progress: (UInt64, UInt64) -> Void
    ) throws -> Verification {
        try make(destination, mode: 0o700)
        // A log that is there is named before a key that is.
        if access(destination + "/log/data.mdb", F_OK) == 0 { try log.copy(to: destination + "/log") }
        let wroteKey = try CheckpointKey.copy(from: source, to: destination)
        do {
            try log.copy(to: destination + "/log")
        } catch {
            if wroteKey { unlink(destination + "/" + CheckpointKey.fileName) }
            throw error
        }
        // What the copy holds must not be undone by a power cut in the original.
        try log.sync()
        let copy = try EventLog(folder: destination + "/log", access: .readOnly)
        defer { copy.close() }
        let last = try copy.lastPosition()
        return try copy.verify { progress($0, last) }
    }
}
