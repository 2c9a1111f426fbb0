import Testing
import Transparency

@Suite struct ProofFileTests {
    static var key: SignerKey {
        get throws {
            try SignerKey(
                parsing: "PRIVATE+KEY+flperf.local/log/1+417cb91d+AXac/II/FwAGjOZG+NVhtVE2J8fHimeWYvA0t9ztAOZV")
        }
    }
    static let tree = MemoryTree(count: 40)

    static func checkpoint(_ size: Int, of tree: MemoryTree = tree, by key: SignerKey? = nil) throws -> SignedCheckpoint
    {
        try Checkpoint(origin: "flperf.local/log/1", size: UInt64(size), root: tree.root(size)).signed(
            by: key ?? Self.key)
    }
    static func entry(_ index: UInt64, in size: Int) throws -> LoggedEntry {
        LoggedEntry(
            proof: try InclusionProof(of: index, in: UInt64(size), from: tree), signed: try checkpoint(size))
    }
    static func growth(_ from: Int, _ to: Int) throws -> LogExtension {
        LogExtension(
            proof: try ConsistencyProof(from: UInt64(from), to: UInt64(to), in: tree), earlierRoot: tree.root(from),
            signed: try checkpoint(to))
    }

    @Test func proofsAreWrittenAndReadBack() throws {
        for size in 1...40 {
            let entry = try Self.entry(UInt64(size / 2), in: size)
            #expect(try ProofFile(parsing: Array(entry.encoded.utf8)) == .entry(entry))
            let growth = try Self.growth(size / 3, size)
            #expect(try ProofFile(parsing: Array(growth.encoded.utf8)) == .growth(growth))
        }
    }

    @Test func theFormIsThePublishedOne() throws {
        let entry = try Self.entry(2, in: 3)
        #expect(
            entry.encoded == """
                c2sp.org/tlog-proof@v1
                index 2
                \(Self.tree.root(2).base64)

                flperf.local/log/1
                3
                \(Self.tree.root(3).base64)

                — flperf.local/log/1 \(entry.signed.note.encoded.split(separator: " ").last!)
                """)
        let other = entry.encoded.replacing("@v1\n", with: "@v1\nextra AAEC\n")
        guard case .entry(let read) = try ProofFile(parsing: Array(other.utf8)) else {
            Issue.record("it is an entry's proof")
            return
        }
        #expect(read.extra == [0, 1, 2])
        #expect(read.encoded == other)
    }

    @Test func aCheckSaysWhatWasProvenAndWhatNot() throws {
        let leaf = Self.tree.nodes[0][5]
        let file = ProofFile.entry(try Self.entry(5, in: 40))
        let bare = try file.check(leaf: leaf, keys: [], against: nil)
        #expect(bare.proven == ["The entry is event 6 of the 40 events that the checkpoint covers."])
        #expect(bare.notChecked.count == 2)
        let full = try file.check(leaf: leaf, keys: [Self.key.verifier], against: Self.checkpoint(40))
        #expect(full.proven.count == 3)
        #expect(full.notChecked.isEmpty)
        let growth = ProofFile.growth(try Self.growth(20, 40))
        for size in [20, 40] {
            let found = try growth.check(leaf: nil, keys: [Self.key.verifier], against: Self.checkpoint(size))
            #expect(found.notChecked.isEmpty)
        }
    }

    @Test func whatDoesNotHoldIsRefused() throws {
        let leaf = Self.tree.nodes[0][5]
        let file = ProofFile.entry(try Self.entry(5, in: 40))
        let growth = ProofFile.growth(try Self.growth(20, 40))
        let stranger = try SignerKey(named: "flperf.local/log/1")
        var leaves = Self.tree.leaves
        leaves[7] = []
        let forked = MemoryTree(leaves)
        let forkedGrowth = LogExtension(
            proof: try ConsistencyProof(from: 20, to: 40, in: forked), earlierRoot: Self.tree.root(20),
            signed: try Self.checkpoint(40, of: forked))
        let refusals: [(String, () throws -> ProofFile.Findings)] = [
            ("none was given", { try file.check(leaf: nil, keys: [], against: nil) }),
            ("leads from this entry", { try file.check(leaf: Self.tree.nodes[0][6], keys: [], against: nil) }),
            ("No key that is trusted", { try file.check(leaf: leaf, keys: [stranger.verifier], against: nil) }),
            ("two versions", { try file.check(leaf: leaf, keys: [], against: Self.checkpoint(40, of: forked)) }),
            ("says nothing about", { try file.check(leaf: leaf, keys: [], against: Self.checkpoint(39)) }),
            ("two versions", { try growth.check(leaf: nil, keys: [], against: Self.checkpoint(20, of: forked)) }),
            (
                "No key that is trusted",
                {
                    try growth.check(
                        leaf: nil, keys: [Self.key.verifier], against: Self.checkpoint(20, by: stranger))
                }
            ),
            (
                "the root that should be proven",
                { try ProofFile.growth(forkedGrowth).check(leaf: nil, keys: [], against: nil) }
            ),
        ]
        for (sentence, check) in refusals {
            let error = #expect(throws: ProofError.self) { try check() }
            #expect(error?.description.contains(sentence) == true, "\(error?.description ?? "")")
        }
    }

    @Test func noChangedByteGoesUnseen() throws {
        let leaf = Self.tree.nodes[0][5]
        func refuses(_ bytes: [UInt8]) -> Bool {
            do {
                _ = try ProofFile(parsing: bytes).check(leaf: leaf, keys: [Self.key.verifier], against: nil)
                return false
            } catch {
                return true
            }
        }
        for whole in [try Self.entry(5, in: 40).encoded, try Self.growth(20, 40).encoded].map({ Array($0.utf8) }) {
            #expect(!refuses(whole))
            for place in whole.indices {
                var bytes = whole
                bytes[place] ^= 1 << UInt8.random(in: 0..<8)
                #expect(refuses(bytes), "a changed byte \(place)")
                if place % 16 == 0 { #expect(refuses(Array(whole[..<place])), "only \(place) bytes") }
            }
            #expect(refuses(whole.dropLast()))
        }
    }

    @Test(arguments: [
        "", "\n", "c2sp.org/tlog-proof@v2\nindex 0\n\n", "c2sp.org/tlog-proof@v1\n\n",
        "c2sp.org/tlog-proof@v1\nindex x\n\n",
        "c2sp.org/tlog-proof@v1\nindex -5\n\n", "c2sp.org/tlog-proof@v1\nindex 00\n\n",
        "c2sp.org/tlog-proof@v1\nextra !\nindex 0\n\n", "c2sp.org/tlog-proof@v1\nindex 0\n!!\n\n",
        "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\n", "c2sp.org/tlog-proof@v1\nindex 0\n",
        "flperf.local/consistency-proof@v1\nfrom 1\n\n", "flperf.local/consistency-proof@v1\nfrom 1 AAAA\n\n",
    ]) func whatIsNotAProofIsRefused(text: String) throws {
        let checkpoint = try Self.checkpoint(1).note.encoded
        #expect(throws: ProofError.self) { try ProofFile(parsing: Array((text + checkpoint).utf8)) }
    }
}
