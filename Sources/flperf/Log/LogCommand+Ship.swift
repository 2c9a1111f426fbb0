import ArgumentParser
import DataFolder
import EventStore
import Fleet
import Foundation
import Synchronization

/// Which NATS servers a command talks to.
struct NATSOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A file with the user's credentials, as NATS's own tools write it. tls:// in the address encrypts.",
            valueName: "file"))
    var credentials: String?

    func address(_ text: String) throws -> NATSAddress {
        do { return try NATSAddress(text, credentials: credentials) } catch {
            throw ValidationError("\(error)")
        }
    }
}

extension LogCommand {
    struct Ship: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ships this log to a NATS JetStream cluster, for a results service of many machines.",
            discussion: """
                Example:
                  flperf log ship --to nats://results:4222 --follow
                  flperf log ship --to nats://results:4222 --verify
                The first on each machine that measures; where the results are read, 'flperf serve --follow' takes them in.

                The log stays the truth, works without the servers, and goes on where the stream ends; every event is stored \
                once, however often it is sent. JetStream does not sync what it acknowledges: after servers lost power, \
                --verify compares all that the stream holds with the log and sends what is missing once more.

                What is shipped: blocks of 16 to 64 KiB of the stored events, byte by byte, each with the root of the log's hash \
                tree, so that a follower finds every gap and every fork. Prompts and outputs stay here: the events hold their \
                salted hashes.

                Stream 'flperf-<source>', one for each log, with one writer, in files, on three servers (one where there are \
                fewer). As it is made here it never drops a block; when the servers' disk limit is reached it refuses, and what \
                was refused is shipped later. Where somebody gave it a limit that drops old blocks, that is said, and --verify \
                sends them again. A block that is sent twice is known by its id for two minutes, and later by the sequence that \
                it expects. An event must fit into the servers' max_payload (1 MiB unless configured). Servers from 2.9 on, and \
                here the NATS library (libnats-dev), which nothing else needs.
                """)
        @OptionGroup var options: GlobalOptions
        @OptionGroup var nats: NATSOptions
        @Option(help: ArgumentHelp("The servers: nats://host:4222, several with commas between.", valueName: "address"))
        var to: String
        @Flag(help: "Go on with what is recorded from now on, until Ctrl-C, and wait for servers that are away.")
        var follow = false
        @Flag(help: "Compare the whole stream with the log, and send again what is missing in it.") var verify = false
        @Option(
            help: ArgumentHelp("How many servers keep the stream, if it is made now: 1, 3 or 5.", valueName: "number"))
        var replicas: Int?

        private struct Outcome: Encodable {
            var source: String
            var stream: String
            var events_shipped: UInt64
            var events_in_stream: UInt64
            var blocks_resent: UInt64
            var seconds: Double
            var blocks_compared: UInt64?
            var events_refilled: UInt64?
            var events_repeated: UInt64?
            var problems: [String]?
        }

        func validate() throws {
            _ = try nats.address(to)
            guard replicas.map({ (1...5).contains($0) }) ?? true else {
                throw ValidationError("'--replicas' is 1 to 5, found \(replicas ?? 0).")
            }
        }

        func run() async throws {
            let installation = try follow ? options.open(folding: false) : options.openExisting()
            defer { installation.close() }
            guard !installation.log.isCopy else {
                throw Failure(.failed, "The log in \(installation.folder) is a copy: ship it from its own machine.")
            }
            let lock = try installation.claim("ship", to: "ship this log")
            defer { lock.release() }
            let (address, progress) = (try nats.address(to), ProgressLine("Shipping", isQuiet: options.json))
            let stop = Atomic(false)
            let signals = Interrupts { stop.store(true, ordering: .relaxed) }
            defer { signals.stop() }
            let (follow, verify, replicas, log) = (follow, verify, replicas, installation.log)
            let isStopped: @Sendable () -> Bool = { stop.load(ordering: .relaxed) }
            let start = ContinuousClock.now
            if follow { Console.error("Shipping the log \(log.source) to \(address.text). Ctrl-C stops it.") }
            let (compared, shipped) = try await onThread {
                let shipper = Shipper(log, to: address, replicas: replicas) { Console.error($0) }
                let compared =
                    verify
                    ? try shipper.verify(isCancelled: isStopped) { progress.update($0, of: $1, "blocks compared") }
                    : nil
                let summary = try shipper.ship(follow: follow, isCancelled: isStopped) {
                    progress.update($0, of: $1, "events")
                }
                return (compared, summary)
            }
            progress.end()
            try report(
                Outcome(
                    source: log.source.description, stream: "flperf-\(log.source)", events_shipped: shipped.shipped,
                    events_in_stream: max(shipped.through, compared?.through ?? 0), blocks_resent: shipped.resent,
                    seconds: (ContinuousClock.now - start) / .seconds(1),
                    blocks_compared: compared?.blocks, events_refilled: compared?.refilled,
                    events_repeated: compared?.repeated, problems: compared?.problems
                ))
            if isStopped(), !follow { throw Failure(.interrupted, "Interrupted: the same command goes on from there.") }
        }

        private func report(_ outcome: Outcome) throws {
            if options.json {
                try Console.json(outcome)
            } else {
                if let blocks = outcome.blocks_compared {
                    Console.out(
                        "\(Figures.counted(blocks, "block", "blocks")) compared; \(Figures.counted(outcome.events_refilled ?? 0, "missing event", "missing events")) sent again."
                    )
                }
                for problem in outcome.problems ?? [] { Console.out(problem) }
                Console.out(
                    "\(Figures.counted(outcome.events_shipped, "event", "events")) shipped in \(Figures.duration(outcome.seconds)); the stream \(outcome.stream) holds \(Figures.count(outcome.events_in_stream))."
                )
            }
            if let problems = outcome.problems, !problems.isEmpty {
                throw Failure(
                    .logIntegrity,
                    "\(Figures.counted(problems.count, "block", "blocks")) of the stream \(outcome.stream) are not what this log says. The log is the truth: delete the stream and ship it anew, and move away what followers keep of it."
                )
            }
        }
    }
}

/// Has work that blocks done on a thread of its own.
func onThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
    }
}
