import Foundation

/// The file's pages as one snapshot sees them, each checked before anything in it is believed.
///
/// LMDB has no checksums and follows whatever a page says, out of the page and out of the file. Here every page must bear its
/// own number, be of the kind that its place demands, and be filled by its nodes without a gap; keys must ascend, within the
/// page and between the keys that lead to it. What passes can be read without leaving the page, and no one bit of a page's
/// structure can change without one of these being hurt, but for one: where a record's key has an odd length, its value's
/// length may be off by one, and the other way round, as the byte that rounds the record up to an even length makes up for it
/// (never with keys of 8 bytes that are numbers). Bits of keys and values themselves, and where a long value lies, are another
/// matter too: checksums of what is stored tell of these.
///
/// LMDB leaves a snapshot's pages alone as long as it is open, so what was checked stays as it was.
///
/// `@unchecked Sendable`: used by one thread at a time.
final class PageReader: @unchecked Sendable {
    let folder: String
    let meta: MetaPage
    /// That of the commit before it, while no later commit has taken its place.
    let previous: MetaPage?
    let pageSize: Int
    let fileSize: Int
    /// Pages that may be touched have smaller numbers.
    let pageCount: UInt64
    private let map: PageMap
    /// The tables that were asked for; few, so a search from the front beats a dictionary.
    private(set) var knownTables: [StoredTable] = []
    /// Pages that were checked, each in the slot of its number's last bits, with what it was checked as in the upper bits.
    private let checked: UnsafeMutablePointer<UInt64>
    private static let checkedSlots: UInt64 = 256
    /// A bit for every place in a page where a node can start.
    private let starts: UnsafeMutablePointer<UInt64>

    /// - Parameter fileSize: in bytes; what lies behind it is not touched.
    init(_ map: PageMap, meta: MetaPage, previous: MetaPage?, fileSize: Int, folder: String) {
        self.map = map
        self.meta = meta
        self.previous = previous
        self.folder = folder
        self.fileSize = fileSize
        pageSize = meta.pageSize
        pageCount = min(UInt64(min(fileSize, map.length) / pageSize), meta.lastPage + 1)
        checked = .allocate(capacity: Int(PageReader.checkedSlots))
        checked.initialize(repeating: 0, count: Int(PageReader.checkedSlots))
        starts = .allocate(capacity: pageSize / 128)
        starts.initialize(repeating: 0, count: pageSize / 128)
    }

    /// The file's first byte.
    var start: UnsafeRawPointer { map.start }

    deinit {
        checked.deallocate()
        starts.deallocate()
    }

    /// What a page is read as.
    enum Role: UInt64 {
        case branch = 0
        case branchOfIntegers = 1
        case leaf = 2
        case leafOfIntegers = 3
        case leafOfTables = 4

        var isLeaf: Bool { rawValue >= 2 }
        var hasIntegerKeys: Bool { rawValue & 1 == 1 }
    }

    /// A page that has been checked as a whole; not yet where its keys lie.
    @inline(__always)
    func page(_ number: UInt64, as role: Role) throws(StoreError) -> Page {
        guard number >= 2, number < pageCount else { throw outside(number) }
        let page = unchecked(number)
        let mark = number | (role.rawValue + 1) << 48
        let slot = Int(number % PageReader.checkedSlots)
        if checked[slot] != mark {
            try check(page, number, role)
            checked[slot] = mark
        }
        return page
    }

    /// A page that may be anything; its number must be one of the file's.
    @inline(__always)
    func unchecked(_ number: UInt64) -> Page { Page(bytes: map.start + Int(number) * pageSize) }

    /// Whether the page is the one of that number, and of that kind, and its node offsets lie in it.
    @inline(__always)
    func hasSoundHeader(_ page: Page, _ number: UInt64, _ role: Role) -> Bool {
        let (lower, upper) = (page.lower, page.upper)
        return page.number == number && page.kind == (role.isLeaf ? Page.leaf : Page.branch) && lower > Page.headerSize
            && lower & 1 == 0 && lower <= upper && upper < pageSize && upper & 1 == 0
    }

    private func check(_ page: Page, _ number: UInt64, _ role: Role) throws(StoreError) {
        guard hasSoundHeader(page, number, role) else {
            throw damaged(number, "it does not begin as a \(role.isLeaf ? "page of records" : "branch page") does")
        }
        let isSound =
            switch role {
            case .branch: hasSoundNodes(page, isLeaf: false, integers: false)
            case .branchOfIntegers: hasSoundNodes(page, isLeaf: false, integers: true)
            case .leaf: hasSoundNodes(page, isLeaf: true, integers: false)
            case .leafOfIntegers: hasSoundNodes(page, isLeaf: true, integers: true)
            case .leafOfTables: hasSoundNodes(page, isLeaf: true, integers: false, ofTables: true)
            }
        guard isSound else { throw damaged(number, "its nodes overlap, leave gaps or are out of order") }
    }

