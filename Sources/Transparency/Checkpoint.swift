/// What a log was at a size, in the form of C2SP tlog-checkpoint (c2sp.org/tlog-checkpoint): the text of a signed note.
public struct Checkpoint: Equatable, Sendable {
    /// Which log: a name of its own, usually like a URL without its scheme.
    public var origin: String
    /// How many leaves its tree had.
    public var size: UInt64
    /// The root of that tree.
    public var root: Digest
    /// Further lines, which other programs may have added.
    public var extensionLines: [String]

    /// A checkpoint of these parts.
    public init(origin: String, size: UInt64, root: Digest, extensionLines: [String] = []) {
        self.origin = origin
        self.size = size
        self.root = root
        self.extensionLines = extensionLines
    }

    /// Reads a note's text.
    ///
    /// - Throws: `ProofError` that names the line that is wrong.
    public init(parsing text: String) throws(ProofError) {
        let lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { String(Substring($0)) }
        guard lines.count >= 4, lines.last == "", lines.dropLast().allSatisfy({ !$0.isEmpty }) else {
            throw ProofError("The checkpoint is not at least three lines, none of them empty: origin, size and root.")
        }
        guard let size = Decimal.decode(lines[1]) else {
            throw ProofError("The checkpoint's second line is not a size: '\(lines[1])'.")
        }
        guard let root = Digest(base64: lines[2]) else {
            throw ProofError("The checkpoint's third line is not a root hash, 32 bytes in base 64: '\(lines[2])'.")
        }
        self.init(origin: lines[0], size: size, root: root, extensionLines: Array(lines[3..<(lines.count - 1)]))
    }

    /// The text that is signed.
    public var text: String { ([origin, "\(size)", root.base64] + extensionLines).map { $0 + "\n" }.joined() }

    /// A note of this checkpoint, signed.
    public func signed(by key: SignerKey) throws -> SignedCheckpoint {
        SignedCheckpoint(checkpoint: self, note: try SignedNote(signing: text, by: key))
    }
}

/// A checkpoint and the note that it is the text of.
public struct SignedCheckpoint: Equatable, Sendable {
    /// What the note says.
    public let checkpoint: Checkpoint
    /// The note with its signatures.
    public let note: SignedNote

    fileprivate init(checkpoint: Checkpoint, note: SignedNote) {
        self.checkpoint = checkpoint
        self.note = note
    }

    /// Reads a note whose text is a checkpoint. No signature is checked.
    ///
    /// - Throws: `ProofError` with what is wrong with it.
    public init(parsing bytes: [UInt8]) throws(ProofError) {
        let note = try SignedNote(parsing: bytes)
        self.init(checkpoint: try Checkpoint(parsing: note.text), note: note)
    }
}
