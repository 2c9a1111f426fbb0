import ArgumentParser
import DataFolder
import EventStore
import Events
import Foundation

extension Bench {
    struct HTTP: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "http",
            abstract: "Measures how many requests 'flperf serve' answers, with wrk, in turn with other servers.",
            discussion: """
                The rows are those of 1,000 runs, 4 models and 10 scenarios each: 40,000 results. Each request asks for one run. A \
                peer is a name, a path, a command and, where its runs have other names, a file of them, with '|' between; {port} \
                and {id} are filled in. All take turns; each figure is the median of the rounds.

                Example:
                  flperf bench http --folder /tmp/rows --peer 'C floor|/x?run_id={id}|./floor {port} 2'
                """)

        @Option(help: "A data folder for the rows; filled when it is not there.") var folder: String
        @Option(help: ArgumentHelp("A peer; may be given several times.", valueName: "name|path|command|ids")) var peer:
            [String] = []
        @Option(help: "Connections; several levels, such as 1,8,64.") var connections = "1,8,64"
        @Option(help: "Seconds of each measurement.") var seconds = 5
        @Option(help: "Rounds.") var rounds = 3
        @Flag(help: "Print JSON on standard output instead of text.") var json = false

        /// What is asked of a server.
        private struct Question {
            var name: String
            /// With `{id}` for the run.
            var path: String
            var headers: [String: String] = [:]
            var ids: String
        }

        private struct Row: Encodable {
            var program: String
            var connections: Int
            var requests_per_second: Double
            var p50_ms: Double
            var p99_ms: Double
            /// Answers that were no 2xx or 3xx, or did not come, of all rounds.
            var failed: Int
        }

        func run() async throws {
            try await HTTPBenchRows.fill(folder)
            let levels = try connections.split(separator: ",").map { part in
                guard let level = Int(part), (1...1_024).contains(level) else {
                    throw Failure(.usage, "'--connections' takes whole numbers such as 1,8,64, found '\(part)'.")
                }
                return level
            }
            let ids = folder + "/ids"
            let program = Bundle.main.executablePath ?? CommandLine.arguments[0]
            var servers: [(command: String, questions: [Question])] = [
                (
                    "'\(program)' serve --data '\(folder)' --port {port}",
                    [
                        Question(name: "flperf, results", path: "/api/benchmarks/results?runId={id}", ids: ids),
                        Question(
                            name: "flperf, results, the peers' columns",
                            path: "/api/benchmarks/results?runId={id}&fields=\(HTTPBenchRows.fields)", ids: ids),
                        Question(name: "flperf, run", path: "/api/benchmarks/runs/{id}", ids: ids),
                        Question(
                            name: "flperf, run, not modified", path: "/api/benchmarks/runs/{id}",
                            headers: ["If-None-Match": "*"], ids: ids),
                    ]
                )
            ]
            for text in peer {
                let parts = text.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
                guard parts.count == 3 || parts.count == 4 else {
                    throw Failure(
                        .usage, "'--peer' takes a name, a path and a command with '|' between, found '\(text)'.")
                }
                let question = Question(name: parts[0], path: parts[1], ids: parts.count == 4 ? parts[3] : ids)
                servers.append((parts[2], [question]))
            }
            var figures: [String: [Int: [Row]]] = [:]
            for round in 1...max(1, rounds) {
                for server in servers {
                    try await HTTPBenchServer.with(server.command) { port in
                        for question in server.questions {
                            for level in levels {
                                Console.error("\(question.name), \(level) connections, round \(round)")
                                let row = try measure(question, port, level)
                                figures[question.name, default: [:]][level, default: []].append(row)
                            }
                        }
                    }
                }
            }
            let rows = servers.flatMap(\.questions).flatMap { question in
                levels.compactMap { level in figures[question.name]?[level].map(middle) }
            }
            if json { try Console.json(rows) } else { tell(rows) }
        }

        private func measure(_ question: Question, _ port: Int, _ connections: Int) throws -> Row {
            let script = folder + "/ask.lua"
            let fields = question.headers.map { "wrk.headers[\"\($0)\"] = \"\($1)\"" }.joined(separator: "\n")
            let parts = question.path.components(separatedBy: "{id}")
            try """
            local ids, i = {}, 0
            for line in io.lines("\(question.ids)") do ids[#ids + 1] = line end
            \(fields)
            request = function()
              i = i % #ids + 1
              return wrk.format("GET", "\(parts[0])" .. ids[i] .. "\(parts.dropFirst().first ?? "")")
            end
            done = function(summary, latency)
              local errors = summary.errors
              io.write(string.format("\\n#%f %f %f %d\\n", summary.requests / summary.duration * 1e6,
                latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
                errors.connect + errors.read + errors.write + errors.status + errors.timeout))
            end
            """.write(toFile: script, atomically: true, encoding: .utf8)
            let output = try Program.output(
                of: "/usr/bin/env",
                ["wrk", "-t1", "-c\(connections)", "-d\(seconds)s", "-s", script, "http://127.0.0.1:\(port)"])
            let line = output.split(separator: "\n").last { $0.hasPrefix("#") } ?? ""
            let values = line.dropFirst().split(separator: " ").compactMap { Double($0) }
            guard values.count == 4 else { throw Failure(.failed, "wrk said nothing that can be read: \(output)") }
            return Row(
                program: question.name, connections: connections, requests_per_second: values[0], p50_ms: values[1],
                p99_ms: values[2], failed: Int(values[3]))
        }

        private func middle(_ rounds: [Row]) -> Row {
            Row(
                program: rounds[0].program, connections: rounds[0].connections,
                requests_per_second: median(rounds.map(\.requests_per_second)), p50_ms: median(rounds.map(\.p50_ms)),
                p99_ms: median(rounds.map(\.p99_ms)), failed: rounds.reduce(0) { $0 + $1.failed })
        }

        private func tell(_ rows: [Row]) {
            var table = TextTable([
                ("Program", .left), ("Connections", .right), ("Requests/s", .right), ("p50 ms", .right),
                ("p99 ms", .right), ("Failed", .right),
            ])
            for row in rows {
                table.add([
                    row.program, "\(row.connections)", Figures.count(Int(row.requests_per_second)),
                    Figures.number(row.p50_ms), Figures.number(row.p99_ms), "\(row.failed)",
                ])
            }
            Console.out(table.render(.output))
        }
    }
}

