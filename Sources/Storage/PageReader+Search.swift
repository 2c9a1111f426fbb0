// Finding keys in pages, and the way from page to page.
extension PageReader.Role {
    /// What the pages above such a leaf are read as.
    var branch: PageReader.Role { hasIntegerKeys ? .branchOfIntegers : .branch }
}

extension PageReader {
    /// A page whose keys lie where the pages above it say.
    @inline(__always)
    func page(_ number: UInt64, as role: Role, within bounds: Bounds) throws(StoreError) -> Page {
        let page = try page(number, as: role)
        let first = role.isLeaf ? 0 : 1
        let count = page.count
        guard count > first else { return page }
        let integers = role.hasIntegerKeys
        if !bounds.lower.isEmpty, isLess(page.key(first), bounds.lower, integers: integers) {
            throw outOfBounds(number)
        }
        if !bounds.upper.isEmpty, !isLess(page.key(count - 1), bounds.upper, integers: integers) {
            throw outOfBounds(number)
        }
        return page
    }

    /// The number of a branch's child, and the bounds of the keys below it.
    @inline(__always)
    func child(_ page: Page, _ index: Int, _ bounds: Bounds) -> (number: UInt64, bounds: Bounds) {
        let node = page.node(index)
        return (
            node.child,
            Bounds(
                lower: index == 0 ? bounds.lower : node.key,
                upper: index + 1 < page.count ? page.key(index + 1) : bounds.upper)
        )
    }

    /// The index of a leaf's first key that is not less than `key`, and whether it is that key.
    @inline(__always)
    func search(
        _ key: UnsafeRawBufferPointer, in page: Page, integers: Bool
    ) -> (index: Int, isThere: Bool) {
        var (low, high) = (0, page.count)
        while low < high {
            let middle = (low + high) / 2
            if isLess(page.key(middle), key, integers: integers) { low = middle + 1 } else { high = middle }
        }
        return (low, low < page.count && !isLess(key, page.key(low), integers: integers))
    }

    /// The index of the branch's child that `key` would be below.
    @inline(__always)
    func childIndex(_ key: UnsafeRawBufferPointer, in page: Page, integers: Bool) -> Int {
        var (low, high) = (1, page.count)
        while low < high {
            let middle = (low + high) / 2
            if isLess(key, page.key(middle), integers: integers) { high = middle } else { low = middle + 1 }
        }
        return low - 1
    }

    /// The record of a key if it is in the leaf, without looking at the other records: they lie all over the page, and loading
    /// it all into the processor's cache takes longer than everything else. Nil tells nothing: look closely.
    ///
    /// A record that bears the key and ends where another starts, with none starting inside it, is the right one.
    func glance(for key: UnsafeRawBufferPointer, inLeaf number: UInt64, _ role: Role) -> Node? {
        guard number >= 2, number < pageCount else { return nil }
        let page = unchecked(number)
        guard hasSoundHeader(page, number, role) else { return nil }
        let (count, upper) = (page.count, page.upper)
        func keyIfInside(_ index: Int) -> UnsafeRawBufferPointer? {
            let start = page.offset(index)
            guard start >= upper, start <= pageSize &- Node.headerSize, start & 1 == 0 else { return nil }
            let key = page.key(index)
            let end = start &+ Node.headerSize &+ key.count
            return end <= pageSize && (role.hasIntegerKeys ? key.count == 8 : !key.isEmpty) ? key : nil
        }
        var (low, high) = (0, count)
        while low < high {
            let middle = (low &+ high) / 2
            guard let other = keyIfInside(middle) else { return nil }
            if isLess(other, key, integers: role.hasIntegerKeys) { low = middle &+ 1 } else { high = middle }
        }
        guard low < count, let found = keyIfInside(low), !isLess(key, found, integers: role.hasIntegerKeys) else {
            return nil
        }
        let (node, start) = (page.node(low), page.offset(low))
        let end = start &+ node.size(isLeaf: true)
        guard role == .leafOfTables ? node.flags == Node.isTable : node.flags & ~Node.isLong == 0, end <= pageSize
        else {
            return nil
        }
        var endsRight = end == pageSize
        for index in 0..<count {
            let other = page.offset(index)
            if other > start && other < end { return nil }
            if other == end { endsRight = true }
        }
        return endsRight ? node : nil
    }

    private func outOfBounds(_ number: UInt64) -> StoreError {
        damaged(number, "its keys are not those that lead to it")
    }
}
