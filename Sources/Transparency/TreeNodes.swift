/// Where the hashes of a tree's whole nodes come from: a log, or a test.
public protocol TreeNodes {
    /// The hash of a node all of whose leaves are in the tree.
    func digest(level: Int, index: UInt64) throws -> Digest
}
