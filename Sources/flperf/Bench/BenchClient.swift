import ArgumentParser
import Foundation

extension Bench {
    struct Client: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Measures what the client itself costs and distorts, against a server that knows the truth.",
            discussion: """
                The server is one that takes -p PORT -t TTFT_us -i ITL_us -n TOKENS -o TRUTH.csv -e CHUNKS.bin and writes when \
                it received each request and wrote each chunk. Answers come first at a pace (TTFT 50 ms, 10 ms between \
                chunks), then as fast as the server can. Ours is 'flperf run', with the durable log and the report; a peer is \
                a command in which {port}, {streams}, {requests}, {tokens} and {folder} (empty, for what it writes) are \
                filled in. All take turns; each figure is the median of the rounds.

                Example:
                  flperf bench client --server ./llmock --peer 'llcurl=./llcurl -p {port} -c {streams} -n {requests} -t {tokens}'
                """)

        @Option(help: "The server's program.") var server: String
        @Option(help: ArgumentHelp("A peer; may be given several times.", valueName: "name=command")) var peer:
            [String] =
                []
        @Option(help: "Requests in flight at once, at a pace; several levels, such as 16,64.") var streams =
            "16,64,256,512"
        @Option(help: "The same, unthrottled; empty for none.") var unthrottled = "16,64"
        @Option(help: "Chunks of an answer.") var tokens = 128
        @Option(help: "Rounds.") var rounds = 3
        @Flag(help: "Print the medians as JSON.") var json = false

        /// One line of the table: what was asked of every client.
        private struct Setting: Hashable {
            var streams: Int
            var pace: TruthServer.Pace

            /// Enough for some ten seconds at a pace.
            var requests: Int { pace == .unthrottled ? 2_000 : max(192, streams * (streams > 64 ? 6 : 10)) }
            var inWords: String { "\(streams) streams\(pace == .unthrottled ? ", unthrottled" : "")" }
        }

        private struct Row: Encodable {
            var streams: Int
            var unthrottled: Bool
            var client: String
            var median: ClientFigures
        }

        func run() async throws {
            let settings =
                try levels(streams, "--streams").map { Setting(streams: $0, pace: .paced) }
                + levels(unthrottled, "--unthrottled").map { Setting(streams: $0, pace: .unthrottled) }
            let peers = try peer.map { text in
                guard let equals = text.firstIndex(of: "=") else {
                    throw Failure(
                        .usage, "'--peer' takes a name and a command, such as 'llcurl=./llcurl', found '\(text)'.")
                }
                return (name: String(text[..<equals]), command: String(text[text.index(after: equals)...]))
            }
            var rows: [Row] = []
            for setting in settings {
                var figures = [[ClientFigures]](repeating: [], count: peers.count + 1)
                for round in 1...max(1, rounds) {
                    Console.error("\(setting.inWords), round \(round) of \(max(1, rounds))")
                    figures[0].append(try await measureOurs(setting))
                    for (index, peer) in peers.enumerated() {
                        figures[index + 1].append(try await measure(peer.command, setting))
                    }
                }
                for (name, figures) in zip(["flperf"] + peers.map(\.name), figures) {
                    rows.append(
                        Row(
                            streams: setting.streams, unthrottled: setting.pace == .unthrottled, client: name,
                            median: .median(of: figures)))
                }
            }
            if json { try Console.json(rows) } else { tell(rows) }
        }

        private func levels(_ text: String, _ option: String) throws -> [Int] {
            try text.split(separator: ",").map { part in
                guard let level = Int(part) else {
                    throw Failure(.usage, "'\(option)' takes whole numbers such as 16,64, found '\(part)'.")
                }
                return try Limits.within(1...1_024, level, option)
            }
        }

        /// Runs ours as a user would: every sample parsed and on the disk, the report printed.
        private func measureOurs(_ setting: Setting) async throws -> ClientFigures {
            try await withFolder { folder in
                let suite = folder + "/suite.json"
                let text = #"{"name":"bench","scenarios":[{"name":"stream","prompt":"Count the chunks."}]}"#
                try text.write(toFile: suite, atomically: true, encoding: .utf8)
                let program = Bundle.main.executablePath ?? CommandLine.arguments[0]
                let (measured, truth) = try await measured(
                    """
                    '\(program)' run --data {folder}/data --suite \(suite) --endpoint http://127.0.0.1:{port} --model mock \
                    --concurrency {streams} --iterations {requests} --max-tokens {tokens} --warmup 0 --progress none
                    """, setting, folder)
                var figures = try ClientFigures(measured, truth)
                try figures.take(log: folder + "/data/log", truth)
                return figures
            }
        }

        private func measure(_ command: String, _ setting: Setting) async throws -> ClientFigures {
            try await withFolder { folder in
                let (measured, truth) = try await measured(command, setting, folder)
                return try ClientFigures(measured, truth)
            }
        }

        private func measured(
            _ command: String, _ setting: Setting, _ folder: String
        ) async throws -> (MeasuredProgram, Truth) {
            let server = try TruthServer(program: server, tokens: tokens, pace: setting.pace, folder: folder)
            let line = command.replacing("{port}", with: "\(server.port)").replacing("{tokens}", with: "\(tokens)")
                .replacing("{streams}", with: "\(setting.streams)").replacing(
                    "{requests}", with: "\(setting.requests)"
                ).replacing("{folder}", with: folder)
            let program = Result { try MeasuredProgram.run(line, outputIn: folder + "/output") }
            let truth = try await server.stop()
            return (try program.get(), truth)
        }

        private func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
            let folder = NSTemporaryDirectory() + "flperf-bench-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            return try await body(folder)
        }

        private func tell(_ rows: [Row]) {
            var table = TextTable([
                ("Streams", .left), ("Client", .left), ("CPU s/M chunks", .right), ("Chunks/s", .right),
                ("Requests/s", .right), ("TTFT error ms", .right), ("p99", .right), ("Chunk error ms", .right),
                ("p99", .right), ("Memory MiB", .right), ("its own", .right), ("Bytes/chunk", .right),
            ])
            for row in rows {
                let figures = row.median
                table.add([
                    "\(row.streams)\(row.unthrottled ? ", unthrottled" : "")", row.client,
                    Figures.number(figures.cpu_seconds_per_million_chunks),
                    Figures.count(Int(figures.chunks_per_second)), Figures.number(figures.requests_per_second),
                    shown(figures.ttft_error_mean_ms), shown(figures.ttft_error_p99_ms),
                    shown(figures.chunk_error_mean_ms), shown(figures.chunk_error_p99_ms),
                    shown(figures.peak_memory_mib), shown(figures.peak_own_memory_mib),
                    shown(figures.arrival_bytes_per_chunk),
                ])
            }
            Console.out(table.render(.output))
            for row in rows {
                guard let stamped = row.median.kernel_stamped_requests, let shared = row.median.shared_reads else {
                    continue
                }
                Console.out(
                    """
                    \(row.streams) streams\(row.unthrottled ? ", unthrottled" : ""): \(Figures.count(stamped)) requests by the \
                    kernel's clock, \(Figures.count(row.median.user_stamped_chunks ?? 0)) chunks that it did not stamp, \
                    \(Figures.count(shared)) reads of several chunks; arrivals waited \(shown(row.median.read_delay_mean_ms)) ms, \
                    at most \(shown(row.median.read_delay_max_ms)) ms; events take \(shown(row.median.event_bytes_per_chunk)) \
                    bytes a chunk.
                    """)
            }
        }

        private func shown(_ value: Double?) -> String { Figures.number(value, digits: 3) }
    }
}
