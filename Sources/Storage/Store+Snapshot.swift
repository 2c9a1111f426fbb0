import CLMDB

// What a read transaction sees: which commit's pages, and how much of the file.
extension Store {
    /// Nil, and the transaction ended, when a commit came in between.
    func snapshot(
        _ transaction: OpaquePointer, writing: Bool, isLastAttempt: Bool
    ) throws(StoreError) -> Snapshot? {
        if writing { return Snapshot(store: self, transaction: transaction, pages: nil) }
        do throws(StoreError) {
            let pages = try environment.pages(of: transaction, in: folder, isLastAttempt: isLastAttempt)
            if let pages { return Snapshot(store: self, transaction: transaction, pages: pages) }
            mdb_txn_abort(transaction)
            gate.leave()
            return nil
        } catch {
            mdb_txn_abort(transaction)
            gate.leave()
            throw error
        }
    }
}

extension Environment {
    /// What a read transaction that has just begun sees; nil when another commit came in between: begin again.
    ///
    /// - Parameter isLastAttempt: whether commits can no longer be the reason.
    func pages(of transaction: OpaquePointer, in folder: String, isLastAttempt: Bool) throws(StoreError) -> PageReader?
    {
        let size = readers.fileSize()
        guard size >= 2 * pageSize else {
            throw StoreError(
                .corrupted, "Could not read '\(folder)': data.mdb was cut short. Restore the folder from a backup.")
        }
        let map = try readers.map(size: size)
        let number = UInt64(mdb_txn_id(transaction))
        let own = MetaPage.read(map, at: number & 1, pageSize)
        let other = MetaPage.read(map, at: 1 - number & 1, pageSize)
        // The next commit writes the other page, and only the one after that this page again. Where a process was killed
        // between writing the page and telling so, the other page stays ahead, and this one as it is.
        if other.transaction > number {
            guard isLastAttempt, MetaPage.read(map, at: number & 1, pageSize) == own else { return nil }
        }
        guard own.transaction == number, own.isPlausible(at: number & 1, pageSize: pageSize) else {
            throw StoreError(
                .corrupted,
                "Could not read '\(folder)': the first pages of data.mdb are damaged. Restore the folder from a backup."
            )
        }
        return readers.reader(of: map, meta: own, previous: other.transaction < number ? other : nil, fileSize: size)
    }
}
