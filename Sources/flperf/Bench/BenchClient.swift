import ArgumentParser
import Benchmarking
import DataFolder
import Events
import Foundation
import Logging
import Orchestrator
import Streaming

extension Bench {
    struct Client: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Measures what the client itself costs and distorts, against a server that knows the truth.",
            discussion: """
                The server is one that takes -p PORT -t TTFT_us -i ITL_us -n TOKENS -o TRUTH.csv and writes, at SIGTERM, when \
                it received each request and wrote each first chunk. A peer is a command in which {port}, {streams}, \
                {requests} and {tokens} are filled in; it is run in turn with ours and its own line of JSON is shown.

                Example:
                  flperf bench client --server ./llmock --peer './llcurl -p {port} -c {streams} -n {requests} -t {tokens}'
                """)

        @Option(help: "The server's program.") var server: String
        @Option(help: "A peer's command line; may be given several times.") var peer: [String] = []
        @Option(help: "Requests in flight at once.") var streams = 64
        @Option(help: "Requests in all.") var requests = 640
        @Option(help: "Chunks of an answer.") var tokens = 128
        @Option(help: "Rounds; the median is told.") var rounds = 3

        func run() async throws {
            var ours: [ClientFigures] = []
            for round in 1...max(1, rounds) {
                let figures = try await measureOurs()
                ours.append(figures)
                Console.out("flperf  round \(round): \(figures.text); \(figures.stamps)")
                for command in peer { Console.out("peer    round \(round): \(try await measure(command))") }
            }
            Console.out("flperf  median: \(ClientFigures.median(of: ours).text)")
        }

        /// Runs ours as a user would: every sample parsed and on the disk.
        private func measureOurs() async throws -> ClientFigures {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
                "flperf-bench-\(UUID().uuidString)"
            ).path
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let server = try TruthServer(program: self.server, tokens: tokens, folder: folder)
            let client = StreamingClient()
            let backend = BackendKind.openAI.backend(at: try Endpoint("http://127.0.0.1:\(server.port)"), using: client)
            var settings = RunSettings()
            settings.iterations = requests
            settings.concurrency = [streams]
            settings.warmup = 0
            settings.maxTokens = tokens
            let suite = try Suite(
                json: Array(#"{"name":"bench","scenarios":[{"name":"stream","prompt":"Count the chunks."}]}"#.utf8),
                file: "bench")
            let model = AvailableModel(id: "mock")
            let plan = RunPlan(
                runID: EventID.make().description, suite: suite, scenarios: suite.scenarios,
                models: [PlannedModel(model, on: backend)], settings: settings)
            let installation = try Installation(folder: folder + "/data")
            let before = ProcessorTime.used()
            _ = try await installation.run(
                plan, client: client, logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
            let used = ProcessorTime.used() - before
            let delay = client.readDelay
            await client.shutdown()
            let truth = try await server.stop()
            let samples = try installation.log.readStream(.run(plan.runID)).compactMap {
                event -> (String, InferenceSampled)? in
                if case .inferenceSampled(let sample) = event.event { (event.id.description, sample) } else { nil }
            }
            installation.close()
            return try ClientFigures(samples, truth, processorSeconds: used, delay: delay)
        }

        private func measure(_ command: String) async throws -> String {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
                "flperf-bench-\(UUID().uuidString)"
            ).path
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let server = try TruthServer(program: self.server, tokens: tokens, folder: folder)
            let line = command.replacing("{port}", with: "\(server.port)").replacing("{streams}", with: "\(streams)")
                .replacing("{requests}", with: "\(requests)").replacing("{tokens}", with: "\(tokens)")
            let output = try Program.output(of: "/bin/sh", ["-c", line])
            _ = try await server.stop()
            return output.trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }
}

/// What one round showed.
struct ClientFigures {
    /// Processor seconds of this process, user and system, per million streamed chunks: everything included.
    var secondsPerMillionChunks: Double
    /// |TTFT measured − TTFT at the server|, ms.
    var meanError: Double
    var p99Error: Double
    var requests: Int
    /// How long what had arrived waited until it was read, ms; nil where the kernel gave no stamps.
    var meanDelay: Double?
    var longestDelay: Double
    /// Requests whose arrivals are all the kernel's.
    var stampedByKernel: Int
    /// Reads that delivered several chunks.
    var sharedReads: Int

    init(
        _ samples: [(id: String, sample: InferenceSampled)], _ truth: [String: Int64], processorSeconds: Double,
        delay: ReadDelay
    ) throws {
        let chunks = samples.reduce(0) { $0 + Int($1.sample.contentChunks) }
        let errors = samples.compactMap { id, sample -> Double? in
            guard let real = truth[id], sample.hasFirstContentNs else { return nil }
            let start = sample.hasSentNs ? sample.sentNs : sample.startedNs
            return abs(Double(sample.firstContentNs - start - real)) / 1e6
        }.sorted()
        guard !errors.isEmpty, chunks > 0 else {
            throw Failure(
                .failed,
                "No request of this round is in the server's record: \(samples.first?.sample.errorMessage ?? "none was made")."
            )
        }
        secondsPerMillionChunks = processorSeconds * 1e6 / Double(chunks)
        meanError = errors.reduce(0, +) / Double(errors.count)
        p99Error = errors[Int(0.99 * Double(errors.count - 1))]
        requests = errors.count
        meanDelay = delay.mean.map { $0 / 1e6 }
        longestDelay = Double(delay.longest) / 1e6
        stampedByKernel = samples.count { $0.sample.clock == .kernel }
        sharedReads = samples.reduce(0) { $0 + $1.sample.sharedReads }
    }

    static func median(of rounds: [ClientFigures]) -> ClientFigures {
        var middle = rounds[0]
        for path in [\ClientFigures.secondsPerMillionChunks, \.meanError, \.p99Error] {
            middle[keyPath: path] = rounds.map { $0[keyPath: path] }.sorted()[rounds.count / 2]
        }
        return middle
    }

    var text: String {
        "\(Figures.number(secondsPerMillionChunks)) CPU s per million chunks, TTFT error mean \(Figures.number(meanError, digits: 3)) ms, p99 \(Figures.number(p99Error, digits: 3)) ms, \(requests) requests"
    }

    /// What the kernel's stamps tell of this round.
    var stamps: String {
        let count = "\(stampedByKernel) stamped by the kernel, \(sharedReads) reads of several chunks"
        guard let meanDelay else { return count }
        return
            "\(count), arrivals waited \(Figures.number(meanDelay, digits: 3)) ms, at most \(Figures.number(longestDelay, digits: 3)) ms"
    }
}
