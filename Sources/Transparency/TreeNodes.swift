/// Where the hashes of a tree's whole nodes come from: a log, or a test.
public protocol TreeNodes {
    /// The hash of a node all of whose leaves are in the tree.
    func digest(level: Int, index: UInt64) throws -> Digest
}

/// A tree whose leaves can be read too: one snapshot of a log.
public protocol TreeLeaves: TreeNodes {
    /// How many leaves there are.
    var size: UInt64 { get }
    /// Lends the stored bytes of a leaf, counted from 0.
    func leafBytes<Result>(_ index: UInt64, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result
}

extension TreeNodes {
    /// The root of the tree's first leaves (RFC 6962, section 2.1): what it was when the tree had that size.
    ///
    /// - Parameter size: no more than the tree has leaves.
    public func root(size: UInt64) throws -> Digest {
        size == 0 ? .ofEmptyTree : try root(of: 0..<size)
    }

    /// The hash of the leaves of a range (`MTH(D[begin:end])`), which begins at a multiple of the power of two at or above
    /// its length, as all of RFC 6962's parts do.
    func root(of leaves: Range<UInt64>) throws -> Digest {
        let count = leaves.upperBound - leaves.lowerBound
        if count.nonzeroBitCount == 1 {
            let level = count.trailingZeroBitCount
            return try digest(level: level, index: leaves.lowerBound >> UInt64(level))
        }
        let middle = leaves.split
        return Digest(
            node: try root(of: leaves.lowerBound..<middle), try root(of: middle..<leaves.upperBound))
    }
}

extension Range<UInt64> {
    /// Where RFC 6962 parts these two or more leaves: after the largest power of two that is less than their number.
    var split: UInt64 {
        let last = upperBound - lowerBound - 1
        return lowerBound + 1 << UInt64(UInt64.bitWidth - 1 - last.leadingZeroBitCount)
    }
}
