import CLMDB
import Foundation

/// What keeps a store from writing after a failure.
enum Trouble: Sendable {
    /// What is visible may not be on the disk: it has to be settled before anything more is written.
    case unsettled
    /// Nothing is written until `reopen` has succeeded.
    case refuses(StoreError)
}

extension Store {
    /// Waits until everything that was committed is on the disk. Only of use with `Options.syncsMetaLater`, or without
    /// `durable`.
    ///
    /// - Throws: `StoreError`: `.io` or `.diskFull`: then nothing is written until `reopen` has succeeded.
    public func sync() throws(StoreError) {
        do throws(StoreError) {
            try Failpoint.pass(.syncBefore)
            // A sync that failed before this one is not made good by it.
            _ = try handles.whileNobodyWrites { () throws(StoreError) in try settleIfNeeded() }
            try syncFile()
            try Failpoint.pass(.syncAfter)
        } catch {
            if error.code != .closed { trouble.withLock { $0 = .refuses(error) } }
            throw error
        }
    }

    /// Closes the files and opens them again, and makes all that is visible durable: the way on after an I/O error.
    ///
    /// LMDB refuses everything after a meta page could not be written (MDB_PANIC). Read transactions that are open come to
    /// their end first, new ones wait. When the files can only be opened for reading (a file system that the kernel has
    /// made read-only), reads go on and writing stays refused; when not even that, reads fail until a later `reopen`
    /// succeeds. The folder stays claimed all the time.
    /// - Throws: `StoreError`: `.locked` when reads did not end in time, else what was in the way. Then nothing is written
    ///   until a later `reopen` has succeeded.
    public func reopen(waitingAtMost limit: TimeInterval = 10) throws(StoreError) {
        do throws(StoreError) {
            try Failpoint.pass(.reopenBefore)
            try openAnew(within: limit)
            try Failpoint.pass(.reopenOpened)
            if options.durable && !options.readOnly {
                try handles.whileWriting { () throws(StoreError) in try settle() }
            }
        } catch {
            if error.code != .closed { trouble.withLock { $0 = .refuses(error) } }
            throw error
        }
        trouble.withLock { $0 = nil }
    }

    // MARK: - Opening again

    /// Opens the files again without making anything durable: enough to read.
    func openAnew(within limit: TimeInterval) throws(StoreError) {
        let deadline = ContinuousClock.now + .seconds(limit)
        repeat {
            // In short attempts: a read that is to end may wait for a write, which waits for `handles`.
            let isDone = try handles.whileNobodyWrites { () throws(StoreError) in
                try replaceEnvironment(within: min(0.25, limit)) { () throws(StoreError) in
                    try Failpoint.pass(.reopenClosed)
                }
            }
            guard let isDone else {
                throw StoreError(.locked, "Could not open '\(folder)' again: this thread is writing in it.")
            }
            if isDone { return }
            // It would wait for itself.
        } while ContinuousClock.now < deadline && !gate.isHeldByThisThread
        throw StoreError(
            .locked, "Could not open '\(folder)' again: reads were open for too long. End them and try again.")
    }

