import ArgumentParser
import DataFolder
import EventStore
import Transparency

/// A checkpoint that was kept, and whether today's log still begins with what it covers.
struct EarlierCheckpoint: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A checkpoint that was kept: its signature must hold, and the log must extend it.", valueName: "checkpoint")
    )
    var against: String?
    @Option(
        help: ArgumentHelp(
            "The public key that the checkpoint must be signed by; the log's own by default.", valueName: "verifier key"
        ))
    var key: [String] = []

    func validate() throws {
        guard key.isEmpty || against != nil else { throw ValidationError("'--key' goes with '--against'.") }
    }

    /// What was found.
    struct Finding: Encodable {
        var origin: String
        var events: UInt64
        var root: String
        /// Of the same number of events as they are stored today.
        var root_today: String

        var holds: Bool { root == root_today }

        var sentence: String {
            "They extend the checkpoint of \(Figures.counted(events, "event", "events")) of '\(origin)'."
        }
    }

    /// Reads the checkpoint and checks who signed it.
    ///
    /// - Returns: nil when none was given.
    /// - Throws: `Failure` when it can't be read or is not to be trusted.
    func trusted(by installation: Installation) throws -> Checkpoint? {
        guard let against else { return nil }
        let signed = try ProofInput.checkpoint(in: against)
        try verify(signed, against, in: installation)
        return signed.checkpoint
    }

    /// Compares the checkpoint with the events as they are stored.
    ///
    /// - Throws: `Failure` when the log has fewer events than the checkpoint.
    func compare(
        _ checkpoint: Checkpoint, with installation: Installation, progress: (UInt64, UInt64) -> Void
    ) throws -> Finding {
        let events = try installation.log.lastPosition()
        guard checkpoint.size <= events else {
            throw Failure(
                .logIntegrity,
                "The log of \(installation.folder) does not extend the checkpoint: that has \(checkpoint.size) events, and the log only \(events). Events were removed, or it is another log."
            )
        }
        let root = try rootOfStoredEvents(checkpoint.size, in: installation.log, progress)
        return Finding(
            origin: checkpoint.origin, events: checkpoint.size, root: checkpoint.root.base64, root_today: root.base64)
    }

    /// - Throws: `Failure` when the log is not what the checkpoint says.
    static func require(_ finding: Finding?, of folder: String) throws {
        guard let finding, !finding.holds else { return }
        throw Failure(
            .logIntegrity,
            "The log of \(folder) does not extend the checkpoint: of the first \(finding.events) events the checkpoint has the root \(finding.root), and the log today \(finding.root_today). An event was changed, or it is another log."
        )
    }

    private func verify(_ signed: SignedCheckpoint, _ path: String, in installation: Installation) throws {
        var keys = try ProofInput.keys(key)
        if keys.isEmpty, let own = try CheckpointKey.existing(in: installation.folder) { keys = [own.verifier] }
        guard !keys.isEmpty else {
            throw Failure(
                .usage,
                "The log of \(installation.folder) has no key of its own yet: name the one that signed \(path) with '--key'."
            )
        }
        do {
            try signed.note.verify(by: keys)
        } catch {
            throw Failure(.logIntegrity, "Could not trust the checkpoint \(path): \(error)")
        }
    }

    /// The root of the first events, from their bytes alone: none of the hashes that are stored is believed.
    private func rootOfStoredEvents(
        _ size: UInt64, in log: EventLog, _ progress: (UInt64, UInt64) -> Void
    ) throws -> Digest {
        var edge = CompactRange()
        while edge.end < size {
            try log.tree { tree in
                for leaf in edge.end..<min(size, edge.end + UInt64(LogLimits.eventsPerSnapshot)) {
                    edge.append(leaf: try tree.leafBytes(leaf) { Digest(leaf: $0) })
                }
            }
            progress(edge.end, size)
        }
        return edge.root
    }
}
