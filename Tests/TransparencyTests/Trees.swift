import Foundation
import Transparency

/// A tree in memory, all of whose nodes are computed from its leaves.
struct MemoryTree: TreeLeaves {
    let leaves: [[UInt8]]
    let nodes: [[Digest]]

    init(_ leaves: [[UInt8]]) {
        self.leaves = leaves
        var nodes = [leaves.map { $0.withUnsafeBytes { Digest(leaf: $0) } }]
        while let below = nodes.last, below.count > 1 {
            nodes.append((0..<below.count / 2).map { Digest(node: below[2 * $0], below[2 * $0 + 1]) })
        }
        self.nodes = nodes
    }

    /// Leaves that are all different.
    init(count: Int) { self.init((0..<count).map { Array("leaf \($0)".utf8) }) }

    var size: UInt64 { UInt64(leaves.count) }
    func digest(level: Int, index: UInt64) throws -> Digest { nodes[level][Int(index)] }
    func leafBytes<Result>(_ index: UInt64, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        try leaves[Int(index)].withUnsafeBytes(body)
    }

    /// RFC 6962's definition of the root, word for word, of the first leaves.
    func root(_ size: Int) -> Digest { CompactRangeTests.root(of: nodes[0][..<size]) }

    /// The reference tree of transparency-dev/merkle: 8 leaves.
    static let reference = MemoryTree(CompactRangeTests.leaves)
    /// Its roots at sizes 1 to 8, in hexadecimal (transparency-dev/merkle, proof/verify_test.go).
    static let referenceRoots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]
}

extension Digest {
    /// The same but for one bit.
    func flipping(_ bit: Int) -> Digest {
        var bytes = bytes
        bytes[bit / 8] ^= 1 << (bit % 8)
        return Digest(bytes: bytes)!
    }
}