/// The rows that are asked for.
enum HTTPBenchRows {
    static let runs = 1_000
    /// The columns that the FastAPI peer has too.
    static let fields =
        "id,run_id,model_id,scenario,total_iterations,error_rate,timeout_rate,latency_p50,latency_p95,latency_p99,ttft,"
        + "tpot,gen_tps,tps,total_tokens,created_at,model_alias,model_name"

    /// Fills a data folder, and writes the runs' ids beside; nothing when that was done before.
    static func fill(_ folder: String) async throws {
        guard !FileManager.default.fileExists(atPath: folder + "/ids") else { return }
        let installation = try Installation(folder: folder)
        defer { installation.close() }
        let ids = (0..<runs).map { index in
            let digits = "\(index)"
            return "run-" + String(repeating: "0", count: 8 - digits.count) + digits
        }
        for id in ids { _ = try await installation.log.append(events(of: id), to: .run(id)) }
        let progress = ProgressLine("Folding the log")
        try installation.projector.catchUp { progress.update($0, of: $1, "events") }
        progress.end()
        try (ids.joined(separator: "\n") + "\n").write(toFile: folder + "/ids", atomically: true, encoding: .utf8)
    }

    private static func events(of run: String) -> [NewEvent] {
        let models = (0..<4).map { index in
            ModelIdentity.with {
                ($0.id, $0.alias, $0.modelID) = ("model-\(index)", "Model \(index)", "vendor/model-\(index)-instruct")
                $0.backend = "simulator"
            }
        }
        let scenarios = (0..<10).map { "scenario-\($0)" }
        var events: [Event] = [
            .runRequested(
                .with {
                    ($0.runID, $0.suiteName, $0.models) = (run, "bench", models)
                    $0.scenarios = scenarios.map { name in .with { $0.name = name } }
                    $0.configuration = .with { ($0.iterations, $0.concurrency) = (2, [1]) }
                }), .runStarted(.with { $0.runID = run }),
        ]
        for model in models {
            for scenario in scenarios {
                for iteration in 0..<UInt32(2) { events.append(sample(run, model.id, scenario, iteration)) }
            }
        }
        events.append(.runCompleted(.with { $0.runID = run }))
        return events.map { NewEvent($0) }
    }

    private static func sample(_ run: String, _ model: String, _ scenario: String, _ iteration: UInt32) -> Event {
        let start = Int64.random(in: 1_000_000_000...2_000_000_000)
        let first = start + Int64.random(in: 20_000_000...90_000_000)
        let end = first + Int64.random(in: 300_000_000...2_000_000_000)
        return .inferenceSampled(
            .with {
                ($0.runID, $0.modelID, $0.scenario, $0.level, $0.iteration) = (run, model, scenario, 1, iteration)
                ($0.intendedStartNs, $0.startedNs, $0.sentNs) = (start, start, start)
                ($0.firstByteNs, $0.firstContentNs, $0.lastContentNs, $0.endedNs) = (first, first, end, end)
                ($0.completionTokens, $0.promptTokens, $0.tokenSource) = (64, 250, .serverUsage)
                ($0.httpStatus, $0.streamed, $0.contentChunks) = (200, true, 64)
            })
    }
}

/// A server that runs while it is measured.
enum HTTPBenchServer {
    /// Starts it on a free port, waits until it answers, and ends it.
    static func with(_ command: String, _ body: (Int) throws -> Void) async throws {
        let port = try Program.freePort()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "exec " + command.replacing("{port}", with: "\(port)")]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try Program.start(process)
        defer {
            process.terminate()
            process.waitUntilExit()
        }
        let probe = URL(string: "http://127.0.0.1:\(port)/")!
        for _ in 0..<600 {
            guard process.isRunning else { break }
            if (try? Program.output(of: "/usr/bin/env", ["curl", "-s", "-o", "/dev/null", probe.absoluteString])) != nil
            {
                return try body(port)
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw Failure(.failed, "'\(command)' did not answer on port \(port).")
    }
}
