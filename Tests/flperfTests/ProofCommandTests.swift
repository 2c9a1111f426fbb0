import Foundation
import TestSupport
import Testing

/// Checkpoints and proofs as a person handles them: made on one side, checked on the other.
@Suite(.serialized) struct ProofCommandTests {
    private func flperf(_ arguments: String..., data: String) async throws -> CommandLineTests.Outcome {
        try await CommandLineTests.flperf(arguments: arguments, data: data)
    }

    /// Writes what a command prints to a file.
    private func keep(_ outcome: CommandLineTests.Outcome, in path: String) throws {
        #expect(outcome.status == 0, "\(outcome.errors)")
        try outcome.output.write(toFile: path, atomically: true, encoding: .utf8)
    }

    @Test func proofsAreMadeAndCheckedElsewhere() async throws {
        try await withTemporaryFolder { folder in
            let data = folder + "/data"
            try await CommandLineTests.measure(data)
            let before = folder + "/before"
            try keep(try await flperf("log", "checkpoint", "--origin", "example.com/bench", data: data), in: before)
            let lines = try String(contentsOfFile: before, encoding: .utf8).components(separatedBy: "\n")
            #expect(lines[0] == "example.com/bench")
            let size = lines[1]
            let key = try await flperf("log", "checkpoint", "--public-key", data: data).output
                .trimmingCharacters(in: .newlines)
            #expect(key.hasPrefix("example.com/bench+"))

            try await CommandLineTests.measure(data)
            let (entry, proof, growth) = (folder + "/entry", folder + "/entry.tlog-proof", folder + "/growth.proof")
            try keep(try await flperf("log", "prove", "7", "--entry", entry, data: data), in: proof)
            try keep(try await flperf("log", "prove", "--from", size, data: data), in: growth)

            let nowhere = "/proc/flperf"
            let included = try await flperf("log", "check", proof, "--entry", entry, "--key", key, data: nowhere)
            #expect(included.status == 0, "\(included.errors)")
            #expect(included.output.contains("The entry is event 7 of the"))
            let grown = try await flperf("log", "check", growth, "--key", key, "--against", before, data: nowhere)
            #expect(grown.status == 0, "\(grown.errors)")
            #expect(!grown.output.contains("not checked"))
            let unsigned = try await flperf("log", "check", growth, data: nowhere)
            #expect(unsigned.output.contains("not checked  Who signed the checkpoint"))

            var bytes = try Data(contentsOf: URL(fileURLWithPath: entry))
            bytes[60] ^= 1
            try bytes.write(to: URL(fileURLWithPath: entry))
            let changed = try await flperf("log", "check", proof, "--entry", entry, data: nowhere)
            #expect(changed.status == 4)
            #expect(changed.errors.contains("The proof \(proof) does not hold."), "\(changed.errors)")
            #expect(changed.output.isEmpty)
            #expect(try await flperf("log", "check", proof, data: nowhere).status == 64)

            let verified = try await flperf("log", "verify", "--against", before, data: data)
            #expect(verified.status == 0, "\(verified.errors)")
            #expect(verified.output.contains("They extend the checkpoint of \(size) events of 'example.com/bench'."))
        }
    }

    @Test func aLogThatIsNotTheOneOfTheCheckpointIsRefused() async throws {
        try await withTemporaryFolder { folder in
            let (data, other) = (folder + "/data", folder + "/other")
            try await CommandLineTests.measure(data)
            // Twice, so that it has no fewer events, however many readings were taken.
            for _ in 0..<2 { try await CommandLineTests.measure(other) }
            let checkpoint = folder + "/checkpoint"
            try keep(try await flperf("log", "checkpoint", data: data), in: checkpoint)
            let key = try await flperf("log", "checkpoint", "--public-key", data: data).output
                .trimmingCharacters(in: .newlines)

            let noKey = try await flperf("log", "verify", "--against", checkpoint, data: other)
            #expect(noKey.status == 64)
            #expect(noKey.errors.contains("'--key'"))
            let replaced = try await flperf("log", "verify", "--against", checkpoint, "--key", key, data: other)
            #expect(replaced.status == 4)
            // Both roots.
            #expect(
                replaced.errors.matches(of: #/root [A-Za-z0-9+\/]{43}=|today [A-Za-z0-9+\/]{43}=/#).count == 2,
                "\(replaced.errors)")
            let json = try await flperf("log", "verify", "--against", checkpoint, "--key", key, "--json", data: other)
            #expect(json.status == 4)
            #expect(json.output.contains("\"root_today\""))
            let empty = try await flperf(
                "log", "verify", "--against", checkpoint, "--key", key, data: folder + "/empty")
            #expect(empty.status == 1)
            #expect(empty.errors.contains("There is no log"), "\(empty.errors)")

            let text = try String(contentsOfFile: checkpoint, encoding: .utf8)
            let size = text.components(separatedBy: "\n")[1]
            try text.replacing("\n\(size)\n", with: "\n1\n").write(
                toFile: checkpoint, atomically: true, encoding: .utf8)
            let forged = try await flperf("log", "verify", "--against", checkpoint, data: data)
            #expect(forged.status == 4)
            #expect(forged.errors.contains("the text or the signature was changed"), "\(forged.errors)")
        }
    }

