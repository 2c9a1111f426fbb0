/// That a leaf is in a tree of a certain size and root: the hashes of its neighbours on the way up (RFC 6962, section 2.1.1).
public struct InclusionProof: Equatable, Sendable {
    /// The leaf, counted from 0.
    public var index: UInt64
    /// How many leaves the tree has.
    public var size: UInt64
    /// The neighbours from the leaf's up to the one below the root.
    public var hashes: [Digest]

    /// A proof with these parts, which may hold or not.
    public init(index: UInt64, size: UInt64, hashes: [Digest]) {
        self.index = index
        self.size = size
        self.hashes = hashes
    }

    /// Proves a leaf of the tree that the first `size` leaves make.
    ///
    /// - Throws: `ProofError` when the tree has no such leaf, and what reading `nodes` throws.
    public init(of index: UInt64, in size: UInt64, from nodes: some TreeNodes) throws {
        guard index < size else {
            throw ProofError("Could not prove leaf \(index): the tree has \(size) leaves, counted from 0.")
        }
        self.init(index: index, size: size, hashes: [])
        var leaves = 0..<size
        while leaves.upperBound - leaves.lowerBound > 1 {
            let middle = leaves.split
            let (left, right) = (leaves.lowerBound..<middle, middle..<leaves.upperBound)
            hashes.append(try nodes.root(of: index < middle ? right : left))
            leaves = index < middle ? left : right
        }
        hashes.reverse()
    }

    /// The root of the tree that the leaf is in, if the proof is of one (RFC 9162, section 2.1.3.2).
    ///
    /// - Parameter leaf: the leaf's hash.
    /// - Throws: `ProofError` when there can be no such proof: a leaf outside the tree, or too few or too many hashes.
    public func root(leaf: Digest) throws(ProofError) -> Digest {
        guard index < size else {
            throw ProofError(
                "The proof is of leaf \(index), and a tree of \(size) leaves, counted from 0, has none such.")
        }
        var node = index
        var last = size - 1
        var digest = leaf
        for hash in hashes {
            guard last > 0 else { throw wrongLength }
            if node & 1 == 1 || node == last {
                digest = Digest(node: hash, digest)
                // A last node without a neighbour moves up as it is.
                while node & 1 == 0, node > 0 {
                    node >>= 1
                    last >>= 1
                }
            } else {
                digest = Digest(node: digest, hash)
            }
            node >>= 1
            last >>= 1
        }
        guard last == 0 else { throw wrongLength }
        return digest
    }

    /// Checks that the leaf is in the tree with this root.
    ///
    /// - Throws: `ProofError`, whose sentence says why the proof does not hold.
    public func verify(leaf: Digest, root: Digest) throws(ProofError) {
        let proven = try self.root(leaf: leaf)
        guard proven == root else {
            throw ProofError(
                "The proof leads from this entry as leaf \(index) to the root \(proven.base64), and the tree of \(size) leaves has the root \(root.base64)."
            )
        }
    }

    private var wrongLength: ProofError {
        ProofError("The proof has \(hashes.count) hashes, which is not what leaf \(index) of \(size) needs.")
    }
}
