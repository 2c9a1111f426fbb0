import Testing
import Transparency

@Suite struct ConsistencyProofTests {
    /// Sizes and hashes (transparency-dev/merkle, proof/verify_test.go).
    static let published: [(UInt64, UInt64, [String])] = [
        (1, 1, []),
        (
            1, 8,
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ]
        ),
        (
            6, 8,
            [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        ),
        (
            2, 5,
            [
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ]
        ),
        (
            6, 7,
            [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        ),
    ]

    @Test(arguments: published) func publishedProofsAreMadeAndHold(from: UInt64, to: UInt64, hashes: [String]) throws {
        let tree = MemoryTree.reference
        let proof = try ConsistencyProof(from: from, to: to, in: tree)
        #expect(proof.hashes.map(CompactRangeTests.hex) == hashes)
        try proof.verify(from: tree.root(Int(from)), to: tree.root(Int(to)))
    }

    @Test func everyTreeExtendsEverySmallerOne() throws {
        let tree = MemoryTree(count: 70)
        let roots = (0...70).map { tree.root($0) }
        for to in 0...tree.size {
            for from in 0...to {
                let proof = try ConsistencyProof(from: from, to: to, in: tree)
                try proof.verify(from: roots[Int(from)], to: roots[Int(to)])
            }
        }
        #expect(throws: ProofError.self) { try ConsistencyProof(from: 4, to: 3, in: tree) }
    }

    private func refuses(_ proof: ConsistencyProof, _ earlier: Digest, _ later: Digest) -> Bool {
        do { try proof.verify(from: earlier, to: later) } catch { return true }
        return false
    }

    @Test func noChangedProofHolds() throws {
        let tree = MemoryTree(count: 70)
        let roots = (0...70).map { tree.root($0) }
        for to in 1...tree.size {
            for from in 0...to {
                let (earlier, later) = (roots[Int(from)], roots[Int(to)])
                let proof = try ConsistencyProof(from: from, to: to, in: tree)
                #expect(refuses(proof, earlier.flipping(Int.random(in: 0..<256)), later))
                // Every tree extends the empty one.
                if from > 0 { #expect(refuses(proof, earlier, later.flipping(Int.random(in: 0..<256)))) }
                if from > 0, from < to { #expect(refuses(proof, later, earlier)) }
                var changed = proof
                for place in proof.hashes.indices {
                    changed.hashes[place] = proof.hashes[place].flipping(Int.random(in: 0..<256))
                    #expect(refuses(changed, earlier, later))
                    changed.hashes = proof.hashes
                    changed.hashes.remove(at: place)
                    #expect(refuses(changed, earlier, later))
                    changed.hashes = proof.hashes
                }
                for place in 0...proof.hashes.count {
                    for added in [earlier, later, .ofEmptyTree] {
                        changed.hashes.insert(added, at: place)
                        #expect(refuses(changed, earlier, later))
                        changed.hashes = proof.hashes
                    }
                }
                guard !proof.hashes.isEmpty else { continue }
                for other in [from - 1, from + 1, from ^ 2, .max] {
                    changed.from = other
                    #expect(refuses(changed, earlier, later), "\(from) to \(to) as from \(other)")
                }
                changed.from = from
                for other in [to * 2, to / 2, 0, .max] {
                    changed.to = other
                    #expect(refuses(changed, earlier, later), "\(from) to \(to) as to \(other)")
                }
            }
        }
    }

    @Test func aRewrittenLogHasNoProof() throws {
        let tree = MemoryTree(count: 40)
        var leaves = MemoryTree(count: 60).leaves
        leaves[17] = Array("another".utf8)
        let rewritten = MemoryTree(leaves)
        for from in UInt64(1)...40 {
            let proof = try ConsistencyProof(from: from, to: 60, in: rewritten)
            #expect(refuses(proof, tree.root(Int(from)), rewritten.root(60)) == (from > 17))
        }
    }
}
