import ArgumentParser
import EventStore
import Foundation

extension Bench {
    struct Log: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Measures the log, with checksums, indexes and hash tree, beside plain C loops over LMDB, which have none.",
            discussion: """
                The loops are programs that print events_per_s=N (lmdb_bench append, lmdb_bench scan) or durable_per_s=N \
                (group_commit); each is run in turn with ours, in a folder of the same disk.

                Example:
                  flperf bench log --lmdb-bench ./lmdb_bench --group-commit ./group_commit --rounds 5
                  flperf bench log --rounds 1 --grow 10000000
                """)

        @OptionGroup var options: GlobalOptions
        @Option(help: ArgumentHelp("The C loop that appends in batches, and scans.", valueName: "program"))
        var lmdbBench: String?
        @Option(help: ArgumentHelp("The C program of concurrent appenders.", valueName: "program")) var groupCommit:
            String?
        @Option(help: "Events of one round.") var events = 600_000
        @Option(help: "Concurrent appenders, each waiting for its own event.") var appenders = 64
        @Option(help: "Rounds; the median is told.") var rounds = 5
        @Option(
            help: ArgumentHelp(
                "Also let a log grow to so many events: what an append costs then, opening, memory.",
                valueName: "events"))
        var grow: Int?

        func validate() throws {
            guard events > 0, appenders > 0, rounds > 0 else { throw ValidationError("Counts must be at least 1.") }
            if let grow, grow < 100_000 { throw ValidationError("'--grow' must be at least 100000.") }
        }

        /// One line of the table: ours and the C loop's, round by round.
        private struct Row {
            var what: String
            var aim: String
            var ours: [Double] = []
            var peer: [Double] = []

            /// Of the rounds, each with its own neighbour: the disk's speed wanders.
            var ratio: Double? { peer.isEmpty ? nil : median(zip(ours, peer).map { $0 / $1 }) }
        }

        private struct Outcome: Encodable {
            var what: String
            var events_per_second: Double
            var peer_events_per_second: Double?
            var ratio: Double?
            var aim: String
            var rounds: Int
        }

        private struct GrowthOutcome: Encodable {
            var events: Int
            var append_of_1000_when_small_us: Double
            var append_of_1000_when_large_us: Double
            var opening_ms: Double
            var memory_mib: Double
        }

        func run() async throws {
            var rows = [
                Row(what: "durable appends in batches of 1,000", aim: "ratio 0.7"),
                Row(what: "durable appends in batches of 10,000", aim: "ratio 0.7"),
                Row(what: "\(appenders) concurrent appenders, each acknowledged", aim: "ratio 0.9"),
                Row(what: "header-only scan", aim: "ratio 0.4"),
                Row(what: "read, checksum, every field and chunk of a sample", aim: "3,000,000"),
                Row(what: "log verify, one core", aim: "1,000,000"),
                Row(what: "log verify, every core", aim: ""),
            ]
            let progress = ProgressLine("Measuring", isQuiet: options.json)
            for round in 0..<rounds {
                progress.update(round, of: rounds)
                try await measure(&rows)
            }
            progress.end()
            var growth: GrowthOutcome?
            if let grow { growth = try await measureGrowth(grow) }
            try tell(rows, growth)
        }

        private func measure(_ rows: inout [Row]) async throws {
            for (row, batch) in [1_000, 10_000].enumerated() {
                try await withBenchFolder(options) { folder in
                    rows[row].ours.append(
                        try LogBenchmark.append(folder: folder, count: events, batch: batch).eventsPerSecond)
                    guard batch == 10_000 else { return }
                    rows[3].ours.append(try LogBenchmark.replay(folder: folder, headersOnly: true).eventsPerSecond)
                    rows[4].ours.append(try LogBenchmark.replay(folder: folder).eventsPerSecond)
                    rows[5].ours.append(try LogBenchmark.verify(folder: folder, threads: 1).eventsPerSecond)
                    let cores = ProcessInfo.processInfo.activeProcessorCount
                    rows[6].ours.append(try LogBenchmark.verify(folder: folder, threads: cores).eventsPerSecond)
                }
                guard let lmdbBench else { continue }
                try await withBenchFolder(options) { folder in
                    rows[row].peer.append(
                        try rate(lmdbBench, ["append", folder, "--n", "\(events)", "--batch", "\(batch)"]))
                    guard batch == 10_000 else { return }
                    rows[3].peer.append(try rate(lmdbBench, ["scan", folder, "--passes", "3"]))
                }
            }
            try await withBenchFolder(options) { folder in
                rows[2].ours.append(
                    try await LogBenchmark.concurrent(folder: folder, appenders: appenders, seconds: 2).eventsPerSecond)
            }
            guard let groupCommit else { return }
            try await withBenchFolder(options) { folder in
                rows[2].peer.append(try rate(groupCommit, ["lmdb", folder, "\(appenders)", "1", "2"]))
            }
        }

        /// The last rate that a program prints.
        private func rate(_ program: String, _ arguments: [String]) throws -> Double {
            let output = try Program.output(of: program, arguments)
            guard let match = output.matches(of: #/(?:events|durable)_per_s=([0-9.]+)/#).last,
                let rate = Double(match.1)
            else { throw Failure(.failed, "\(program) printed no events_per_s: \(output.prefix(200))") }
            return rate
        }

        private func measureGrowth(_ count: Int) async throws -> GrowthOutcome? {
            let progress = ProgressLine("Growing", isQuiet: options.json)
            defer { progress.end() }
            // Twice: the first time a virtual machine may have to get the memory for its file cache from its host.
            var growth: LogBenchmark.Growth?
            for time in 0..<2 {
                growth = try await withBenchFolder(options) { folder in
                    try LogBenchmark.grow(folder: folder, many: count) {
                        progress.update(time * count + $0, of: 2 * count, "events")
                    }
                }
            }
            guard let growth else { return nil }
            return GrowthOutcome(
                events: count, append_of_1000_when_small_us: growth.appendWhenSmall / .microseconds(1),
                append_of_1000_when_large_us: growth.appendWhenLarge / .microseconds(1),
                opening_ms: growth.opening / .milliseconds(1), memory_mib: Double(growth.memory) / 1_048_576)
        }

        private func tell(_ rows: [Row], _ growth: GrowthOutcome?) throws {
            if options.json {
                struct Both: Encodable {
                    var speed: [Outcome]
                    var growth: GrowthOutcome?
                }
                let outcomes = rows.map {
                    Outcome(
                        what: $0.what, events_per_second: median($0.ours),
                        peer_events_per_second: $0.peer.isEmpty ? nil : median($0.peer), ratio: $0.ratio, aim: $0.aim,
                        rounds: rounds)
                }
                return try Console.json(Both(speed: outcomes, growth: growth))
            }
            var table = TextTable([
                ("200-byte payloads, median of \(rounds)", .left), ("flperf events/s", .right),
                ("C loop events/s", .right), ("Ratio", .right), ("Aim", .right),
            ])
            for row in rows {
                table.add([
                    row.what, Figures.count(Int(median(row.ours))),
                    row.peer.isEmpty ? "—" : Figures.count(Int(median(row.peer))),
                    Figures.number(row.ratio, digits: 2), row.aim,
                ])
            }
            Console.out(table.render(.output))
            guard let growth else { return }
            Console.out(
                """
                \(Figures.count(growth.events)) events: an append of 1,000 takes \(Figures.count(Int(growth.append_of_1000_when_large_us))) µs, \
                at the beginning \(Figures.count(Int(growth.append_of_1000_when_small_us))) µs; opening takes \
                \(Figures.number(growth.opening_ms, digits: 3)) ms; \(Figures.number(growth.memory_mib, digits: 3)) MiB of memory beyond mapped files.
                """)
        }
    }
}
