import Testing
import Transparency

/// Keys and signatures that Go's golang.org/x/mod/sumdb/note is tested with.
enum PublishedKeys {
    static let peter = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    static let peterSecret = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
    static let enoch = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
    static let text = """
        If you think cryptography is the answer to your problem,
        then you don't know what your problem is.

        """
    static let peterLine =
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    static let enochLine =
        "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
}

@Suite struct SignedNoteTests {
    static var peter: VerifierKey { get throws { try VerifierKey(parsing: PublishedKeys.peter) } }
    static var enoch: VerifierKey { get throws { try VerifierKey(parsing: PublishedKeys.enoch) } }

    static func note(_ text: String) throws -> SignedNote { try SignedNote(parsing: Array(text.utf8)) }

    @Test func keysAreReadAndWritten() throws {
        #expect(try Self.peter.name == "PeterNeumann")
        #expect(try Self.peter.id == 0xc74f_20a3)
        #expect(try Self.peter.description == PublishedKeys.peter)
        let signer = try SignerKey(parsing: PublishedKeys.peterSecret)
        #expect(try signer.verifier == Self.peter)
        #expect(signer.secretText == PublishedKeys.peterSecret)
        let made = try SignerKey(named: "flperf.local/log/1")
        #expect(try SignerKey(parsing: made.secretText).verifier == made.verifier)
        #expect(try VerifierKey(parsing: made.verifier.description) == made.verifier)
    }

    @Test(arguments: ["", "two words", "a+b", "a\u{2003}b", "a\u{7}b", "a\nb"]) func namesThatNoKeyCanHave(name: String)
    {
        #expect(throws: ProofError.self) { try SignerKey(named: name) }
    }

    @Test func noMangledKeyIsTaken() {
        let text = Array(PublishedKeys.peter)
        for start in text.indices {
            for end in start + 1...text.count where start > 0 || end < text.count {
                #expect(throws: ProofError.self) { try VerifierKey(parsing: String(text[start..<end])) }
            }
        }
        for place in PublishedKeys.peter.utf8.indices {
            var bytes = Array(PublishedKeys.peter.utf8)
            bytes[PublishedKeys.peter.utf8.distance(from: PublishedKeys.peter.startIndex, to: place)] += 1
            #expect(throws: ProofError.self) { try VerifierKey(parsing: String(decoding: bytes, as: UTF8.self)) }
        }
        for place in 0..<PublishedKeys.peterSecret.utf8.count {
            var bytes = Array(PublishedKeys.peterSecret.utf8)
            bytes[place] += 1
            #expect(throws: ProofError.self) { try SignerKey(parsing: String(decoding: bytes, as: UTF8.self)) }
        }
        // Right ids, but a key of the wrong length and one of an unknown type.
        for text in [
            "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
            "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        ] {
            #expect(throws: ProofError.self) { try VerifierKey(parsing: text) }
        }
    }

    @Test func theErrorOfASecretKeyDoesNotRepeatIt() {
        let secret = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
        for text in [
            secret, "PRIVATE+KEY+Peter Neumann+c74f20a3+" + secret, "PRIVATE+KEY+PeterNeumann+c74f20a4+" + secret,
        ] {
            let error = #expect(throws: ProofError.self) { try SignerKey(parsing: text) }
            #expect(error?.description.contains(secret) == false)
        }
    }

    @Test func aPublishedNoteVerifies() throws {
        let note = try Self.note(PublishedKeys.text + "\n" + PublishedKeys.peterLine + PublishedKeys.enochLine)
        #expect(note.text == PublishedKeys.text)
        #expect(try note.verify(by: [Self.peter]) == [Self.peter])
        #expect(try note.verify(by: [Self.enoch, Self.peter]) == [Self.peter, Self.enoch])
        #expect(note.encoded == PublishedKeys.text + "\n" + PublishedKeys.peterLine + PublishedKeys.enochLine)
        #expect(throws: ProofError.self) { try note.verify(by: []) }
        #expect(throws: ProofError.self) { try note.verify(by: [SignerKey(named: "PeterNeumann").verifier]) }
    }

