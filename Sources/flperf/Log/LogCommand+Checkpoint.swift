import ArgumentParser
import DataFolder
import EventStore
import Transparency

extension LogCommand {
    struct PrintCheckpoint: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "checkpoint",
            abstract: "Prints how many events there are and the root of their hash tree, signed.",
            discussion: """
                Example:
                  flperf log checkpoint > before.checkpoint
                  flperf log verify --against before.checkpoint
                Whoever keeps a checkpoint can tell later that no event of it was changed or removed. It is a C2SP checkpoint \
                (c2sp.org/tlog-checkpoint); give it away together with the public key that --public-key prints.
                """)
        @OptionGroup var options: GlobalOptions
        @Option(
            help: ArgumentHelp(
                "The name that the log signs with, given once, when its key is made. Default: flperf.local/log/<id>.",
                valueName: "name"))
        var origin: String?
        @Flag(help: "Print the public key instead.") var publicKey = false

        private struct Outcome: Encodable {
            var origin: String
            var size: UInt64
            var root: String
            var public_key: String
            var checkpoint: String
        }

        func run() async throws {
            let installation = try options.openExisting()
            defer { installation.close() }
            let key = try CheckpointKey.existingOrNew(
                in: installation.folder, source: installation.log.source, origin: origin)
            if publicKey, !options.json { return Console.out("\(key.verifier)") }
            let signed = try installation.log.tree { try $0.checkpoint(signedBy: key) }
            try installation.log.sync()
            guard options.json else { return Console.out(Array(signed.note.encoded.utf8)) }
            try Console.json(
                Outcome(
                    origin: signed.checkpoint.origin, size: signed.checkpoint.size, root: signed.checkpoint.root.base64,
                    public_key: "\(key.verifier)", checkpoint: signed.note.encoded))
        }
    }
}
