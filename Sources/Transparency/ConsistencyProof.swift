/// That a tree grew out of an earlier one and nothing of that was changed (RFC 6962, section 2.1.2).
public struct ConsistencyProof: Equatable, Sendable {
    /// How many leaves the earlier tree has.
    public var from: UInt64
    /// How many leaves the later tree has.
    public var to: UInt64
    /// The nodes from which both roots follow, from below; none when the sizes are equal or the earlier tree is empty.
    public var hashes: [Digest]

    /// A proof with these parts, which may hold or not.
    public init(from: UInt64, to: UInt64, hashes: [Digest]) {
        self.from = from
        self.to = to
        self.hashes = hashes
    }

    /// Proves that the tree of `to` leaves begins with the tree of `from` leaves.
    ///
    /// - Throws: `ProofError` when `from` is the larger, and what reading `nodes` throws.
    public init(from: UInt64, to: UInt64, in nodes: some TreeNodes) throws {
        guard from <= to else {
            throw ProofError("Could not prove that \(to) leaves extend \(from): the later tree must be the larger.")
        }
        self.init(from: from, to: to, hashes: [])
        guard from > 0, from < to else { return }
        var leaves = 0..<to
        // As long as only left parts were taken, the earlier tree's whole part is its root, which the other side has.
        var isEarlierRoot = true
        while leaves.upperBound != from {
            let middle = leaves.split
            let (left, right) = (leaves.lowerBound..<middle, middle..<leaves.upperBound)
            if from <= middle {
                hashes.append(try nodes.root(of: right))
                leaves = left
            } else {
                hashes.append(try nodes.root(of: left))
                leaves = right
                isEarlierRoot = false
            }
        }
        if !isEarlierRoot { hashes.append(try nodes.root(of: leaves)) }
        hashes.reverse()
    }

    /// Checks that the tree with root `to` extends the tree with root `from` (RFC 9162, section 2.1.4.2).
    ///
    /// - Throws: `ProofError`, whose sentence says why the proof does not hold.
    public func verify(from earlier: Digest, to later: Digest) throws(ProofError) {
        guard from <= to else {
            throw ProofError("The proof goes from \(from) leaves to \(to): the later tree must be the larger.")
        }
        guard from > 0, from < to else { return try verifyWithoutHashes(earlier, later) }
        var path = hashes[...]
        if from.nonzeroBitCount == 1 { path = [earlier] + path }
        guard let first = path.popFirst() else { throw wrongLength }
        let skipped = UInt64((from - 1).trailingOneBitCount)
        var node = (from - 1) >> skipped
        var last = (to - 1) >> skipped
        var (earlierRoot, laterRoot) = (first, first)
        for hash in path {
            guard last > 0 else { throw wrongLength }
            if node & 1 == 1 || node == last {
                earlierRoot = Digest(node: hash, earlierRoot)
                laterRoot = Digest(node: hash, laterRoot)
                // A last node without a neighbour moves up as it is.
                while node & 1 == 0, node > 0 {
                    node >>= 1
                    last >>= 1
                }
            } else {
                laterRoot = Digest(node: laterRoot, hash)
            }
            node >>= 1
            last >>= 1
        }
        guard last == 0 else { throw wrongLength }
        try compare(earlierRoot, with: earlier, size: from)
        try compare(laterRoot, with: later, size: to)
    }

    private func verifyWithoutHashes(_ earlier: Digest, _ later: Digest) throws(ProofError) {
        guard hashes.isEmpty else { throw wrongLength }
        if from == 0 { try compare(.ofEmptyTree, with: earlier, size: 0) }
        if from == to { try compare(earlier, with: later, size: to) }
    }

    private func compare(_ proven: Digest, with root: Digest, size: UInt64) throws(ProofError) {
        guard proven == root else {
            throw ProofError(
                "The proof is of a tree that has the root \(proven.base64) at \(size) leaves, and the root that should be proven is \(root.base64)."
            )
        }
    }

    private var wrongLength: ProofError {
        ProofError("The proof has \(hashes.count) hashes, which is not what sizes \(from) and \(to) need.")
    }
}

extension UInt64 {
    fileprivate var trailingOneBitCount: Int { (~self).trailingZeroBitCount }
}
