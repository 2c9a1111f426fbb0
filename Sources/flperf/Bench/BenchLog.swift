import ArgumentParser
import EventStore
import Foundation

extension Bench {
    struct Log: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Measures durable appends, checksums and indexes included, beside the plain C loops over LMDB.",
            discussion: """
                The loops are programs that print events_per_s=N (lmdb_bench append) or durable_per_s=N (group_commit); each is run \
                in turn with ours, in a folder of the same disk.

                Example:
                  flperf bench log --lmdb-bench ./lmdb_bench --group-commit ./group_commit --rounds 5
                """)

        @OptionGroup var options: GlobalOptions
        @Option(help: ArgumentHelp("The C loop that appends in batches.", valueName: "program")) var lmdbBench: String?
        @Option(help: ArgumentHelp("The C program of concurrent appenders.", valueName: "program")) var groupCommit:
            String?
        @Option(help: "Events of one round.") var events = 300_000
        @Option(help: "Events of one batch.") var batch = 1_000
        @Option(help: "Concurrent appenders, each waiting for its own event.") var appenders = 64
        @Option(help: "Rounds; the median is told.") var rounds = 5

        private struct Outcome: Encodable {
            var what: String
            var events_per_second: Double
            var peer_events_per_second: Double?
            var ratio: Double?
            var rounds: Int
        }

        func validate() throws {
            guard events > 0, batch > 0, appenders > 0, rounds > 0 else {
                throw ValidationError("Counts must be at least 1.")
            }
        }

        func run() async throws {
            var batches: [Double] = []
            var peerBatches: [Double] = []
            var concurrent: [Double] = []
            var peerConcurrent: [Double] = []
            let progress = ProgressLine("Measuring", isQuiet: options.json)
            for round in 0..<rounds {
                progress.update(round, of: rounds)
                batches.append(
                    try await withBenchFolder(options) {
                        try LogBenchmark.append(folder: $0, count: events, batch: batch).eventsPerSecond
                    })
                if let lmdbBench {
                    let arguments = ["append", "", "--n", "\(events)", "--batch", "\(batch)"]
                    peerBatches.append(try await peer(lmdbBench, arguments, folderAt: 1))
                }
                concurrent.append(
                    try await withBenchFolder(options) {
                        try await LogBenchmark.concurrent(folder: $0, appenders: appenders, seconds: 2).eventsPerSecond
                    })
                if let groupCommit {
                    peerConcurrent.append(
                        try await peer(groupCommit, ["lmdb", "", "\(appenders)", "1", "2"], folderAt: 1))
                }
            }
            progress.end()
            let outcomes = [
                outcome("durable appends in batches of \(Figures.count(batch))", batches, peerBatches),
                outcome("\(appenders) concurrent appenders, each append acknowledged", concurrent, peerConcurrent),
            ]
            if options.json { return try Console.json(outcomes) }
            var table = TextTable([
                ("200-byte payloads, median of \(rounds)", .left), ("flperf events/s", .right),
                ("C loop events/s", .right), ("Ratio", .right),
            ])
            for outcome in outcomes {
                table.add([
                    outcome.what, Figures.count(Int(outcome.events_per_second)),
                    outcome.peer_events_per_second.map { Figures.count(Int($0)) } ?? "—",
                    Figures.number(outcome.ratio, digits: 2),
                ])
            }
            Console.out(table.render(.output))
        }

        private func outcome(_ what: String, _ ours: [Double], _ theirs: [Double]) -> Outcome {
            let peer = theirs.isEmpty ? nil : median(theirs)
            return Outcome(
                what: what, events_per_second: median(ours), peer_events_per_second: peer,
                // Of the rounds, each with its own neighbour: the disk's speed wanders.
                ratio: peer == nil ? nil : median(zip(ours, theirs).map { $0 / $1 }), rounds: rounds)
        }

        private func peer(_ program: String, _ arguments: [String], folderAt index: Int) async throws -> Double {
            try await withBenchFolder(options) { folder in
                var arguments = arguments
                arguments[index] = folder
                let output = try Program.output(of: program, arguments)
                guard
                    let match = output.firstMatch(of: #/events_per_s=([0-9.]+)/#)
                        ?? output.firstMatch(of: #/durable_per_s=([0-9.]+)/#),
                    let rate = Double(match.1)
                else { throw Failure(.failed, "\(program) printed no events_per_s: \(output.prefix(200))") }
                return rate
            }
        }
    }
}
