import ArgumentParser
import Foundation
import Simulator

struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs a simulated OpenAI-compatible server that paces its answers precisely.",
        discussion: """
            Example:
              flperf simulate --port 8000 --ttft 50ms --itl 10ms --jitter 0.2 --truth truth.csv
              flperf run --endpoint http://127.0.0.1:8000
            """)

    @Option(help: "The address to listen on.") var host = "127.0.0.1"
    @Option(help: "The port to listen on; 0 takes a free one and prints it.") var port = 8000
    @Option(help: ArgumentHelp("A model's name; may be given several times.", valueName: "name")) var model: [String] =
        []
    @Option(help: ArgumentHelp("From the request to the first content.", valueName: "duration")) var ttft: TimeSpan =
        TimeSpan(.milliseconds(50))
    @Option(help: ArgumentHelp("From one chunk to the next.", valueName: "duration")) var itl: TimeSpan = TimeSpan(
        .milliseconds(10))
    @Option(help: ArgumentHelp("Answers at once; further requests wait.", valueName: "answers")) var slots: Int?
    @Option(help: "How far each wait strays, as a fraction of it, 0–1.") var jitter = 0.0
    @Option(help: "Tokens of an answer that the request does not limit below this.") var tokens = 128
    @Option(help: "Tokens in one chunk.") var tokensPerChunk = 1
    @Option(help: "Share of requests that get status 500.") var errors = 0.0
    @Option(help: "Share of streams that end halfway with an error object.") var streamErrors = 0.0
    @Option(help: "Share of streams whose connection is closed halfway.") var truncate = 0.0
    @Option(help: "Share of requests that never get an answer.") var hang = 0.0
    @Option(help: ArgumentHelp("Length of a stall; see --stall-every.", valueName: "duration")) var stall: TimeSpan =
        TimeSpan(.milliseconds(500))
    @Option(help: ArgumentHelp("Stall after every so many chunks.", valueName: "chunks")) var stallEvery: Int?
    @Flag(inversion: .prefixedNo, help: "Report token counts when they are asked for.") var usage = true
    @Option(help: "What texts, jitter and faults are drawn from.") var seed: UInt64 = 1
    @Flag(help: "Print JSON on standard output instead of text.") var json = false
    @Option(help: ArgumentHelp("Keep when each chunk was really written.", valueName: "file")) var truth: String?

    private struct Listening: Encodable {
        var url: String
        var models: [String]
    }

    func run() async throws {
        var configuration = SimulatorConfiguration()
        configuration.host = host
        configuration.port = port
        if !model.isEmpty { configuration.models = model.map { SimulatedModel($0) } }
        configuration.ttft = ttft.duration
        configuration.itl = itl.duration
        configuration.slots = slots
        configuration.jitter = jitter
        configuration.tokens = tokens
        configuration.tokensPerChunk = tokensPerChunk
        configuration.errorRate = errors
        configuration.streamErrorRate = streamErrors
        configuration.truncateRate = truncate
        configuration.hangRate = hang
        configuration.stall = stall.duration
        configuration.stallEvery = stallEvery
        if !usage { configuration.quirks.insert(.noUsage) }
        configuration.seed = seed
        let simulator = try RunningSimulator.start(configuration, truth: truth)
        let names = configuration.models.map(\.id)
        let url = "http://\(host):\(simulator.port)"
        if json {
            try Console.json(Listening(url: url, models: names))
        } else {
            Console.out("Listening on \(url) with \(names.joined(separator: ", ")). Ctrl-C stops it.")
        }
        let signals = Interrupts { Task { await simulator.stop() } }
        defer { signals.stop() }
        await simulator.wait()
    }
}
