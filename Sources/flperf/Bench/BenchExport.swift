import ArgumentParser
import DataFolder
import EventStore
import Events
import Foundation

extension Bench {
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Measures exports of samples beside sqlite3's and DuckDB's of the same rows.",
            discussion: """
                Makes a log of runs with 4 models and 10 scenarios each, exports its samples, and lets the others write the same \
                rows: sqlite3 from the exported database, DuckDB from a table of its own. What is not on this machine is left \
                out.

                Example:
                  flperf bench export --samples 1000000
                  flperf bench export --samples 10000000 --python venv/bin/python
                """)

        @OptionGroup var options: GlobalOptions
        @Option(help: "Samples in the log.") var samples = 1_000_000
        @Option(help: "Chunks of each sample.") var chunks = 16
        @Option(help: "Rounds; the median is told.") var rounds = 3
        @Option(help: "A Python that has the package duckdb.") var python = "python3"

        /// A figure of one writer.
        private struct Outcome: Encodable {
            var writer: String
            var seconds: Double
            var rows_per_second: Double
            /// Of the processor, user and system.
            var processor_seconds: Double
            /// Null where the system does not tell.
            var peak_own_memory_bytes: Int?
        }

        /// What writes the rows: a command line for the shell, and what must be there before it.
        private struct Writer {
            var name: String
            var command: String
            /// Taken away before each round, and at the end unless others read it.
            var output: String
            var isRead = false
        }

        func run() async throws {
            let outcomes = try await withBenchFolder(options) { folder in
                let began = ContinuousClock.now
                try await makeLog(in: folder + "/data")
                Console.error(
                    "Made \(Figures.count(samples)) samples in \(Figures.duration((ContinuousClock.now - began) / .seconds(1)))."
                )
                return try writers(in: folder).compactMap { writer in try measure(writer, in: folder) }
            }
            if options.json { return try Console.json(outcomes) }
            var table = TextTable([
                ("\(Figures.count(samples)) samples, median of \(rounds)", .left), ("Seconds", .right),
                ("Rows/s", .right), ("CPU s", .right), ("Own memory", .right),
            ])
            for outcome in outcomes {
                table.add([
                    outcome.writer, Figures.adaptive(outcome.seconds), Figures.count(Int(outcome.rows_per_second)),
                    Figures.adaptive(outcome.processor_seconds),
                    outcome.peak_own_memory_bytes.map { Figures.bytes(UInt64($0)) } ?? "—",
                ])
            }
            Console.out(table.render(.output))
        }

        private func writers(in folder: String) -> [Writer] {
            let flperf = "'\(CommandLine.arguments[0])' export --data '\(folder)/data'"
            let database = "\(folder)/ours.db"
            let duckdb =
                "'\(python)' -c \"import duckdb; c = duckdb.connect('\(folder)/duck.db', config={'threads': 2});"
            return [
                Writer(
                    name: "flperf, CSV", command: "\(flperf) --table samples --output '\(folder)/ours.csv'",
                    output: "ours.csv", isRead: true),
                Writer(
                    name: "flperf, SQLite, all tables", command: "\(flperf) --output '\(database)'", output: "ours.db",
                    isRead: true),
                Writer(
                    name: "sqlite3, CSV of its table",
                    command:
                        "sqlite3 -header -csv '\(database)' '.output \(folder)/theirs.csv' 'SELECT * FROM samples'",
                    output: "theirs.csv"),
                Writer(
                    name: "sqlite3, SQLite of our CSV",
                    command: "sqlite3 '\(folder)/imported.db' '.import --csv \(folder)/ours.csv samples'",
                    output: "imported.db"),
                Writer(
                    name: "sqlite3, SQLite of its table",
                    command: """
                        sqlite3 '\(folder)/copied.db' 'PRAGMA journal_mode = OFF' 'PRAGMA synchronous = OFF' \
                        "ATTACH '\(database)' AS ours" 'CREATE TABLE samples AS SELECT * FROM ours.samples'
                        """,
                    output: "copied.db"),
                Writer(
                    name: "DuckDB, its table of our CSV",
                    command: "\(duckdb) c.execute(\\\"CREATE TABLE samples AS FROM '\(folder)/ours.csv'\\\")\"",
                    output: "duck.db", isRead: true),
                Writer(
                    name: "DuckDB, CSV of its table, 2 threads",
                    command: "\(duckdb) c.execute(\\\"COPY samples TO '\(folder)/theirs.csv'\\\")\"",
                    output: "theirs.csv"),
            ]
        }

        /// Nil when the program is not there.
        private func measure(_ writer: Writer, in folder: String) throws -> Outcome? {
            var seconds: [Double] = []
            var processor: [Double] = []
            var memory: [Int] = []
            for _ in 0..<rounds {
                try? FileManager.default.removeItem(atPath: "\(folder)/\(writer.output)")
                let began = ContinuousClock.now
                do {
                    let program = try MeasuredProgram.run(writer.command, outputIn: folder + "/output")
                    processor.append(program.processorSeconds)
                    if let peak = program.peakOwnMemory { memory.append(peak) }
                } catch let failure as Failure {
                    Console.error("\(writer.name): left out: \(failure.sentence)")
                    return nil
                }
                seconds.append((ContinuousClock.now - began) / .seconds(1))
            }
            if !writer.isRead { try? FileManager.default.removeItem(atPath: "\(folder)/\(writer.output)") }
            let middle = median(seconds)
            return Outcome(
                writer: writer.name, seconds: middle, rows_per_second: Double(samples) / middle,
                processor_seconds: median(processor),
                peak_own_memory_bytes: memory.max())
        }

        // MARK: - The log

        private static let models = (0..<4).map { "model-\($0)" }
        private static let scenarios = (0..<10).map { "Scenario \($0)" }
        private static let samplesOfRun = 10_000

        private func makeLog(in folder: String) async throws {
            let installation = try Installation(folder: folder)
            defer { installation.close() }
            var left = samples
            while left > 0 {
                let count = min(left, Self.samplesOfRun)
                try await append(run: EventID.make().description, of: count, to: installation.log)
                left -= count
            }
            let progress = ProgressLine("Folding the log")
            try installation.projector.catchUp { progress.update($0, of: $1, "events") }
            progress.end()
        }

        private func append(run: String, of count: Int, to log: EventLog) async throws {
            var events: [Event] = [
                .runRequested(
                    .with {
                        $0.runID = run
                        $0.suiteName = "bench"
                        $0.models = Self.models.map { name in
                            .with { ($0.id, $0.alias, $0.modelID, $0.backend) = (name, name, name + ":1", "simulator") }
                        }
                        $0.scenarios = Self.scenarios.map { name in .with { $0.name = name } }
                    })
            ]
            for index in 0..<count { events.append(.inferenceSampled(sample(index, of: run))) }
            events.append(.runCompleted(.with { $0.runID = run }))
            _ = try await log.append(events.map { NewEvent($0) }, to: .run(run))
        }

        private func sample(_ index: Int, of run: String) -> InferenceSampled {
            let result = index * Self.models.count * Self.scenarios.count / Self.samplesOfRun
            return .with {
                $0.runID = run
                $0.modelID = Self.models[result / Self.scenarios.count]
                $0.scenario = Self.scenarios[result % Self.scenarios.count]
                $0.level = 1
                $0.iteration = UInt32(index)
                $0.intendedStartNs = Int64(index) * 400_000_123
                $0.startedNs = $0.intendedStartNs + 11_017
                $0.sentNs = $0.startedNs + 40_231
                $0.headersNs = $0.sentNs + 900_417
                $0.firstByteNs = $0.headersNs
                let first = $0.startedNs + 50_000_000 + Int64(index % 97) * 10_037
                $0.chunkArrivals = (0..<chunks).map { first + Int64($0) * 10_000_000 }
                $0.firstContentNs = first
                $0.lastContentNs = first + Int64(chunks - 1) * 10_000_000
                $0.endedNs = $0.lastContentNs + 100_000
                $0.streamed = true
                $0.contentChunks = UInt64(chunks)
                $0.promptTokens = UInt64(20 + index % 1000)
                $0.completionTokens = UInt64(chunks)
                $0.tokenSource = .serverUsage
                $0.clock = .kernel
                $0.httpStatus = 200
                $0.finishReason = "stop"
                $0.responseModel = $0.modelID
                $0.outputBytes = UInt64(chunks * 5)
                if index % 100 == 99 {
                    $0.error = .timeout
                    $0.errorMessage = "no answer within 30 s"
                }
            }
        }
    }
}
