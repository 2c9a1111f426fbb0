import EventStore
import Events
import Transparency

/// An event as it is stored, and the proof that it is in the log.
public struct ProvenEvent: Sendable {
    public var position: Position
    /// The stored bytes, which the proof is about.
    public var bytes: [UInt8]
    /// Their hash as a leaf of the log's tree.
    public var leaf: Digest
    /// The proof and the signed checkpoint that it leads to.
    public var entry: LoggedEntry
    /// Why the proof does not hold; nil when it does.
    public var problem: String?
}

extension Installation {
    /// Proves an event; nil when the log does not go so far.
    ///
    /// - Throws: `LogError`, `CheckpointKeyError`.
    public func proof(of position: Position) throws -> ProvenEvent? {
        let key = try CheckpointKey.existingOrNew(in: folder, source: log.source)
        let proven: ProvenEvent? = try log.tree { tree in
            guard position > 0, position <= tree.size else { return nil }
            let bytes = try tree.leafBytes(position - 1) { Array($0) }
            let checkpoint = Checkpoint(origin: key.verifier.name, size: tree.size, root: try tree.root())
            let entry = LoggedEntry(
                proof: try InclusionProof(of: position - 1, in: tree.size, from: tree),
                signed: try checkpoint.signed(by: key))
            let leaf = bytes.withUnsafeBytes { Digest(leaf: $0) }
            var problem: String?
            do { try entry.proof.verify(leaf: leaf, root: checkpoint.root) } catch { problem = "\(error)" }
            return ProvenEvent(position: position, bytes: bytes, leaf: leaf, entry: entry, problem: problem)
        }
        // What is signed must not be undone by a power cut.
        try log.sync()
        return proven
    }
}
