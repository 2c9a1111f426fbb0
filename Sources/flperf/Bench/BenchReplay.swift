import ArgumentParser
import DataFolder
import EventStore
import Events
import Foundation

extension Bench {
    struct Replay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Measures how fast a log is read back, and folded into all tables.",
            discussion: "Example:\n  flperf bench replay --runs 100 --samples 1000")

        @OptionGroup var options: GlobalOptions
        @Option(help: "Runs in the log, of one model and four scenarios.") var runs = 100
        @Option(help: "Samples of each run.") var samples = 1_000
        @Option(help: "Chunks of each sample.") var chunks = 32
        @Option(help: "Rounds; the median is told.") var rounds = 3

        private struct Outcome: Encodable {
            var events: Int
            var read_events_per_second: Double
            var header_scan_events_per_second: Double
            var fold_events_per_second: Double
        }

        func run() async throws {
            let outcome = try await withBenchFolder(options) { folder in
                let installation = try Installation(folder: folder)
                for run in 0..<runs { try await append(run: "run-\(run)", to: installation.log) }
                var folds: [Double] = []
                let events = try installation.log.lastPosition()
                for _ in 0..<rounds {
                    let start = ContinuousClock.now
                    try installation.projector.rebuild()
                    folds.append(Double(events) / ((ContinuousClock.now - start) / .seconds(1)))
                }
                installation.close()
                var reads: [Double] = []
                var headers: [Double] = []
                for _ in 0..<rounds {
                    reads.append(try LogBenchmark.replay(folder: folder + "/log").eventsPerSecond)
                    headers.append(try LogBenchmark.replay(folder: folder + "/log", headersOnly: true).eventsPerSecond)
                }
                return Outcome(
                    events: Int(events), read_events_per_second: median(reads),
                    header_scan_events_per_second: median(headers),
                    fold_events_per_second: median(folds))
            }
            if options.json { return try Console.json(outcome) }
            var table = TextTable([
                ("\(Figures.count(outcome.events)) events, \(chunks) chunks a sample, median of \(rounds)", .left),
                ("Events/s", .right),
            ])
            table.add(["header-only scan", Figures.count(Int(outcome.header_scan_events_per_second))])
            table.add([
                "read, checksum, every field and chunk of a sample", Figures.count(Int(outcome.read_events_per_second)),
            ])
            table.add([
                "fold into all tables, with the figures of every result",
                Figures.count(Int(outcome.fold_events_per_second)),
            ])
            Console.out(table.render(.output))
        }

        private func append(run: String, to log: EventLog) async throws {
            let model = ModelIdentity.with {
                ($0.id, $0.alias, $0.modelID, $0.backend) = ("m", "m", "m:1", "simulator")
            }
            let scenarios = (0..<4).map { "Scenario \($0)" }
            var events: [Event] = [
                .runRequested(
                    .with {
                        $0.runID = run
                        $0.models = [model]
                        $0.scenarios = scenarios.map { name in .with { $0.name = name } }
                    })
            ]
            for index in 0..<samples { events.append(.inferenceSampled(sample(index, of: run, scenarios))) }
            events.append(.runCompleted(.with { $0.runID = run }))
            _ = try await log.append(events.map { NewEvent($0) }, to: .run(run))
        }

        private func sample(_ index: Int, of run: String, _ scenarios: [String]) -> InferenceSampled {
            .with {
                $0.runID = run
                $0.modelID = "m"
                $0.scenario = scenarios[index * scenarios.count / samples]
                $0.level = 1
                $0.iteration = UInt32(index)
                $0.startedNs = Int64(index) * 400_000_000
                $0.sentNs = $0.startedNs + 40_000
                let first = $0.startedNs + 50_000_000 + Int64(index % 97) * 10_000
                $0.chunkArrivals = (0..<chunks).map { first + Int64($0) * 10_000_000 }
                $0.firstContentNs = first
                $0.lastContentNs = first + Int64(chunks - 1) * 10_000_000
                $0.endedNs = $0.lastContentNs + 100_000
                $0.streamed = true
                $0.contentChunks = UInt64(chunks)
                $0.completionTokens = UInt64(chunks)
                $0.tokenSource = .serverUsage
                $0.clock = .user
                $0.httpStatus = 200
                $0.finishReason = "stop"
            }
        }
    }
}
