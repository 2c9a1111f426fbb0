import ArgumentParser
import DataFolder
import EventStore
import Fleet
import Foundation
import Logging
import ServiceLifecycle
import Synchronization

extension LogCommand {
    struct Follow: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes in the logs that other machines ship, and folds them into the tables here.",
            discussion: """
                Example:
                  flperf log follow --from nats://results:4222 --once
                  flperf runs list
                  flperf log verify --data ~/.local/share/flperf/sources/<source> --against its.checkpoint --key <its key>

                'flperf serve --follow' does the same while it serves. Each log is kept as a copy, event by event, in \
                sources/<source>/ of the data folder; runs and results of all machines stand in the tables, each with its \
                source. An event is taken once, in order, and only if the hash tree over all of them is the one that its \
                machine sealed; a gap is waited for, a fork is told and nothing more is taken from that log.
                """)
        @OptionGroup var options: GlobalOptions
        @OptionGroup var nats: NATSOptions
        @Option(help: ArgumentHelp("The servers: nats://host:4222, several with commas between.", valueName: "address"))
        var from: String
        @Flag(help: "End when all that the streams hold is here.") var once = false

        private struct Outcome: Encodable {
            var sources: Int
            var events_added: UInt64
            var problems: [String]
        }

        func validate() throws { _ = try nats.address(from) }

        func run() async throws {
            let installation = try options.open(folding: false)
            defer { installation.close() }
            let lock = try installation.claim("follow", to: "follow other logs into \(installation.folder)")
            defer { lock.release() }
            let address = try nats.address(from)
            let progress = ProgressLine("Following", isQuiet: options.json)
            let stop = Atomic(false)
            let signals = Interrupts { stop.store(true, ordering: .relaxed) }
            defer { signals.stop() }
            if !once {
                Console.error("Following the logs at \(address.text) into \(installation.folder). Ctrl-C stops it.")
            }
            let folding = Task {
                await installation.projector.follow { Console.error("The tables can't follow: \($0)") }
            }
            let once = once
            defer { folding.cancel() }
            let summary = try await onThread {
                try installation.follower(address) { Console.error($0) }.follow(
                    once: once, isCancelled: { stop.load(ordering: .relaxed) }
                ) { progress.update($0, of: nil as UInt64?, "events") }
            }
            progress.end()
            folding.cancel()
            await folding.value
            try installation.projector.catchUp()
            if options.json {
                try Console.json(
                    Outcome(sources: summary.sources, events_added: summary.added, problems: summary.problems))
            } else {
                Console.out(
                    "\(Figures.counted(summary.added, "event", "events")) added, of \(Figures.counted(summary.sources, "log", "logs"))."
                )
            }
            if !summary.problems.isEmpty {
                throw Failure(
                    .logIntegrity, "Not everything could be taken in:\n" + summary.problems.joined(separator: "\n"))
            }
        }
    }
}

extension Installation {
    func follower(_ address: NATSAddress, warn: @escaping (String) -> Void) -> Follower {
        Follower(address, own: log.source, warn: warn) { try self.sources.log(of: $0) }
    }
}

/// Takes in other machines' logs while the service runs; folding them is the projector's affair.
struct Following: Service {
    var installation: Installation
    var address: NATSAddress
    var logger: Logger

    func run() async throws {
        let stop = Stop()
        let (installation, address, logger) = (installation, address, logger)
        await withGracefulShutdownHandler {
            while !stop.isSet {
                do {
                    _ = try await onThread {
                        try installation.follower(address) { logger.warning("\($0)") }.follow(isCancelled: {
                            stop.isSet
                        })
                    }
                } catch {
                    // The service goes on with what is here.
                    logger.error("Other machines' logs can't be followed: \(error)")
                    try? await Task.sleep(for: .seconds(30))
                }
            }
        } onGracefulShutdown: {
            stop.set()
        }
    }

    private final class Stop: Sendable {
        private let flag = Atomic(false)
        var isSet: Bool { flag.load(ordering: .relaxed) }
        func set() { flag.store(true, ordering: .relaxed) }
    }
}