    @Test func signingGivesThePublishedSignature() throws {
        let note = try SignedNote(signing: PublishedKeys.text, by: SignerKey(parsing: PublishedKeys.peterSecret))
        try note.verify(by: [Self.peter])
        #if os(Linux)
        // CryptoKit's signatures hold as well, but have chance in them.
        #expect(note.encoded == PublishedKeys.text + "\n" + PublishedKeys.peterLine)
        #endif
    }

    @Test func aChangedTextOrSignatureIsRefused() throws {
        let whole = Array((PublishedKeys.text + "\n" + PublishedKeys.peterLine).utf8)
        for place in whole.indices {
            var bytes = whole
            bytes[place] ^= 1
            #expect(throws: ProofError.self) { try SignedNote(parsing: bytes).verify(by: [Self.peter]) }
        }
        // A line that is not by the key that it names spoils the others.
        let forged = PublishedKeys.peterLine.replacing("ZJku", with: "ZJkv")
        #expect(throws: ProofError.self) {
            try Self.note(PublishedKeys.text + "\n" + PublishedKeys.enochLine + forged).verify(by: [
                Self.enoch, Self.peter,
            ])
        }
        try Self.note(PublishedKeys.text + "\n" + PublishedKeys.enochLine + forged).verify(by: [Self.enoch])
    }

    static let malformed: [String] = [
        "", "\n", "\n\n", PublishedKeys.text, PublishedKeys.text + "\n",
        PublishedKeys.text + "\n" + PublishedKeys.peterLine.dropLast(),
        "\u{1}" + PublishedKeys.text + "\n" + PublishedKeys.peterLine,
        PublishedKeys.text.replacing("\n", with: "\r\n") + "\n" + PublishedKeys.peterLine,
        PublishedKeys.text + "\n" + PublishedKeys.peterLine + "Unexpected line.\n",
        PublishedKeys.text + "\n" + PublishedKeys.peterLine + "\n",
        PublishedKeys.text + "\n" + PublishedKeys.peterLine.replacing("—", with: "-"),
        PublishedKeys.text + "\n" + PublishedKeys.peterLine.replacing("— ", with: "—"),
        PublishedKeys.text + "\n" + PublishedKeys.peterLine.replacing("PeterNeumann", with: "Peter Neumann"),
        PublishedKeys.text + "\n" + PublishedKeys.peterLine.replacing("PeterNeumann", with: "Peter+Neumann"),
        PublishedKeys.text + "\n" + PublishedKeys.peterLine.replacing("PeterNeumann", with: "Peter\u{a0}Neumann"),
        PublishedKeys.text + "\n" + PublishedKeys.peterLine.replacing("PeterNeumann", with: ""),
        PublishedKeys.text + "\n" + PublishedKeys.peterLine.replacing("AM=\n", with: "AN=\n"),
        PublishedKeys.text + "\n" + PublishedKeys.peterLine.replacing("AM=\n", with: "AM\n"),
        PublishedKeys.text + "\n— PeterNeumann x08gow==\n",
        PublishedKeys.text + "\n" + String(repeating: PublishedKeys.peterLine, count: 101),
        String(repeating: "x", count: SignedNote.maximumByteCount) + "\n\n" + PublishedKeys.peterLine,
    ]

    @Test(arguments: malformed.indices) func whatIsNotANoteIsRefused(index: Int) {
        #expect(throws: ProofError.self, "\(Self.malformed[index])") { try Self.note(Self.malformed[index]) }
    }

    @Test func bytesThatAreNotTextAreRefused() {
        let bytes = [0xFF] + Array((PublishedKeys.text + "\n" + PublishedKeys.peterLine).utf8)
        #expect(throws: ProofError.self) { try SignedNote(parsing: bytes) }
    }

    @Test func theTextMayHaveEmptyLines() throws {
        let key = try SignerKey(named: "k")
        for text in ["\n", "\n\n\n", "a\n\n— b c\n", "è subito sera\n"] {
            let note = try SignedNote(signing: text, by: key)
            let read = try Self.note(note.encoded)
            #expect(read == note)
            try read.verify(by: [key.verifier])
        }
        #expect(throws: ProofError.self) { try SignedNote(signing: "no end", by: key) }
        #expect(throws: ProofError.self) { try SignedNote(signing: "tab\t\n", by: key) }
    }
}