    /// Whether every node lies in the page, they fill it from `upper` to its end, and their keys ascend.
    @inline(__always)
    private func hasSoundNodes(_ page: Page, isLeaf: Bool, integers: Bool, ofTables: Bool = false) -> Bool {
        let upper = page.upper
        var filled = 0
        // In a page that was filled from the least key to the greatest, each node ends where the one before it starts.
        var isInOrder = true
        var expectedEnd = pageSize
        // The first child's key counts for nothing.
        let firstKey = isLeaf ? 0 : 1
        var previous = UnsafeRawBufferPointer(start: nil, count: 0)
        for index in 0..<page.count {
            let start = page.offset(index)
            guard start >= upper, start <= pageSize &- Node.headerSize, start & 1 == 0 else { return false }
            let node = page.node(index)
            let flags = node.flags
            if isLeaf { guard ofTables ? flags == Node.isTable : flags & ~Node.isLong == 0 else { return false } }
            let size = node.size(isLeaf: isLeaf)
            guard size <= pageSize &- start else { return false }
            filled &+= size
            isInOrder = isInOrder && start &+ size == expectedEnd
            expectedEnd = start
            guard index >= firstKey else { continue }
            let key = node.key
            guard integers ? key.count == 8 : !key.isEmpty && key.count <= KeyBuilder.limit else { return false }
            if index > firstKey { guard isLess(previous, key, integers: integers) else { return false } }
            previous = key
        }
        return filled == pageSize - upper && (isInOrder || nodesAreApart(page, isLeaf: isLeaf))
    }

    /// Whether no two nodes start at the same place, and each ends where another starts or the page ends. As they have as many
    /// bytes as there are to fill, they then neither overlap nor leave gaps.
    @inline(__always)
    private func nodesAreApart(_ page: Page, isLeaf: Bool) -> Bool {
        starts.update(repeating: 0, count: pageSize / 128)
        for index in 0..<page.count {
            let place = page.offset(index) / 2
            let bit = UInt64(1) &<< UInt64(place % 64)
            guard starts[place / 64] & bit == 0 else { return false }
            starts[place / 64] |= bit
        }
        for index in 0..<page.count {
            let end = page.offset(index) &+ page.node(index).size(isLeaf: isLeaf)
            if end == pageSize { continue }
            guard starts[end / 128] & UInt64(1) &<< UInt64(end / 2 % 64) != 0 else { return false }
        }
        return true
    }

    /// The index in `knownTables` of the table of that name; nil when there is none.
    func tableIndex(_ name: String) throws(StoreError) -> Int? {
        if let index = knownTables.firstIndex(where: { $0.name == name }) { return index }
        guard let table = try table(name) else { return nil }
        knownTables.append(table)
        return knownTables.count - 1
    }

    /// A record's value, wherever it lies.
    @inline(__always)
    func value(of node: Node, in tree: Tree) throws(StoreError) -> UnsafeRawBufferPointer {
        if node.flags & Node.isLong != 0 { return try longValue(of: node, in: tree).bytes }
        return UnsafeRawBufferPointer(start: node.value, count: node.valueSize)
    }

    /// The value, and the pages that it has.
    func longValue(
        of node: Node, in tree: Tree
    ) throws(StoreError) -> (bytes: UnsafeRawBufferPointer, first: UInt64, pages: UInt64) {
        let number = node.value.loadUnaligned(as: UInt64.self)
        guard number >= 2, number < pageCount else { throw outside(number) }
        let page = unchecked(number)
        let size = node.valueSize
        let pages = page.overflowPages
        guard page.number == number, page.kind == Page.overflow, pages >= 1, pages <= tree.longValuePages,
            pages <= pageCount - number, Page.headerSize + size <= Int(pages) * pageSize
        else { throw damaged(number, "it does not begin a value of \(size) bytes") }
        return (UnsafeRawBufferPointer(start: page.bytes + Page.headerSize, count: size), number, pages)
    }

    // MARK: - Errors

    @inline(never)
    func damaged(_ number: UInt64, _ reason: String) -> StoreError {
        StoreError(
            .corrupted,
            "Could not read '\(folder)': page \(number) of data.mdb is damaged, \(reason). "
                + "Restore the folder from a backup.")
    }

    @inline(never)
    func outside(_ number: UInt64) -> StoreError {
        StoreError(
            .corrupted,
            "Could not read '\(folder)': data.mdb refers to page \(number) and has \(pageCount) pages: perhaps it was cut short. "
                + "Restore the folder from a backup.")
    }
}

/// How LMDB sorts keys: as numbers, or by their bytes, a shorter key before those that begin with it.
@inline(__always)
func isLess(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer, integers: Bool) -> Bool {
    if integers {
        return left.loadUnaligned(as: UInt64.self) < right.loadUnaligned(as: UInt64.self)
    }
    guard let leftStart = left.baseAddress, let rightStart = right.baseAddress else { return left.count < right.count }
    if left.count >= 8 && right.count >= 8 {
        // Most keys differ in their first bytes; these as one number, the first byte weighing most.
        let leftWord = UInt64(bigEndian: leftStart.loadUnaligned(as: UInt64.self))
        let rightWord = UInt64(bigEndian: rightStart.loadUnaligned(as: UInt64.self))
        if leftWord != rightWord { return leftWord < rightWord }
    }
    let order = memcmp(leftStart, rightStart, min(left.count, right.count))
    return order == 0 ? left.count < right.count : order < 0
}