    /// Closes the files, does `body`, and opens what is there then; false when there was no quiet moment for it.
    ///
    /// What `body` throws is thrown on, after the files have been opened again. The caller holds `handles`.
    func replaceEnvironment(within limit: TimeInterval, _ body: () throws(StoreError) -> Void) throws(StoreError)
        -> Bool
    {
        var failure: StoreError?
        let isQuiet = gate.whenQuiet(within: limit) {
            opened?.close()
            opened = nil
            do throws(StoreError) {
                defer { failure = failure ?? openAfterClosing() }
                try body()
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        // Not quiet because it is closed: no second attempt will do.
        if !isQuiet && !gate.isOpen { throw StoreError.closed(folder) }
        return isQuiet
    }

    /// Why it can't be written; then it may still have been opened for reading.
    private func openAfterClosing() -> StoreError? {
        do throws(StoreError) {
            // LMDB would make an empty store in the place of a file that is gone.
            if access(folder + "/data.mdb", F_OK) != 0 {
                throw StoreError(lmdb: errno, doing: "open data.mdb again", in: folder)
            }
            try StoreFolder.refuseEmptyFile(folder)
            try MetaPages.check(folder)
            handles.removeAll()
            opened = try Environment(folder: folder, options: options, locked: !readsWithoutLocks)
            return nil
        } catch {
            opened?.close()
            opened = nil
            guard !options.readOnly, error.code != .corrupted else { return error }
            var reading = options
            reading.readOnly = true
            opened = try? Environment(folder: folder, options: reading, locked: StoreFolder.canLock(folder))
            return error
        }
    }

    // MARK: - Making durable what is visible

    /// Remembers a commit that failed in a way after which the disk may hold less than what is visible.
    func note(_ error: StoreError) {
        switch error.code {
        case .io,
            .other where options.durable:
            trouble.withLock { $0 = .refuses(error) }
        // A full disk may have failed the sync, not only the write. With the meta pages synced by themselves nothing that
        // is visible rests on that sync.
        case .diskFull where options.syncsMetaLater:
            trouble.withLock { trouble in if trouble == nil { trouble = .unsettled } }
        default: return
        }
    }

    /// Called by whoever is about to write, with `handles` held.
    func settleIfNeeded() throws(StoreError) {
        switch trouble.withLock({ $0 }) {
        case nil: return
        case .refuses(let cause):
            throw StoreError(
                .io,
                "Could not write in '\(folder)': an earlier write failed, and what is on the disk is not known until the "
                    + "store has been opened again. The cause: \(cause)")
        case .unsettled:
            try settle()
            trouble.withLock { $0 = nil }
        }
    }

    /// Settles, or where the disk does not let that be, leaves it for the next write: reading goes on.
    func settleOrLater() throws(StoreError) {
        do throws(StoreError) { try settle() } catch {
            if error.code == .corrupted { throw error }
            trouble.withLock { $0 = .unsettled }
        }
    }

    /// Makes everything that is visible durable, after a sync that failed.
    ///
    /// After a failed fsync Linux may mark the pages that it could not write as clean: they are still read as written, and
    /// no later sync writes them ("fsyncgate", 2018; Rebello et al., "Can Applications Recover from fsync Failures?",
    /// USENIX ATC 2020). Of what is visible that concerns the two meta pages alone: one is only written after the sync of
    /// all the pages that it leads to has succeeded. So the newer one is written once more as it is seen, and synced; then
    /// the older one, where a failed commit may have left anything, as a second copy of it with the number before.
    /// LMDB's lock, which a write transaction holds, keeps other processes from changing them meanwhile.
    func settle() throws(StoreError) {
        try StoreFolder.sync(folder)
        let snapshot = try begin(writing: true)
        defer { snapshot.abort() }
        let number = UInt64(environment.info.me_last_txnid)
        guard number > 0 else { return }
        let newest = try environment.metaPage(of: number, in: folder)
        for number in [number, number - 1] {
            try environment.write(newest, asMetaPageOf: number, in: folder)
            try Failpoint.pass(.settleWritten)
            try syncFile()
        }
    }

    private func syncFile() throws(StoreError) {
        guard let code = withEnvironment({ mdb_env_sync($0.handle, 1) }) else {
            throw gate.isOpen ? StoreError.notOpen(folder) : StoreError.closed(folder)
        }
        try check(code == EIO && StoreFolder.isFull(folder) ? ENOSPC : code, doing: "sync", in: folder)
    }
}

extension Environment {
    /// The bytes of a commit's meta page.
    fileprivate func metaPage(of number: UInt64, in folder: String) throws(StoreError) -> [UInt8] {
        var page = [UInt8](repeating: 0, count: MetaPage.size)
        guard pread(try descriptor(in: folder), &page, page.count, place(of: number)) == page.count else {
            throw StoreError(lmdb: EIO, doing: "read the first pages", in: folder)
        }
        return page
    }

    fileprivate func write(_ page: [UInt8], asMetaPageOf number: UInt64, in folder: String) throws(StoreError) {
        var page = page
        page.withUnsafeMutableBytes { bytes in
            bytes.storeBytes(of: number & 1, as: UInt64.self)
            bytes.storeBytes(of: number, toByteOffset: MetaPage.transactionOffset, as: UInt64.self)
        }
        let descriptor = try descriptor(in: folder)
        var done = 0
        while done < page.count {
            let written = pwrite(descriptor, Array(page[done...]), page.count - done, place(of: number) + off_t(done))
            guard written > 0 else {
                throw StoreError(lmdb: written < 0 ? errno : EIO, doing: "write the first pages anew", in: folder)
            }
            done += written
        }
    }

    private func place(of number: UInt64) -> off_t { off_t(number & 1) * off_t(pageSize) }

    private func descriptor(in folder: String) throws(StoreError) -> Int32 {
        var descriptor: Int32 = -1
        try check(mdb_env_get_fd(handle, &descriptor), doing: "use data.mdb", in: folder)
        return descriptor
    }
}

extension StoreError {
    static func closed(_ folder: String) -> StoreError {
        StoreError(.closed, "Could not use '\(folder)': the store has been closed.")
    }

    static func notOpen(_ folder: String) -> StoreError {
        StoreError(
            .io,
            "Could not use '\(folder)': after an I/O error its files could not be opened again. Check the disk, then open the "
                + "store again.")
    }

    static func inUse(_ folder: String, doing: String) -> StoreError {
        StoreError(
            .locked,
            "Could not \(doing) in '\(folder)': another process has it open. End that process and try again.")
    }
}
