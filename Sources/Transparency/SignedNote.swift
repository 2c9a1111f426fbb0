/// A text and who signed it, in the form of C2SP signed-note (c2sp.org/signed-note).
///
/// The text says nothing until `verify` has found a signature by a key that is trusted.
public struct SignedNote: Equatable, Sendable {
    /// One signature line.
    public struct Signature: Equatable, Sendable {
        /// The name of the key, which the line claims.
        public let name: String
        /// The id of the key, which the line claims.
        public let id: UInt32
        /// The signature itself.
        public let bytes: [UInt8]
    }

    /// The most bytes that a note may have.
    public static let maximumByteCount = 1 << 20
    /// The most signatures that a note may have.
    public static let maximumSignatureCount = 100

    /// What is signed; it ends with a newline.
    public let text: String
    /// The signatures in the order of their lines.
    public private(set) var signatures: [Signature]

    /// Signs a text.
    ///
    /// - Parameter text: must end with a newline and have no other control character.
    /// - Throws: `ProofError` when it does not, and what the signing itself throws.
    public init(signing text: String, by key: SignerKey) throws {
        guard text.utf8.last == 0x0A, SignedNote.isPlain(Array(text.utf8)) else {
            throw ProofError("Could not sign a text that does not end with a newline or has control characters.")
        }
        self.text = text
        let bytes = try key.signature(of: Array(text.utf8))
        signatures = [Signature(name: key.verifier.name, id: key.verifier.id, bytes: bytes)]
    }

    /// Reads a note, strictly: what it prints is what was read, byte for byte.
    ///
    /// - Throws: `ProofError` with the rule that it breaks.
    public init(parsing bytes: [UInt8]) throws(ProofError) {
        guard bytes.count <= SignedNote.maximumByteCount else {
            throw ProofError("The note has \(bytes.count) bytes, more than \(SignedNote.maximumByteCount).")
        }
        guard String(validating: bytes, as: UTF8.self) != nil else { throw ProofError("The note is not UTF-8.") }
        guard SignedNote.isPlain(bytes) else { throw ProofError("The note has control characters.") }
        guard bytes.last == 0x0A else { throw ProofError("The note does not end with a newline.") }
        // Text and signatures are parted by the last empty line.
        guard let blank = (1..<bytes.count).last(where: { bytes[$0] == 0x0A && bytes[$0 - 1] == 0x0A }),
            blank + 1 < bytes.count
        else {
            throw ProofError("The note has no signatures: an empty line and at least one line after it are expected.")
        }
        text = String(decoding: bytes[..<blank], as: UTF8.self)
        signatures = []
        let lines = bytes[(blank + 1)...].dropLast().split(separator: 0x0A, omittingEmptySubsequences: false)
        guard lines.count <= SignedNote.maximumSignatureCount else {
            throw ProofError("The note has \(lines.count) signatures, more than \(SignedNote.maximumSignatureCount).")
        }
        for line in lines { signatures.append(try Signature(line: line)) }
    }

    /// The note as it is written: the text, an empty line, a line for each signature.
    public var encoded: String { text + "\n" + signatures.map(\.line).joined() }

    /// The keys among `keys` that signed the text. Lines of other keys are ignored.
    ///
    /// - Throws: `ProofError` when none did, or when a line that claims to be by one of them is not.
    @discardableResult
    public func verify(by keys: [VerifierKey]) throws(ProofError) -> [VerifierKey] {
        var signers: [VerifierKey] = []
        for signature in signatures {
            guard let key = keys.first(where: { signature.isClaimed(by: $0) }) else { continue }
            guard key.verifies(signature.bytes, of: Array(text.utf8)) else {
                throw ProofError(
                    "The signature of '\(key.name)' is not by its key \(key): the text or the signature was changed.")
            }
            if !signers.contains(key) { signers.append(key) }
        }
        guard !signers.isEmpty else {
            let found = signatures.map { "'\($0.name)' (\(NoteKeys.hex($0.id)))" }.joined(separator: ", ")
            throw ProofError("No key that is trusted signed it; it is signed by \(found).")
        }
        return signers
    }

    private static func isPlain(_ bytes: [UInt8]) -> Bool { bytes.allSatisfy { $0 >= 0x20 || $0 == 0x0A } }
}

extension SignedNote.Signature {
    /// What a signature line begins with: an em dash and a space.
    private static let prefix = Array("\u{2014} ".utf8)

    fileprivate init(line: ArraySlice<UInt8>) throws(ProofError) {
        let wrong = ProofError(
            "A signature line of the note is not an em dash, a name and base 64: '\(String(decoding: line, as: UTF8.self))'."
        )
        guard line.starts(with: Self.prefix) else { throw wrong }
        let parts = line.dropFirst(Self.prefix.count).split(separator: 0x20, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw wrong }
        name = String(decoding: parts[0], as: UTF8.self)
        // A signature of no bytes is none.
        guard NoteKeys.isName(name), let bytes = Base64.decode(String(decoding: parts[1], as: UTF8.self)),
            bytes.count > 4
        else { throw wrong }
        id = bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
        self.bytes = Array(bytes.dropFirst(4))
    }

    fileprivate var line: String {
        let number = (0..<4).map { UInt8(truncatingIfNeeded: id >> (24 - 8 * UInt32($0))) }
        return "\u{2014} \(name) \(Base64.encode(number + bytes))\n"
    }

    /// Whether name and id are the key's. Names are compared byte for byte, as they were hashed.
    fileprivate func isClaimed(by key: VerifierKey) -> Bool {
        id == key.id && name.utf8.elementsEqual(key.name.utf8)
    }
}