    /// CRC32C, bit by bit: what somebody who changes an event would put right.
    private func checksum(_ bytes: some Sequence<UInt8>, continuing state: UInt32 = 0) -> UInt32 {
        ~bytes.reduce(~state) { state, byte in
            (0..<8).reduce(state ^ UInt32(byte)) { state, _ in state >> 1 ^ (state & 1 == 1 ? 0x82F6_3B78 : 0) }
        }
    }

    @Test func anEventThatWasChangedTogetherWithItsChecksumIsFoundByACheckpoint() async throws {
        try await withTemporaryFolder { folder in
            let (data, checkpoint, entry) = (folder + "/data", folder + "/checkpoint", folder + "/entry")
            try await CommandLineTests.measure(data)
            try keep(try await flperf("log", "checkpoint", data: data), in: checkpoint)
            #expect(try await flperf("log", "prove", "7", "--entry", entry, data: data).status == 0)

            let event = Array(try Data(contentsOf: URL(fileURLWithPath: entry)))
            var changed = event
            // A bit of the time that it was recorded at.
            changed[17] ^= 1
            let value = checksum(changed[..<52], continuing: checksum(changed[56...]))
            for place in 0..<4 { changed[52 + place] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(place))) }
            let path = data + "/log/data.mdb"
            let file = try Data(contentsOf: URL(fileURLWithPath: path))
            // In every copy of the page: older ones lie about.
            let tampered = file.replacing(Data(event), with: Data(changed))
            #expect(tampered != file)
            try tampered.write(to: URL(fileURLWithPath: path))

            #expect(try await flperf("log", "show", "--from", "7", "--limit", "1", data: data).status == 0)
            let verify = try await flperf("log", "verify", "--against", checkpoint, data: data)
            #expect(verify.status == 4)
            #expect(verify.output.contains("hash tree is not that of the stored events"), "\(verify.output)")
            #expect(verify.errors.contains("does not extend the checkpoint"), "\(verify.errors)")
        }
    }

    static let refusals: [([String], Int32, String)] = [
        (["log", "prove", "1"], 1, "the log ends at 0"), (["log", "prove", "0"], 64, "Positions count from 1"),
        (["log", "prove"], 64, "'--from'"), (["log", "prove", "1", "--from", "1"], 64, "either"),
        (["log", "prove", "--from", "2", "--to", "1"], 1, "the log has 0"),
        (["log", "prove", "1", "--to", "2"], 64, "'--to'"),
        (["log", "check", "/nowhere"], 1, "/nowhere"), (["log", "check", "/dev/null"], 4, "It is not a proof"),
        (["log", "check", "/dev/null", "--key", "nonsense"], 64, "'nonsense' is not a verifier key"),
        (["log", "verify", "--key", "k"], 64, "'--against'"),
        (["log", "verify", "--against", "/nowhere"], 1, "/nowhere"),
        (["log", "verify", "--against", "/dev/null"], 4, "Could not use the checkpoint /dev/null"),
        (["log", "checkpoint", "--origin", "two words"], 1, "two words"),
    ]

    @Test(arguments: refusals)
    func badInputIsRefusedBySentenceAndStatus(arguments: [String], status: Int32, sentence: String) async throws {
        try await withTemporaryFolder { data in
            #expect(try await flperf("log", "show", data: data).status == 0)  // An empty log.
            let process = try await CommandLineTests.flperf(arguments: arguments, data: data)
            #expect(process.status == status, "\(arguments): \(process.errors)")
            #expect(process.errors.contains(sentence), "\(arguments): \(process.errors)")
            #expect(process.output.isEmpty)
        }
    }

    @Test func aKeyThatOthersCanReadIsNotUsed() async throws {
        try await withTemporaryFolder { data in
            #expect(try await flperf("log", "show", data: data).status == 0)
            #expect(try await flperf("log", "checkpoint", data: data).status == 0)
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: data + "/checkpoint.key")
            let outcome = try await flperf("log", "checkpoint", data: data)
            #expect(outcome.status == 1)
            #expect(
                outcome.errors.contains("\(data)/checkpoint.key: others can get at it (mode 644)"), "\(outcome.errors)")
        }
    }
}
