import Foundation
import Testing
import Transparency

@Suite struct CompactRangeTests {
    /// The leaves of the reference tree that the transparency logs test against (transparency-dev/merkle), and its roots.
    static let leaves: [[UInt8]] = [
        [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43],
        [0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
        [
            0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f,
        ],
    ]

    static func leaf(_ bytes: [UInt8]) -> Digest { bytes.withUnsafeBytes { Digest(leaf: $0) } }
    static func hex(_ digest: Digest) -> String { digest.bytes.map { String(format: "%02x", $0) }.joined() }

    /// RFC 6962's definition, word for word: split at the largest power of two below the size.
    static func root(of leaves: ArraySlice<Digest>) -> Digest {
        guard leaves.count > 1 else { return leaves.first ?? .ofEmptyTree }
        let split = leaves.startIndex + (1 << (Int.bitWidth - 1 - (leaves.count - 1).leadingZeroBitCount))
        return Digest(node: root(of: leaves[..<split]), root(of: leaves[split...]))
    }

    @Test func rootsOfTheReferenceTree() {
        var tree = CompactRange()
        #expect(Self.hex(tree.root) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        for bytes in Self.leaves { tree.append(leaf: Self.leaf(bytes)) }
        #expect(Self.hex(tree.root) == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")
    }

    @Test func rootIsTheDefinitionsAtEverySize() throws {
        let leaves = (0..<300).map { Self.leaf([UInt8($0 & 0xFF), UInt8($0 >> 8)]) }
        var tree = CompactRange()
        for size in 1...leaves.count {
            tree.append(leaf: leaves[size - 1])
            #expect(tree.root == Self.root(of: leaves[..<size]))
            #expect(CompactRange(size: UInt64(size), digests: tree.nodes.map(\.digest)) == tree)
        }
        #expect(CompactRange(size: 3, digests: [leaves[0]]) == nil)
    }

    @Test func rangesJoinIntoTheSameTreeAndTheSameNodes() {
        let leaves = (0..<1000).map { Self.leaf([UInt8($0 & 0xFF), UInt8($0 >> 8)]) }
        var whole = CompactRange()
        var expected: [TreeNode] = []
        for leaf in leaves { whole.append(leaf: leaf) { expected.append($0) } }
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20 {
            var joined = CompactRange()
            var completed: [TreeNode] = []
            while joined.end < 1000 {
                var part = CompactRange(begin: joined.end)
                for _ in 0..<Int.random(in: 1...min(200, 1000 - Int(joined.end)), using: &random) {
                    part.append(leaf: leaves[Int(part.end)]) { completed.append($0) }
                }
                joined.append(part) { completed.append($0) }
            }
            #expect(joined == whole)
            #expect(Set(completed.map(\.digest)) == Set(expected.map(\.digest)))
            #expect(completed.count == expected.count)
        }
    }
}
