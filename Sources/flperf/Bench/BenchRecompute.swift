import ArgumentParser
import DataFolder
import Foundation
import ProjectionKit
import Samples

extension Bench {
    struct Recompute: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Measures how fast formulas are evaluated over all samples, in turn with other programs.",
            discussion: """
                10 million samples (1,000 runs of 4 models on 10 scenarios, 250 requests each) are appended to a log and \
                folded; then count, error and timeout rate, mean, p50, p95 and p99 of the latency, mean TTFT and TPOT, and \
                two throughputs of each group are computed from their columns. With '--gaps' it is a million samples of 128 \
                gaps between chunks, and their p50 and p99 by run and model.

                The programs that do the same print secs=N for each of their rounds and the means over all groups \
                (mean=N p50=N …), which have to be ours. To measure the same samples, name the file that they were made \
                from: records of 32 bytes, or with '--gaps' the folder of tokens.u32 and tokens.key.

                Example:
                  flperf bench recompute --samples rc/samples.bin --beside 'python peer.py duckdb parquet 2 3' --beside './recompute rc/samples.bin 2'
                """)

        @OptionGroup var options: GlobalOptions
        @Option(help: ArgumentHelp("The samples; made up when not given.", valueName: "path")) var samples: String?
        @Flag(help: "Measure the gaps between chunks.") var gaps = false
        @Option(
            help: ArgumentHelp("A program that does the same; may be given several times.", valueName: "command"))
        var beside: [String] = []
        @Option(help: "Runs in the log.") var runs = 1_000
        @Option(help: "Rounds; the median is told.") var rounds = 5
        @Option(
            help: ArgumentHelp(
                "Only evaluate, over this data folder's samples, and print what each round took.", valueName: "folder"))
        var of: String?

        func validate() throws {
            guard runs > 0, rounds > 0 else { throw ValidationError("Counts must be at least 1.") }
        }

        private struct Outcome: Encodable {
            var samples: Int
            var first_fold_samples_per_second: Double
            var first_fold_samples_per_processor_second: Double
            var fold_of_all_tables_events_per_second: Double
            var fold_of_all_tables_events_per_processor_second: Double
            var rows: [Row]
        }

        /// A second of time, and of the processor: the fold into the columns has one thread.
        private struct FoldRate {
            var rate: Double
            var processorRate: Double
        }

        struct Row: Encodable {
            var what: String
            var seconds: Double
            /// Of the processor, all threads together; null where the program does not tell.
            var processor_seconds: Double?
            /// By how much ours is faster; null in our own lines.
            var ratio: Double?
            var memory_mib: Double?
        }

        func run() async throws {
            if let of { return try RecomputeRounds(folder: of, ofGaps: gaps).run(rounds) }
            let outcome = try await withBenchFolder(options) { folder in
                let installation = try Installation(folder: folder + "/data")
                let progress = ProgressLine("Appending", isQuiet: options.json)
                let source = try RecomputeSamples(path: samples, ofGaps: gaps, runs: runs)
                let count = try await source.append(to: installation.log) {
                    progress.update($0, of: source.count, "samples")
                }
                progress.end()
                let folds = try fold(installation, samples: count, besides: folder + "/columns")
                installation.close()
                let rows = try measure(folder)
                return Outcome(
                    samples: count, first_fold_samples_per_second: folds.columns.rate,
                    first_fold_samples_per_processor_second: folds.columns.processorRate,
                    fold_of_all_tables_events_per_second: folds.all.rate,
                    fold_of_all_tables_events_per_processor_second: folds.all.processorRate, rows: rows)
            }
            if options.json { return try Console.json(outcome) }
            tell(outcome)
        }

        /// The first fold into the columns alone, in a folder of its own, and that into all tables.
        private func fold(
            _ installation: Installation, samples: Int, besides folder: String
        ) throws -> (columns: FoldRate, all: FoldRate) {
            let progress = ProgressLine("Folding", isQuiet: options.json)
            defer { progress.end() }
            func rate(_ count: Int, _ projector: Projector) throws -> FoldRate {
                let (start, processor) = (ContinuousClock.now, clock())
                try projector.catchUp { progress.update($0, of: $1, "events") }
                let used = Double(clock() - processor) / Double(CLOCKS_PER_SEC)
                return FoldRate(
                    rate: Double(count) / ((ContinuousClock.now - start) / .seconds(1)),
                    processorRate: Double(count) / used)
            }
            let tables = try TablesStore(folder: folder)
            let columns = try rate(
                samples, Projector(log: installation.log, tables: tables, projections: [SamplesProjection.self]))
            tables.discard()
            let events = try Int(installation.log.lastPosition())
            return (columns, try rate(events, installation.projector))
        }

        /// Ours and the others' in turn, each a process of its own.
        private func measure(_ folder: String) throws -> [Row] {
            let program = try Bundle.main.executablePath.orFail("Could not find the program's own file.")
            let own = "'\(program)' bench recompute --of '\(folder)/data' --rounds 3" + (gaps ? " --gaps" : "")
            let commands = [own] + beside
            var seconds: [String: [Double]] = [:]
            var processor: [String: [Double]] = [:]
            var memory: [String: Int] = [:]
            var names: [[String]] = commands.map { _ in [] }
            var wanted: [String: Double] = [:]
            let progress = ProgressLine("Measuring", isQuiet: options.json)
            defer { progress.end() }
            for round in 0..<rounds {
                for (place, command) in commands.enumerated() {
                    progress.update(round * commands.count + place, of: rounds * commands.count)
                    let measured = try MeasuredProgram.run(command, outputIn: folder + "/output")
                    let lines = RecomputeLine.all(in: measured.output)
                    guard !lines.isEmpty else {
                        throw Failure(.failed, "'\(command)' printed no secs=N: \(measured.output.prefix(200))")
                    }
                    for line in lines {
                        if !names[place].contains(line.name) { names[place].append(line.name) }
                        seconds[line.name, default: []].append(line.seconds)
                        if let used = line.processorSeconds { processor[line.name, default: []].append(used) }
                        memory[line.name] = max(memory[line.name] ?? 0, measured.peakOwnMemory ?? 0)
                        if place == 0 { wanted.merge(line.means) { old, _ in old } }
                        try line.check(against: wanted)
                    }
                }
            }
            let ours = names[0].first.flatMap { seconds[$0] }.map(median) ?? .nan
            return names.enumerated().flatMap { place, names in
                names.map { name in
                    let time = median(seconds[name] ?? [])
                    return Row(
                        what: name, seconds: time, processor_seconds: processor[name].map(median),
                        ratio: place == 0 ? nil : time / ours,
                        memory_mib: memory[name].map { Double($0) / 1_048_576 })
                }
            }
        }

        private func tell(_ outcome: Outcome) {
            var table = TextTable([
                ("\(Figures.count(outcome.samples)) samples, median of \(rounds) rounds", .left), ("Seconds", .right),
                ("CPU seconds", .right), ("By ours", .right), ("Own memory MiB", .right),
            ])
            for row in outcome.rows {
                table.add([
                    row.what, Figures.number(row.seconds, digits: 3), Figures.number(row.processor_seconds, digits: 3),
                    Figures.number(row.ratio, digits: 2),
                    Figures.number(row.memory_mib, digits: 0),
                ])
            }
            Console.out(table.render(.output))
            let counts = [
                outcome.first_fold_samples_per_second, outcome.first_fold_samples_per_processor_second,
                outcome.fold_of_all_tables_events_per_second, outcome.fold_of_all_tables_events_per_processor_second,
            ].map { Figures.count(Int($0)) }
            Console.out(
                """
                First fold from the log: \(counts[0]) samples/s into the columns (\(counts[1]) a CPU second), \(counts[2]) events/s \
                into all tables with the figures of every result (\(counts[3])).
                """)
        }
    }
}

