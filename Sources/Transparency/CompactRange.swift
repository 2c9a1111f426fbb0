/// A node of RFC 6962's tree that has all its leaves: `2^level` of them, beginning with leaf `index × 2^level`.
public struct TreeNode: Equatable, Sendable, BitwiseCopyable {
    /// 0 is a leaf.
    public var level: Int
    /// Its number among the nodes of its level, from 0.
    public var index: UInt64
    /// Its hash.
    public var digest: Digest

    /// A node with these parts.
    public init(level: Int, index: UInt64, digest: Digest) {
        self.level = level
        self.index = index
        self.digest = digest
    }
}

/// The fewest whole nodes that cover the leaves from `begin` up to `end`.
///
/// One that begins with leaf 0 is the right edge of a tree, from which its root follows and to which leaves can be added. Ranges
/// that meet can be joined, so the leaves of a batch are hashed by whoever has them and added to the tree in a few steps.
public struct CompactRange: Equatable, Sendable {
    /// The first leaf, counted from 0.
    public let begin: UInt64
    /// One more than the last leaf; `begin` when there is none.
    public private(set) var end: UInt64
    /// The nodes from left to right.
    public private(set) var nodes: [TreeNode] = []

    /// A range without leaves.
    public init(begin: UInt64 = 0) {
        self.begin = begin
        end = begin
    }

    /// The right edge of a tree of that size; nil when there are not as many digests as such a tree has.
    ///
    /// - Parameter digests: of the nodes from left to right.
    public init?(size: UInt64, digests: some Collection<Digest>) {
        guard digests.count == size.nonzeroBitCount else { return nil }
        begin = 0
        end = size
        var rest = size
        var first: UInt64 = 0
        for digest in digests {
            let level = 63 - rest.leadingZeroBitCount
            nodes.append(TreeNode(level: level, index: first >> UInt64(level), digest: digest))
            first += 1 << UInt64(level)
            rest -= 1 << UInt64(level)
        }
    }

    /// Adds the next leaf.
    ///
    /// - Parameter completed: is given every node above the leaves that this makes whole, from below.
    public mutating func append(leaf digest: Digest, completed: (TreeNode) -> Void = { _ in }) {
        add(TreeNode(level: 0, index: end, digest: digest), completed)
        end += 1
    }

    /// Adds the leaves of a range that begins where this one ends.
    ///
    /// - Parameter completed: is given every node that neither range had and that this makes whole.
    public mutating func append(_ next: CompactRange, completed: (TreeNode) -> Void = { _ in }) {
        precondition(next.begin == end, "a range can only be joined with the one that follows it")
        for node in next.nodes { add(node, completed) }
        end = next.end
    }

    private mutating func add(_ node: TreeNode, _ completed: (TreeNode) -> Void) {
        var node = node
        while let left = nodes.last, left.level == node.level, left.index & 1 == 0, node.index & 1 == 1 {
            nodes.removeLast()
            node = TreeNode(
                level: node.level + 1, index: node.index >> 1, digest: Digest(node: left.digest, node.digest))
            completed(node)
        }
        nodes.append(node)
    }

    /// The tree's root hash (RFC 6962, section 2.1), of a range that begins with leaf 0.
    public var root: Digest {
        precondition(begin == 0, "only the right edge of a tree has its root")
        guard let last = nodes.last else { return .ofEmptyTree }
        return nodes.dropLast().reversed().reduce(last.digest) { Digest(node: $1.digest, $0) }
    }
}
