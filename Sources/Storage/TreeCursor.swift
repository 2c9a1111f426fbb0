/// A place in a tree: a leaf, and the way to it from the root.
///
/// The keys of the branches bound those of the pages below them, which every page is held to; so a reference that leads to
/// another page than it did is found, and so is a search that a changed key led astray, by looking at the next leaf where the
/// key sought would lie at a leaf's edge.
struct TreeCursor {
    private let reader: PageReader
    private let tree: Tree
    private let role: PageReader.Role
    private var path: [Step] = []
    /// The leaf; undefined before the first move.
    private(set) var leaf: Page
    /// The record's index in the leaf.
    private(set) var index = 0

    private struct Step {
        var page: Page
        var index: Int
        var bounds: Bounds
    }

    init(_ reader: PageReader, _ tree: Tree, _ role: PageReader.Role) {
        self.reader = reader
        self.tree = tree
        self.role = role
        leaf = Page(bytes: reader.start)
        path.reserveCapacity(tree.depth)
    }

    private enum Goal {
        case first, last
        case key(UnsafeRawBufferPointer)
    }

    /// Goes to the first record (the last one, descending); false when there is none.
    mutating func start(descending: Bool) throws(StoreError) -> Bool {
        guard !tree.isEmpty else { return false }
        try descend(to: descending ? .last : .first)
        index = descending ? leaf.count - 1 : 0
        return true
    }

    /// Goes to the first record whose key is not less than `key` (the last one whose key is not greater, descending); false
    /// when there is none.
    mutating func start(from key: UnsafeRawBufferPointer, descending: Bool) throws(StoreError) -> Bool {
        guard !tree.isEmpty else { return false }
        try descend(to: .key(key))
        let found = reader.search(key, in: leaf, integers: role.hasIntegerKeys)
        index = found.index
        if found.isThere { return true }
        let isAtStart = index == 0
        let isAtEnd = index == leaf.count
        if descending {
            if isAtEnd {
                var following = self
                _ = try following.nextLeaf()
            }
            index -= 1
            return isAtStart ? try previousLeaf() : true
        }
        if isAtStart {
            var preceding = self
            _ = try preceding.previousLeaf()
        }
        return isAtEnd ? try nextLeaf() : true
    }

    /// Goes to the next leaf's first record; false, staying where it is, when there is none.
    mutating func nextLeaf() throws(StoreError) -> Bool {
        guard let level = path.lastIndex(where: { $0.index + 1 < $0.page.count }) else { return false }
        path.removeSubrange((level + 1)...)
        path[level].index += 1
        try descend(to: .first)
        index = 0
        return true
    }

    /// Goes to the leaf before it and its last record; false, staying where it is, when there is none.
    mutating func previousLeaf() throws(StoreError) -> Bool {
        guard let level = path.lastIndex(where: { $0.index > 0 }) else { return false }
        path.removeSubrange((level + 1)...)
        path[level].index -= 1
        try descend(to: .last)
        index = leaf.count - 1
        return true
    }

    /// From where the path ends to a leaf.
    private mutating func descend(to goal: Goal) throws(StoreError) {
        while true {
            let (number, bounds) = path.last.map { reader.child($0.page, $0.index, $0.bounds) } ?? (tree.root, Bounds())
            let isLeaf = path.count + 1 == tree.depth
            let page = try reader.page(number, as: isLeaf ? role : role.branch, within: bounds)
            if isLeaf {
                leaf = page
                return
            }
            let index =
                switch goal {
                case .first: 0
                case .last: page.count - 1
                case .key(let key): reader.childIndex(key, in: page, integers: role.hasIntegerKeys)
                }
            path.append(Step(page: page, index: index, bounds: bounds))
        }
    }
}

/// The keys that the pages below a reference must lie between: not less than `lower`, and less than `upper`. No bytes are no
/// bound.
struct Bounds {
    var lower = UnsafeRawBufferPointer(start: nil, count: 0)
    var upper = UnsafeRawBufferPointer(start: nil, count: 0)
}
