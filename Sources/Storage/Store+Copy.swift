import CLMDB
import Foundation

extension Store {
    /// Writes the newest state into a folder of its own, without the space that is free, while others read and write. The
    /// copy opens as a store.
    ///
    /// The folder is made, for this user alone (0700), with those above it. `data.mdb` has its name there once all of it is
    /// on the disk: a copy that was broken off is never taken for one.
    /// - Throws: `StoreError`: `.alreadyThere` when there is a store in it, `.diskFull` and whatever else the system reports;
    ///   what was begun is then removed.
    public func copy(to destination: String) throws(StoreError) {
        var status = stat()
        let isNew = stat(destination, &status) != 0
        let code = makeFolder(destination, mode: 0o700)
        try check(code == ENOENT ? EACCES : code, doing: "make the folder", in: destination)
        let file = destination + "/data.mdb"
        guard access(file, F_OK) != 0 else {
            throw StoreError(
                .alreadyThere,
                "Could not copy '\(folder)' to '\(destination)': there is a store in that folder already. Choose another one."
            )
        }
        let temporary = file + ".partial"
        unlink(temporary)  // Of a copy that was broken off.
        var made = temporary
        do throws(StoreError) {
            try Failpoint.pass(.copyBefore)
            try writeCopy(temporary, in: destination, mode: 0o600, written: .copyWritten, synced: .copySynced)
            try rename(temporary, to: file, in: destination)
            made = file
            try Failpoint.pass(.copyRenamed)
            try StoreFolder.sync(destination)
            // The folder's own entry, where it may just have been made.
            try StoreFolder.sync((destination as NSString).appendingPathComponent(".."))
        } catch {
            unlink(made)
            if isNew { rmdir(destination) }
            throw error
        }
    }

    /// Writes the file anew without the space that is free, and puts it in the place of the old one: what was deleted is then
    /// gone from the disk.
    ///
    /// Only while no other process has the store open; others that come wait. Reads of this process go on, but for the moment
    /// of the exchange. Needs as much room as the new file takes. Broken off at any point, the store is as it was or
    /// compacted, and nothing else is left behind after the next opening.
    /// - Throws: `StoreError`: `.locked` when another process has it open or reads did not end in time, `.readOnly`,
    ///   `.diskFull`, `.io`. When the new file is in place and could not be made durable, nothing is written until `reopen`
    ///   has succeeded.
    public func compact(waitingAtMost limit: TimeInterval = 10) throws(StoreError) {
        guard !options.readOnly else {
            throw StoreError(.readOnly, "Could not compact '\(folder)': it was opened for reading only.")
        }
        guard identity.becomeAlone() else { throw StoreError.inUse(folder, doing: "compact the store") }
        defer { identity.share() }
        // Held all the time: a write between the copy and the exchange would be lost.
        let isDone = try handles.whileNobodyWrites { () throws(StoreError) in
            try settleIfNeeded()
            return try exchange(within: limit)
        }
        guard isDone == true else {
            throw StoreError(
                .locked,
                "Could not compact '\(folder)': reads or writes were open for too long. End them and try again.")
        }
    }

    private func exchange(within limit: TimeInterval) throws(StoreError) -> Bool {
        let file = folder + "/data.mdb"
        let temporary = folder + "/" + StoreFolder.compactedName
        var status = stat()
        stat(file, &status)
        unlink(temporary)
        defer { unlink(temporary) }
        try Failpoint.pass(.compactBefore)
        try writeCopy(
            temporary, in: folder, mode: status.st_mode & 0o777, written: .compactWritten, synced: .compactSynced)
        var isExchanged = false
        do throws(StoreError) {
            let isDone = try replaceEnvironment(within: limit) { () throws(StoreError) in
                try Failpoint.pass(.compactClosed)
                try rename(temporary, to: file, in: folder)
                isExchanged = true
                try Failpoint.pass(.compactRenamed)
                // Before anything is written into the new file: after a power cut the old one could have the name again.
                try StoreFolder.sync(folder)
            }
            try Failpoint.pass(.compactReopened)
            return isDone
        } catch {
            if isExchanged { trouble.withLock { $0 = .refuses(error) } }
            throw error
        }
    }

    /// The newest state in a new file, on the disk when this returns.
    private func writeCopy(
        _ path: String, in destination: String, mode: mode_t, written: Failpoint, synced: Failpoint
    ) throws(StoreError) {
        let doing = "write a copy of '\(folder)'"
        // Takes over the map's size where another process has made the file larger.
        try begin(writing: false).abort()
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw StoreError(lmdb: errno, doing: doing, in: destination) }
        do throws(StoreError) {
            defer { Foundation.close(descriptor) }
            guard
                let code = withEnvironment({ mdb_env_copyfd2($0.handle, descriptor, UInt32(MDB_CP_COMPACT)) })
            else { throw gate.isOpen ? StoreError.notOpen(folder) : StoreError.closed(folder) }
            guard code != MDB_INCOMPATIBLE else {
                throw StoreError(
                    .corrupted,
                    "Could not \(doing) in '\(destination)': some of its pages are neither in use nor free. Verify it.")
            }
            try check(code == EIO && StoreFolder.isFull(destination) ? ENOSPC : code, doing: doing, in: destination)
            try Failpoint.pass(written)
            guard fsync(descriptor) == 0 else { throw StoreError(lmdb: errno, doing: doing, in: destination) }
            try Failpoint.pass(synced)
        } catch {
            unlink(path)
            throw error
        }
    }

    private func rename(_ path: String, to name: String, in folder: String) throws(StoreError) {
        guard Foundation.rename(path, name) == 0 else {
            throw StoreError(lmdb: errno, doing: "put data.mdb in its place", in: folder)
        }
    }
}
