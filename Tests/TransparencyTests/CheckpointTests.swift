import Testing
import Transparency

@Suite struct CheckpointTests {
    /// The example of c2sp.org/tlog-checkpoint.
    static let published = """
        example.com/behind-the-sofa
        20852163
        CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

        — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=

        """

    @Test func thePublishedExampleIsRead() throws {
        let signed = try SignedCheckpoint(parsing: Array(Self.published.utf8))
        #expect(signed.checkpoint.origin == "example.com/behind-the-sofa")
        #expect(signed.checkpoint.size == 20_852_163)
        #expect(signed.checkpoint.root.base64 == "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
        #expect(signed.note.encoded == Self.published)
        #expect(signed.checkpoint.text == signed.note.text)
    }

    @Test func whatIsSignedIsReadBack() throws {
        let key = try SignerKey(named: "flperf.local/log/1")
        for lines in [[], ["one", "two words"]] {
            let checkpoint = Checkpoint(origin: key.verifier.name, size: 0, root: .ofEmptyTree, extensionLines: lines)
            let signed = try SignedCheckpoint(parsing: Array(checkpoint.signed(by: key).note.encoded.utf8))
            #expect(signed.checkpoint == checkpoint)
            try signed.note.verify(by: [key.verifier])
        }
    }

    static let root = Digest.ofEmptyTree.base64
    @Test(arguments: [
        "", "a\n", "a\n1\n", "a\n1\n\(root)", "\n1\n\(root)\n", "a\n01\n\(root)\n", "a\n-1\n\(root)\n",
        "a\n+1\n\(root)\n",
        "a\n 1\n\(root)\n", "a\n0x1\n\(root)\n", "a\n18446744073709551616\n\(root)\n", "a\n1\n\(root.dropLast())\n",
        "a\n1\n\(root)=\n", "a\n1\nAAAA\n", "a\n1\n\(root)\n\n", "a\n1\n\(root)\n\nb\n",
    ]) func whatIsNotACheckpointIsRefused(text: String) {
        #expect(throws: ProofError.self) { try Checkpoint(parsing: text) }
    }
}
