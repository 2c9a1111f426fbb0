/// Goes over the pages of trees and takes down which are in use, so that none is used twice or is also free.
///
/// A reference that was changed to another page of the right kind leads to one that another reference leads to, or to one that
/// is free: between them these are all the pages of a file.
struct PageCensus {
    private let pages: PageReader
    /// A bit for every page.
    private var taken: [UInt64]
    /// How many pages are in use or free, without the two meta pages.
    private(set) var count: UInt64 = 0

    init(_ pages: PageReader) {
        self.pages = pages
        taken = [UInt64](repeating: 0, count: Int(pages.pageCount / 64 + 1))
    }

    /// The pages of a tree, and that there are as many of each kind as it counts.
    ///
    /// - Parameter all: false leaves the leaves out but for the last one, and with them the records and long values.
    mutating func add(
        _ tree: Tree, as role: PageReader.Role, all: Bool, _ record: (Node) throws(StoreError) -> Void = { _ in }
    )
        throws(StoreError)
    {
        guard !tree.isEmpty else { return }
        var found = Found()
        try visit(
            (tree.root, Bounds()), tree, role, level: 1, isLast: true, all: all, &found, record)
        guard found.branches == tree.branchPages, found.leaves == tree.leafPages,
            !all || (found.records == tree.count && found.longValuePages == tree.longValuePages)
        else { throw pages.miscounted(tree, found.records) }
    }

    /// The pages that the free list names, and those that it lies in itself.
    mutating func addFreeList() throws(StoreError) {
        var free: [UInt64] = []
        let (pages, tree) = (pages, pages.meta.free)
        try add(tree, as: .leafOfIntegers, all: true) { node throws(StoreError) in
            free += try pages.freePages(node, tree)
        }
        for page in free { try take(page) }
    }

    private struct Found {
        var branches: UInt64 = 0
        var leaves: UInt64 = 0
        var records: UInt64 = 0
        var longValuePages: UInt64 = 0
    }

    private mutating func visit(
        _ reference: (number: UInt64, bounds: Bounds), _ tree: Tree, _ role: PageReader.Role, level: Int, isLast: Bool,
        all: Bool, _ found: inout Found, _ record: (Node) throws(StoreError) -> Void
    ) throws(StoreError) {
        guard reference.number < pages.pageCount else { throw pages.outside(reference.number) }
        try take(reference.number)
        guard level < tree.depth else {
            found.leaves += 1
            guard all || isLast else { return }
            let leaf = try pages.page(reference.number, as: role, within: reference.bounds)
            found.records += UInt64(leaf.count)
            for index in 0..<leaf.count {
                let node = leaf.node(index)
                if role != .leafOfTables && node.flags == Node.isLong {
                    let long = try pages.longValue(of: node, in: tree)
                    for page in long.first..<long.first + long.pages where all { try take(page) }
                    found.longValuePages += long.pages
                }
                try record(node)
            }
            return
        }
        found.branches += 1
        let branch = try pages.page(reference.number, as: role.branch, within: reference.bounds)
        for index in 0..<branch.count {
            try visit(
                pages.child(branch, index, reference.bounds), tree, role, level: level + 1,
                isLast: isLast && index == branch.count - 1, all: all, &found, record)
        }
    }

    private mutating func take(_ page: UInt64) throws(StoreError) {
        guard page >= 2, page <= pages.meta.lastPage else { throw pages.outside(page) }
        // Free pages may lie behind the file's end.
        if Int(page / 64) >= taken.count {
            taken += [UInt64](repeating: 0, count: Int(page / 64) + 1 - taken.count)
        }
        guard taken[Int(page / 64)] & 1 << (page % 64) == 0 else {
            throw pages.damaged(page, "it is used twice, or used and free")
        }
        taken[Int(page / 64)] |= 1 << (page % 64)
        count += 1
    }
}

extension PageReader {
    /// The pages that one record of the free list names: how many there are and their numbers, descending, 8 bytes each.
    fileprivate func freePages(_ node: Node, _ tree: Tree) throws(StoreError) -> [UInt64] {
        let bytes = try value(of: node, in: tree)
        let transaction = node.key.loadUnaligned(as: UInt64.self)
        guard transaction <= meta.transaction, bytes.count >= 8 else { throw freeListDamaged() }
        let count = bytes.loadUnaligned(as: UInt64.self)
        guard count < UInt64(bytes.count / 8) else { throw freeListDamaged() }
        var free: [UInt64] = []
        free.reserveCapacity(Int(count))
        for index in 0..<Int(count) {
            let page = bytes.loadUnaligned(fromByteOffset: 8 * (index + 1), as: UInt64.self)
            guard page <= meta.lastPage, page < free.last ?? .max else { throw freeListDamaged() }
            free.append(page)
        }
        return free
    }

    /// That the two newest commits are what their numbers say.
    ///
    /// A changed number can make the older one seem the newer, which would undo a commit. The free list tells: a commit lists
    /// the pages that it freed under its own number, and the next one leaves these there.
    ///
    /// Nothing is said by an older page that leads nowhere, or to what came later: after a power cut its pages may have been
    /// used again, and when LMDB could not write a commit's meta page it puts the old number back into it and leaves the rest.
    func checkOrderOfCommits() throws(StoreError) {
        guard let previous, previous.free != meta.free || previous.tables != meta.tables,
            let freed = try? lastFreeing(previous.free), freed == previous.transaction
        else { return }
        guard try lastFreeing(meta.free) ?? 0 >= freed else {
            throw StoreError(
                .corrupted,
                "Could not read '\(folder)': the first pages of data.mdb do not tell which commit is the last one. "
                    + "Restore the folder from a backup.")
        }
    }

    /// The number of the last commit that a free list has pages of.
    private func lastFreeing(_ free: Tree) throws(StoreError) -> UInt64? {
        var cursor = TreeCursor(self, free, .leafOfIntegers)
        guard try cursor.start(descending: true) else { return nil }
        return cursor.leaf.key(cursor.index).loadUnaligned(as: UInt64.self)
    }

    private func freeListDamaged() -> StoreError {
        StoreError(
            .corrupted,
            "Could not read '\(folder)': the list of free pages in data.mdb is damaged. Restore the folder from a backup."
        )
    }
}
