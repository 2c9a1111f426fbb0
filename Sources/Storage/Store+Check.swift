/// What `Store.checkPages` found.
public struct PageCheck: Sendable {
    /// How many tables there are, empty ones too.
    public var tables = 0
    /// How many pages the file has in use or keeps as free.
    public var pages: UInt64 = 0
    /// What is damaged: at most one finding for each table and one for the file as a whole.
    public var problems: [StoreError] = []

    /// Of nothing looked at.
    public init() {}
}

extension Store {
    /// Looks at every page of every table, in one snapshot: its structure, that no page is used twice or is also free, and that
    /// all counts are right. What lies in keys and values is left to those who know what must be there.
    ///
    /// - Throws: `.closed`, and what beginning a transaction throws. Damage is not thrown but listed.
    public func checkPages() throws(StoreError) -> PageCheck {
        let snapshot = try begin(writing: false)
        guard let pages = snapshot.pages else { preconditionFailure("a read transaction reads pages") }
        return withExtendedLifetime(snapshot) {
            var check = PageCheck()
            pages.census(leafLimit: .max, &check)
            return check
        }
    }

    /// Refuses a file in which LMDB could be led astray where it looks before a table is even written to, or in which a
    /// reference between pages is wrong.
    ///
    /// Reads all branches, so that it takes some milliseconds for a file of gigabytes; leaves only where there are few.
    func checkAtOpening() throws(StoreError) {
        let snapshot = try begin(writing: false)
        guard let pages = snapshot.pages else { preconditionFailure("a read transaction reads pages") }
        let check = withExtendedLifetime(snapshot) {
            var check = PageCheck()
            pages.census(leafLimit: options.leavesCheckedAtOpening, &check)
            return check
        }
        if let problem = check.problems.first { throw problem }
    }
}

extension PageReader {
    fileprivate func census(leafLimit: UInt64, _ check: inout PageCheck) {
        var census = PageCensus(self)
        do throws(StoreError) {
            try checkOrderOfCommits()
            try census.addFreeList()
            try census.add(meta.tables, as: .leafOfTables, all: true)
            let tables = try tables()
            check.tables = tables.count
            var unseen: UInt64 = 0
            for table in tables {
                let all = table.tree.leafPages <= leafLimit
                do throws(StoreError) {
                    try census.add(table.tree, as: role(of: table.tree), all: all)
                } catch {
                    check.problems.append(error)
                }
                unseen += all ? 0 : table.tree.longValuePages
            }
            check.pages = census.count + 2
            guard check.pages + unseen <= meta.lastPage + 1 else {
                throw StoreError(
                    .corrupted,
                    "Could not read '\(folder)': data.mdb has \(meta.lastPage + 1) pages, of which \(check.pages + unseen) "
                        + "would be in use or free. Restore the folder from a backup.")
            }
        } catch {
            check.problems.append(error)
        }
    }
}
