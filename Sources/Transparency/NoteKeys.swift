import Crypto
import Foundation

/// The public half of a key that signs notes, as C2SP signed-note describes it: Ed25519, with a name.
///
/// Its text form, `name+id+base64`, is the one that Go's golang.org/x/mod/sumdb/note reads and writes.
public struct VerifierKey: Hashable, Sendable, CustomStringConvertible {
    /// Who signs: of a log, its origin.
    public let name: String
    /// The Ed25519 public key, 32 bytes (RFC 8032).
    public let publicKey: [UInt8]
    /// The first 4 bytes of SHA-256 over name, newline, type and public key: tells keys of one name apart.
    public let id: UInt32

    init(name: String, publicKey: [UInt8]) {
        self.name = name
        self.publicKey = publicKey
        let named = Array(name.utf8) + [0x0A, NoteKeys.ed25519] + publicKey
        let digest = named.withUnsafeBytes { Transparency.Digest(of: $0) }
        id = digest.bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Reads the text form.
    ///
    /// - Throws: `ProofError` when it is not one, or is of a key of another type than Ed25519.
    public init(parsing text: some StringProtocol) throws(ProofError) {
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else {
            throw ProofError(
                "'\(text)' is not a verifier key: name+id+base64 is expected, as `log checkpoint --public-key` prints it."
            )
        }
        let key = try NoteKeys.parse(name: parts[0], key: parts[2], "verifier key")
        self.init(name: String(parts[0]), publicKey: key)
        guard NoteKeys.hex(id) == parts[1] else {
            throw ProofError(
                "The verifier key of '\(name)' is damaged: its id is \(NoteKeys.hex(id)), and it says \(parts[1]).")
        }
    }

    /// The text form.
    public var description: String {
        "\(name)+\(NoteKeys.hex(id))+\(Base64.encode([NoteKeys.ed25519] + publicKey))"
    }

    /// Whether this key made the signature.
    func verifies(_ signature: [UInt8], of text: [UInt8]) -> Bool {
        (try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey).isValidSignature(signature, for: text))
            ?? false
    }
}

/// A key that signs notes. Whoever has it can speak for the log.
public struct SignerKey: Sendable {
    private let key: Curve25519.Signing.PrivateKey
    /// The half that can be given away.
    public let verifier: VerifierKey

    private init(name: String, key: Curve25519.Signing.PrivateKey) {
        self.key = key
        verifier = VerifierKey(name: name, publicKey: Array(key.publicKey.rawRepresentation))
    }

    /// Makes a new key.
    ///
    /// - Throws: `ProofError` when a key can't have that name: it is empty, or has a space, a `+` or a control character.
    public init(named name: String) throws(ProofError) {
        guard NoteKeys.isName(name) else {
            throw ProofError(
                "A key can't be named '\(name)': a name has at least one character and no space, '+' or control character."
            )
        }
        self.init(name: name, key: Curve25519.Signing.PrivateKey())
    }

    /// Reads the secret text form, `PRIVATE+KEY+name+id+base64`.
    ///
    /// - Throws: `ProofError` that does not repeat the text.
    public init(parsing text: some StringProtocol) throws(ProofError) {
        let parts = text.split(separator: "+", maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0] == "PRIVATE", parts[1] == "KEY" else {
            throw ProofError("It is not a signing key: PRIVATE+KEY+name+id+base64 is expected.")
        }
        let seed = try NoteKeys.parse(name: parts[2], key: parts[4], "signing key")
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else {
            throw ProofError("The signing key of '\(parts[2])' is damaged.")
        }
        self.init(name: String(parts[2]), key: key)
        guard NoteKeys.hex(verifier.id) == parts[3] else {
            throw ProofError("The signing key of '\(parts[2])' is damaged: its id is not that of the key.")
        }
    }

    /// The text form, which is a secret.
    public var secretText: String {
        let secret = Base64.encode([NoteKeys.ed25519] + Array(key.rawRepresentation))
        return "PRIVATE+KEY+\(verifier.name)+\(NoteKeys.hex(verifier.id))+\(secret)"
    }

    func signature(of text: [UInt8]) throws -> [UInt8] { Array(try key.signature(for: text)) }
}

/// What both halves share.
enum NoteKeys {
    /// The signature type byte of Ed25519.
    static let ed25519: UInt8 = 1

    static func isName(_ name: some StringProtocol) -> Bool {
        !name.isEmpty && name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "+" && !$0.properties.isWhitespace }
    }

    static func hex(_ id: UInt32) -> String {
        let digits = String(id, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    /// The 32 bytes behind the type byte.
    static func parse(name: some StringProtocol, key: some StringProtocol, _ kind: String) throws(ProofError) -> [UInt8]
    {
        guard isName(name) else { throw ProofError("The \(kind) has no name that one can have.") }
        guard let bytes = Base64.decode(key), let type = bytes.first else {
            throw ProofError("The \(kind) of '\(name)' is damaged: what follows the id is not base 64.")
        }
        guard type == ed25519, bytes.count == 33 else {
            throw ProofError("The \(kind) of '\(name)' is not an Ed25519 key.")
        }
        return Array(bytes.dropFirst())
    }
}
