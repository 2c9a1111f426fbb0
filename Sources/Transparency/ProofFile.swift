/// A proof as somebody hands it over, checked with nothing else than what it is checked against: no log, no network.
public enum ProofFile: Equatable, Sendable {
    case entry(LoggedEntry)
    case growth(LogExtension)

    /// What a check found. That it gives one at all says that everything that it could look at holds.
    public struct Findings: Equatable, Sendable {
        /// What was proven, in sentences.
        public var proven: [String] = []
        /// What was not looked at and has to be believed, in sentences.
        public var notChecked: [String] = []
    }

    /// Reads a proof of either kind.
    ///
    /// - Throws: `ProofError` that says what is wrong with it.
    public init(parsing bytes: [UInt8]) throws(ProofError) {
        let firstLine = String(decoding: bytes.prefix { $0 != 0x0A }.prefix(200), as: UTF8.self)
        switch firstLine {
        case LoggedEntry.header: self = .entry(try LoggedEntry(parsing: bytes))
        case LogExtension.header: self = .growth(try LogExtension(parsing: bytes))
        default:
            throw ProofError(
                "It is not a proof: its first line is '\(firstLine)', and '\(LoggedEntry.header)' or '\(LogExtension.header)' is expected."
            )
        }
    }

    /// The checkpoint that it leads to.
    public var signed: SignedCheckpoint {
        switch self {
        case .entry(let entry): entry.signed
        case .growth(let growth): growth.signed
        }
    }

    /// Checks everything that can be checked.
    ///
    /// - Parameters:
    ///   - leaf: the hash of the entry that an inclusion proof should be of.
    ///   - keys: whose signature is wanted; with none, no signature is checked.
    ///   - trusted: a checkpoint that the reader has from elsewhere, of the same log at one of the proof's sizes.
    /// - Throws: `ProofError` for the first thing that does not hold.
    public func check(
        leaf: Digest?, keys: [VerifierKey], against trusted: SignedCheckpoint?
    ) throws(ProofError) -> Findings {
        var findings = Findings()
        switch self {
        case .entry(let entry):
            guard let leaf else { throw ProofError("An inclusion proof is of an entry, and none was given.") }
            try entry.proof.verify(leaf: leaf, root: signed.checkpoint.root)
            findings.proven.append(
                "The entry is event \(entry.proof.index + 1) of the \(Self.events(entry.proof.size)) that the checkpoint covers."
            )
        case .growth(let growth):
            try growth.proof.verify(from: growth.earlierRoot, to: signed.checkpoint.root)
            findings.proven.append(
                "The log of \(Self.events(growth.proof.to)) begins with the \(Self.events(growth.proof.from)) that had the root \(growth.earlierRoot.base64): none was changed, moved or removed."
            )
        }
        try checkSignature(keys, &findings)
        try check(against: trusted, keys, &findings)
        return findings
    }

    private func checkSignature(_ keys: [VerifierKey], _ findings: inout Findings) throws(ProofError) {
        guard !keys.isEmpty else {
            findings.notChecked.append("Who signed the checkpoint: no key was given.")
            return
        }
        let signers = try signed.note.verify(by: keys)
        findings.proven.append("The checkpoint is signed by \(signers.map { "'\($0.name)'" }.joined(separator: ", ")).")
        if signers.allSatisfy({ !$0.name.utf8.elementsEqual(signed.checkpoint.origin.utf8) }) {
            findings.notChecked.append(
                "Whether that key may speak for the log '\(signed.checkpoint.origin)', whose name it does not have.")
        }
    }

    private func check(
        against trusted: SignedCheckpoint?, _ keys: [VerifierKey], _ findings: inout Findings
    ) throws(ProofError) {
        guard let trusted else {
            findings.notChecked.append(
                "Whether others are shown the same log: no checkpoint from elsewhere was given to compare with.")
            return
        }
        if !keys.isEmpty { try trusted.note.verify(by: keys) }
        let checkpoint = trusted.checkpoint
        guard checkpoint.origin.utf8.elementsEqual(signed.checkpoint.origin.utf8) else {
            throw ProofError(
                "The checkpoint to compare with is of the log '\(checkpoint.origin)', and the proof of '\(signed.checkpoint.origin)'."
            )
        }
        guard let root = root(at: checkpoint.size) else {
            throw ProofError(
                "The checkpoint to compare with covers \(Self.events(checkpoint.size)), a size that the proof says nothing about. Ask for `log prove --from` and `--to` with that size."
            )
        }
        guard root == checkpoint.root else {
            throw ProofError(
                "The log was shown in two versions: at \(Self.events(checkpoint.size)) the proof has the root \(root.base64), and the checkpoint to compare with \(checkpoint.root.base64)."
            )
        }
        findings.proven.append(
            "It is the log of the checkpoint to compare with: same root at \(Self.events(checkpoint.size)).")
    }

    /// The root that the proof has proven for that size.
    private func root(at size: UInt64) -> Digest? {
        if size == signed.checkpoint.size { return signed.checkpoint.root }
        if case .growth(let growth) = self, size == growth.proof.from { return growth.earlierRoot }
        return nil
    }

    private static func events(_ count: UInt64) -> String { count == 1 ? "1 event" : "\(count) events" }
}
