/// That an entry is in a log, in a text of its own: an inclusion proof and the checkpoint that it leads to, in the form of
/// C2SP tlog-proof (c2sp.org/tlog-proof).
public struct LoggedEntry: Equatable, Sendable {
    /// The text's first line.
    public static let header = "c2sp.org/tlog-proof@v1"

    /// The proof; its size is the checkpoint's.
    public let proof: InclusionProof
    /// The signed root that the proof leads to.
    public let signed: SignedCheckpoint
    /// What another program may have added; nothing vouches for it.
    public let extra: [UInt8]?

    /// A proof together with the checkpoint of its tree.
    public init(proof: InclusionProof, signed: SignedCheckpoint) {
        precondition(proof.size == signed.checkpoint.size, "the proof must be of the checkpoint's tree")
        self.proof = proof
        self.signed = signed
        extra = nil
    }

    /// Reads the text. Neither proof nor signature is checked.
    ///
    /// - Throws: `ProofError` that names what is wrong with it.
    public init(parsing bytes: [UInt8]) throws(ProofError) {
        var text = try ProofText(bytes, header: LoggedEntry.header)
        if let line = text.takeLine("extra") {
            guard let bytes = Base64.decode(line) else { throw ProofError("The proof's extra data is not base 64.") }
            extra = bytes
        } else {
            extra = nil
        }
        guard let index = text.takeLine("index").flatMap({ Decimal.decode($0) }) else {
            throw ProofError("The proof lacks the line 'index N' with the number of the entry, counted from 0.")
        }
        let hashes = try text.takeHashes()
        signed = try SignedCheckpoint(parsing: text.rest)
        proof = InclusionProof(index: index, size: signed.checkpoint.size, hashes: hashes)
    }

    /// The text as it is written.
    public var encoded: String {
        let start =
            [LoggedEntry.header] + (extra.map { ["extra \(Base64.encode($0))"] } ?? []) + ["index \(proof.index)"]
        return (start + proof.hashes.map(\.base64)).map { $0 + "\n" }.joined() + "\n" + signed.note.encoded
    }
}

/// That a log has only grown, in a text of its own: a consistency proof, the earlier root, and the later checkpoint.
///
/// There is no published form for it; this one is made like tlog-proof:
/// ```
/// flperf.local/consistency-proof@v1
/// from 1000 <root at that size, base 64>
/// <hashes of RFC 6962's proof, base 64, a line each>
///
/// <the later checkpoint>
/// ```
public struct LogExtension: Equatable, Sendable {
    /// The text's first line.
    public static let header = "flperf.local/consistency-proof@v1"

    /// The proof; its later size is the checkpoint's.
    public let proof: ConsistencyProof
    /// The root that the log had at the earlier size.
    public let earlierRoot: Digest
    /// The later signed root.
    public let signed: SignedCheckpoint

    /// A proof together with both roots.
    public init(proof: ConsistencyProof, earlierRoot: Digest, signed: SignedCheckpoint) {
        precondition(proof.to == signed.checkpoint.size, "the proof must be of the checkpoint's tree")
        self.proof = proof
        self.earlierRoot = earlierRoot
        self.signed = signed
    }

    /// Reads the text. Neither proof nor signature is checked.
    ///
    /// - Throws: `ProofError` that names what is wrong with it.
    public init(parsing bytes: [UInt8]) throws(ProofError) {
        var text = try ProofText(bytes, header: LogExtension.header)
        let parts = text.takeLine("from")?.split(separator: " ", omittingEmptySubsequences: false) ?? []
        guard parts.count == 2, let from = Decimal.decode(parts[0]), let root = Digest(base64: parts[1]) else {
            throw ProofError("The proof lacks the line 'from SIZE ROOT' with the earlier size and its root in base 64.")
        }
        let hashes = try text.takeHashes()
        earlierRoot = root
        signed = try SignedCheckpoint(parsing: text.rest)
        proof = ConsistencyProof(from: from, to: signed.checkpoint.size, hashes: hashes)
    }

    /// The text as it is written.
    public var encoded: String {
        ([LogExtension.header, "from \(proof.from) \(earlierRoot.base64)"] + proof.hashes.map(\.base64))
            .map { $0 + "\n" }.joined() + "\n" + signed.note.encoded
    }
}

/// A proof's lines, taken from the front.
private struct ProofText {
    /// A tree of 2^64 leaves has proofs of this many hashes, or one more.
    private static let maximumHashCount = 65

    /// What was not taken yet.
    private(set) var rest: [UInt8]

    init(_ bytes: [UInt8], header: String) throws(ProofError) {
        rest = bytes
        guard nextLine().map(String.init) == header else {
            throw ProofError("The proof does not begin with the line '\(header)'.")
        }
        dropLine()
    }

    /// What stands behind the word and a space; nil when the next line is another.
    mutating func takeLine(_ word: String) -> Substring? {
        guard let line = nextLine(), line.hasPrefix(word + " ") else { return nil }
        dropLine()
        return line.dropFirst(word.count + 1)
    }

    /// The lines up to an empty one, which is taken too.
    mutating func takeHashes() throws(ProofError) -> [Digest] {
        var hashes: [Digest] = []
        while let line = nextLine() {
            dropLine()
            if line.isEmpty { return hashes }
            guard let hash = Digest(base64: line) else {
                throw ProofError("A line of the proof is not a hash, 32 bytes in base 64: '\(line)'.")
            }
            hashes.append(hash)
            guard hashes.count <= Self.maximumHashCount else { throw ProofError("The proof has too many hashes.") }
        }
        throw ProofError("The proof ends before the checkpoint: an empty line should stand between them.")
    }

    private func nextLine() -> Substring? {
        guard let end = rest.firstIndex(of: 0x0A) else { return nil }
        return Substring(decoding: rest[..<end], as: UTF8.self)
    }

    private mutating func dropLine() {
        rest.removeSubrange(...(rest.firstIndex(of: 0x0A) ?? rest.endIndex - 1))
    }
}
