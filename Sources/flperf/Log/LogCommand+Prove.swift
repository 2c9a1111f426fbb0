import ArgumentParser
import DataFolder
import EventStore
import Foundation
import Transparency

extension LogCommand {
    struct Prove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Proves that an event is in the log, or that the log has only grown.",
            discussion: """
                Example:
                  flperf log prove 1042 --entry event.bin > event.tlog-proof
                  flperf log prove --from 1000 > growth.proof
                  flperf log check event.tlog-proof --entry event.bin --key "$(flperf log checkpoint --public-key)"
                The proof of an event is in the form of c2sp.org/tlog-proof. Hashes are SHA-256 (RFC 6962), in base 64.
                """)
        @OptionGroup var options: GlobalOptions
        @Argument(help: "The event to prove.") var position: UInt64?
        @Option(
            help: ArgumentHelp("Prove that the log extends what it was with this many events.", valueName: "events"))
        var from: UInt64?
        @Option(help: ArgumentHelp("The later number of events; all of them by default.", valueName: "events"))
        var to: UInt64?
        @Option(
            help: ArgumentHelp("Also write the event as it is stored, which the proof is about.", valueName: "file"))
        var entry: String?

        private struct EntryOutcome: Encodable {
            var position: UInt64
            var index: UInt64
            var size: UInt64
            var leaf_hash: String
            var hashes: [String]
            var root: String
            var entry: String
            var checkpoint: String
        }

        private struct GrowthOutcome: Encodable {
            var from: UInt64
            var to: UInt64
            var from_root: String
            var to_root: String
            var hashes: [String]
            var checkpoint: String
        }

        func validate() throws {
            guard (position == nil) != (from == nil) else {
                throw ValidationError("Give either the position of an event or '--from' with a number of events.")
            }
            guard position != 0 else { throw ValidationError("Positions count from 1.") }
            guard to == nil || from != nil else { throw ValidationError("'--to' goes with '--from'.") }
            guard entry == nil || position != nil else { throw ValidationError("'--entry' goes with a position.") }
        }

        func run() async throws {
            let installation = try options.open(folding: false)
            defer { installation.close() }
            let key = try CheckpointKey.existingOrNew(in: installation.folder, source: installation.log.source)
            if let position {
                try prove(position, in: installation.log, key)
            } else if let from {
                try prove(from: from, in: installation.log, key)
            }
        }

        private func prove(_ position: UInt64, in log: EventLog, _ key: SignerKey) throws {
            let (bytes, entry) = try log.tree { tree in
                guard position <= tree.size else {
                    throw Failure(.failed, "Could not prove event \(position): the log ends at \(tree.size).")
                }
                return (
                    try tree.leafBytes(position - 1) { Array($0) },
                    LoggedEntry(
                        proof: try InclusionProof(of: position - 1, in: tree.size, from: tree),
                        signed: try tree.checkpoint(signedBy: key))
                )
            }
            try log.sync()
            let leaf = bytes.withUnsafeBytes { Digest(leaf: $0) }
            // What is handed over holds: an event that was changed on the disk is told here, not to whom it is sent.
            do {
                try entry.proof.verify(leaf: leaf, root: entry.signed.checkpoint.root)
            } catch {
                throw Failure(.logIntegrity, "Could not prove event \(position): it is not what the tree has. \(error)")
            }
            if let path = self.entry { try ProofInput.write(bytes, to: path) }
            guard options.json else { return Console.out(Array(entry.encoded.utf8)) }
            try Console.json(
                EntryOutcome(
                    position: position, index: entry.proof.index, size: entry.proof.size, leaf_hash: leaf.base64,
                    hashes: entry.proof.hashes.map(\.base64), root: entry.signed.checkpoint.root.base64,
                    entry: Data(bytes).base64EncodedString(), checkpoint: entry.signed.note.encoded))
        }

        private func prove(from: UInt64, in log: EventLog, _ key: SignerKey) throws {
            let growth = try log.tree { tree in
                let to = self.to ?? tree.size
                guard from <= to, to <= tree.size else {
                    throw Failure(
                        .failed,
                        "Could not prove that \(to) events extend \(from): the log has \(tree.size), and the later number must not be the smaller."
                    )
                }
                return LogExtension(
                    proof: try ConsistencyProof(from: from, to: to, in: tree), earlierRoot: try tree.root(size: from),
                    signed: try tree.checkpoint(size: self.to, signedBy: key))
            }
            try log.sync()
            guard options.json else { return Console.out(Array(growth.encoded.utf8)) }
            try Console.json(
                GrowthOutcome(
                    from: from, to: growth.proof.to, from_root: growth.earlierRoot.base64,
                    to_root: growth.signed.checkpoint.root.base64, hashes: growth.proof.hashes.map(\.base64),
                    checkpoint: growth.signed.note.encoded))
        }
    }
}
