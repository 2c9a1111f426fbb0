import Testing
import Transparency

@Suite struct InclusionProofTests {
    /// Leaf, size and hashes (transparency-dev/merkle, proof/verify_test.go; leaves counted from 0).
    static let published: [(UInt64, UInt64, [String])] = [
        (0, 1, []),
        (
            0, 8,
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ]
        ),
        (
            5, 8,
            [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        ), (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
        (
            1, 5,
            [
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ]
        ),
    ]

    @Test func rootsOfTheReferenceTreeAtEverySize() throws {
        for (size, root) in MemoryTree.referenceRoots.enumerated() {
            #expect(CompactRangeTests.hex(try MemoryTree.reference.root(size: UInt64(size + 1))) == root)
        }
        #expect(try MemoryTree.reference.root(size: 0) == .ofEmptyTree)
    }

    @Test(arguments: published) func publishedProofsAreMadeAndHold(index: UInt64, size: UInt64, hashes: [String]) throws
    {
        let tree = MemoryTree.reference
        let proof = try InclusionProof(of: index, in: size, from: tree)
        #expect(proof.hashes.map(CompactRangeTests.hex) == hashes)
        try proof.verify(leaf: tree.nodes[0][Int(index)], root: tree.root(Int(size)))
    }

    @Test func everyLeafOfEveryTreeIsProven() throws {
        let tree = MemoryTree(count: 70)
        for size in 1...tree.size {
            #expect(try tree.root(size: size) == tree.root(Int(size)))
            for index in 0..<size {
                let proof = try InclusionProof(of: index, in: size, from: tree)
                try proof.verify(leaf: tree.nodes[0][Int(index)], root: tree.root(Int(size)))
            }
        }
        #expect(throws: ProofError.self) { try InclusionProof(of: 3, in: 3, from: tree) }
    }

    @Test func noChangedProofHolds() throws {
        let tree = MemoryTree(count: 70)
        let roots = (0...70).map { tree.root($0) }
        func refuses(_ proof: InclusionProof, leaf: Digest, root: Digest) -> Bool {
            do { try proof.verify(leaf: leaf, root: root) } catch { return true }
            return false
        }
        for size in 1...tree.size {
            let root = roots[Int(size)]
            for index in 0..<size {
                let leaf = tree.nodes[0][Int(index)]
                let proof = try InclusionProof(of: index, in: size, from: tree)
                #expect(refuses(proof, leaf: leaf.flipping(Int.random(in: 0..<256)), root: root))
                #expect(refuses(proof, leaf: leaf, root: root.flipping(Int.random(in: 0..<256))))
                #expect(refuses(proof, leaf: leaf, root: roots[Int(size) - 1]))
                var changed = proof
                for place in proof.hashes.indices {
                    changed.hashes[place] = proof.hashes[place].flipping(Int.random(in: 0..<256))
                    #expect(refuses(changed, leaf: leaf, root: root))
                    changed.hashes = proof.hashes
                    changed.hashes.remove(at: place)
                    #expect(refuses(changed, leaf: leaf, root: root))
                    changed.hashes = proof.hashes
                }
                for place in 0...proof.hashes.count {
                    changed.hashes.insert(root, at: place)
                    #expect(refuses(changed, leaf: leaf, root: root))
                    changed.hashes = proof.hashes
                }
                for other in [index &- 1, index + 1, index ^ 2, index ^ 8, .max] where other != index {
                    changed.index = other
                    #expect(refuses(changed, leaf: leaf, root: root), "leaf \(index) of \(size) as \(other)")
                }
                changed.index = index
                for other in [size * 2, size / 2, 0, .max] {
                    changed.size = other
                    #expect(refuses(changed, leaf: leaf, root: root), "leaf \(index) of \(size) as of \(other)")
                }
                changed.size = size == 70 ? 1 : size + 1
                #expect(refuses(changed, leaf: leaf, root: roots[Int(changed.size)]))
            }
        }
    }

    @Test func theSentenceNamesBothRoots() throws {
        let tree = MemoryTree.reference
        let proof = try InclusionProof(of: 2, in: 8, from: tree)
        let error = #expect(throws: ProofError.self) { try proof.verify(leaf: tree.nodes[0][3], root: tree.root(8)) }
        #expect(error?.description.contains(tree.root(8).base64) == true)
        #expect(error?.description.contains(try proof.root(leaf: tree.nodes[0][3]).base64) == true)
    }
}