/// What a program prints of one round: `duckdb parquet threads=2 rep=0 secs=0.912 … mean=1.5 p50=1.2`.
struct RecomputeLine {
    var name: String
    var seconds: Double
    var processorSeconds: Double?
    /// Means over all groups, by the names of the figures.
    var means: [String: Double]

    static func all(in output: String) -> [RecomputeLine] {
        output.split(separator: "\n").compactMap { line in
            let values = Dictionary(
                line.matches(of: #/(\w+)=([0-9.eE+-]+)/#).compactMap { match in
                    Double(match.2).map { (String(match.1), $0) }
                }, uniquingKeysWith: { $1 })
            guard let seconds = values["secs"] else { return nil }
            let name = line.firstRange(of: #/ threads=\d+/#).map { line[..<$0.lowerBound] } ?? line
            return RecomputeLine(
                name: String(name), seconds: seconds, processorSeconds: values["cpu"],
                means: values.filter {
                    ["mean", "p50", "p95", "p99", "ttft", "tpot", "gen_tps", "tps"].contains($0.key)
                })
        }
    }

    /// - Throws: `Failure` when a figure is not the one that was wanted, to what the programs print of it.
    func check(against wanted: [String: Double]) throws {
        for (figure, value) in means {
            guard let own = wanted[figure], abs(own - value) > 1e-5 * abs(own) else { continue }
            throw Failure(.failed, "\(name) computed other figures: \(figure) is \(value), ours is \(own).")
        }
    }
}

extension Optional {
    fileprivate func orFail(_ sentence: String) throws -> Wrapped {
        guard let self else { throw Failure(.failed, sentence) }
        return self
    }
}
