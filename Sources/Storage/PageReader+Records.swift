/// A named table, as a snapshot finds it.
struct StoredTable {
    let name: String
    let tree: Tree
}

// Records of trees.
extension PageReader {
    /// The value of a key; nil when there is none.
    func get(_ key: UnsafeRawBufferPointer, in tree: Tree) throws(StoreError) -> UnsafeRawBufferPointer? {
        try find(key, in: tree, role(of: tree)).map { node throws(StoreError) in try value(of: node, in: tree) }
    }

    private func find(_ key: UnsafeRawBufferPointer, in tree: Tree, _ role: Role) throws(StoreError) -> Node? {
        let integers = role.hasIntegerKeys
        guard !tree.isEmpty, !key.isEmpty, !integers || key.count == 8 else { return nil }
        var (number, bounds) = (tree.root, Bounds())
        for _ in 1..<tree.depth {
            let branch = try page(number, as: role.branch, within: bounds)
            (number, bounds) = child(branch, childIndex(key, in: branch, integers: integers), bounds)
        }
        if let node = glance(for: key, inLeaf: number, role) { return node }
        let leaf = try page(number, as: role, within: bounds)
        let found = search(key, in: leaf, integers: integers)
        if found.isThere { return leaf.node(found.index) }
        if found.index == 0 || found.index == leaf.count {
            // At the leaf's edge: the cursor makes sure that the key is not in the leaf beside it.
            var cursor = TreeCursor(self, tree, role)
            _ = try cursor.start(from: key, descending: false)
        }
        return nil
    }

    /// Goes over the records from `start` (itself too, if it is there) to either end, until `body` returns false.
    ///
    /// - Throws: also, behind the last record of a whole tree, that there were more or fewer than the tree counts.
    func scan(
        _ tree: Tree, from start: UnsafeRawBufferPointer?, descending: Bool,
        _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> Bool
    ) throws {
        var cursor = TreeCursor(self, tree, role(of: tree))
        var seen: UInt64 = 0
        var isWhole = true
        if let start, descending || !start.isEmpty {
            isWhole = false
            guard !start.isEmpty, !tree.hasIntegerKeys || start.count == 8 else { return }
            guard try cursor.start(from: start, descending: descending) else { return }
        } else {
            guard try cursor.start(descending: descending) else { return }
        }
        repeat {
            let leaf = cursor.leaf
            var index = cursor.index
            let end = descending ? -1 : leaf.count
            let step = descending ? -1 : 1
            while index != end {
                let node = leaf.node(index)
                guard try body(node.key, value(of: node, in: tree)) else { return }
                index += step
            }
            seen += UInt64(leaf.count)
        } while try descending ? cursor.previousLeaf() : cursor.nextLeaf()
        guard !isWhole || seen == tree.count else { throw miscounted(tree, seen) }
    }

    func role(of tree: Tree) -> Role { tree.hasIntegerKeys ? .leafOfIntegers : .leaf }

    func miscounted(_ tree: Tree, _ found: UInt64) -> StoreError {
        StoreError(
            .corrupted,
            "Could not read '\(folder)': a table in data.mdb has \(found) records where \(tree.count) were counted. "
                + "Restore the folder from a backup.")
    }

    // MARK: - Tables

    /// The table of that name; nil when there is none.
    func table(_ name: String) throws(StoreError) -> StoredTable? {
        let found = try withKeyBuffer({ $0.appendRest(name.utf8) }) { bytes, _ throws(StoreError) in
            try find(bytes, in: meta.tables, .leafOfTables)
        }
        guard let found else { return nil }
        return StoredTable(name: name, tree: try tree(of: found, name))
    }

    /// All tables, in the order of their names' bytes.
    func tables() throws(StoreError) -> [StoredTable] {
        var tables: [StoredTable] = []
        var cursor = TreeCursor(self, meta.tables, .leafOfTables)
        guard try cursor.start(descending: false) else { return [] }
        repeat {
            for index in 0..<cursor.leaf.count {
                let node = cursor.leaf.node(index)
                let name = String(decoding: node.key, as: UTF8.self)
                tables.append(StoredTable(name: name, tree: try tree(of: node, name)))
            }
        } while try cursor.nextLeaf()
        guard tables.count == meta.tables.count else { throw miscounted(meta.tables, UInt64(tables.count)) }
        return tables
    }

    private func tree(of node: Node, _ name: String) throws(StoreError) -> Tree {
        if node.valueSize == Tree.size {
            let tree = Tree(node.value)
            if tree.isPlausible(pageCount: meta.lastPage + 1, pageSize: pageSize) { return tree }
        }
        throw StoreError(
            .corrupted,
            "Could not read '\(folder)': what data.mdb says of table '\(name)' can't be. Restore the folder from a backup."
        )
    }
}
