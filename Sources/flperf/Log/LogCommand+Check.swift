import ArgumentParser
import Transparency

extension LogCommand {
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Checks a proof with nothing but the files named: no data folder, no network.",
            discussion: """
                Example:
                  flperf log check event.tlog-proof --entry event.bin --key "$(cat log.pub)"
                  flperf log check growth.proof --key "$(cat log.pub)" --against before.checkpoint
                Exit status 4 says that it does not hold.
                """)
        @Argument(help: "The proof, as `log prove` prints it; - reads standard input.") var proof: String
        @Option(help: ArgumentHelp("The event as it is stored, of which the proof should be.", valueName: "file"))
        var entry: String?
        @Option(
            help: ArgumentHelp(
                "The public key of a log that is trusted; may be given several times.", valueName: "verifier key"))
        var key: [String] = []
        @Option(
            help: ArgumentHelp(
                "A checkpoint of the same log that you have from elsewhere, at a size that the proof is about.",
                valueName: "checkpoint"))
        var against: String?
        @Flag(help: "Print JSON on standard output instead of text.") var json = false

        private struct Outcome: Encodable {
            var holds: Bool
            var origin: String
            var size: UInt64
            var proven: [String]
            var not_checked: [String]
        }

        func run() async throws {
            let keys = try ProofInput.keys(key)
            let trusted = try against.map { try ProofInput.checkpoint(in: $0) }
            let leaf = try entry.map { try ProofInput.bytes(of: $0).withUnsafeBytes { Digest(leaf: $0) } }
            let bytes = try ProofInput.bytes(of: proof)
            do {
                let file = try ProofFile(parsing: bytes)
                if case .entry = file, leaf == nil {
                    throw Failure(
                        .usage,
                        "The proof is of an event: name it with '--entry FILE', as `log prove --entry FILE` wrote it.")
                }
                let findings = try file.check(leaf: leaf, keys: keys, against: trusted)
                try report(file.signed.checkpoint, findings)
            } catch let error as ProofError {
                throw Failure(.logIntegrity, "The proof \(proof) does not hold. \(error)")
            }
        }

        private func report(_ checkpoint: Checkpoint, _ findings: ProofFile.Findings) throws {
            if json {
                return try Console.json(
                    Outcome(
                        holds: true, origin: checkpoint.origin, size: checkpoint.size, proven: findings.proven,
                        not_checked: findings.notChecked))
            }
            Console.out("The proof holds, of the log '\(checkpoint.origin)'.")
            for sentence in findings.proven { Console.out("  proven       \(sentence)") }
            for sentence in findings.notChecked { Console.out("  not checked  \(sentence)") }
        }
    }
}
