import ArgumentParser
import Foundation
import Simulator

struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs a simulated model server that paces its answers precisely, and poses as any that people run.",
        discussion: """
            Example:
              flperf simulate --port 8000 --ttft 50ms --itl 10ms --jitter 0.2 --truth truth.csv
              flperf run --endpoint http://127.0.0.1:8000

              flperf simulate --as ollama --model fast:1b:itl=5ms,load=2s,size=800MB --model slow:7b:itl=40ms,missing,download=30s
              flperf simulate --as foundry --quirk ignores-hang-up

            After a model's name may stand, behind a colon and separated by commas:
              \(SimulatedModelOption.help)
            """)

    @Option(help: "The address to listen on.") var host = "127.0.0.1"
    @Option(help: "The port to listen on; 0 takes a free one and prints it. By default the usual one of the kind.")
    var port: Int?
    @Option(name: .customLong("as"), help: "The kind of server that it poses as.") var personality = Personality.openAI
    @Flag(help: "With --as llamacpp: a router over all models, which loads and unloads them on request.")
    var router = false
    @Option(
        help: ArgumentHelp(
            "A model's name, with what it is like behind it; may be given several times.", valueName: "name[:words]"),
        transform: SimulatedModelOption.init)
    var model: [SimulatedModelOption] = []
    @Option(
        help: ArgumentHelp(
            "From the request to the first content. (default: 50 ms, or the model's)", valueName: "duration"))
    var ttft: TimeSpan?
    @Option(help: ArgumentHelp("From one chunk to the next. (default: 10 ms, or the model's)", valueName: "duration"))
    var itl: TimeSpan?
    @Option(help: "A habit beside the usual ones of the kind; may be given several times.") var quirk: [Quirk] = []
    @Option(help: "A usual habit of the kind that it is not to have; may be given several times.")
    var noQuirk: [Quirk] = []
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
    @Option(help: "What texts, jitter and faults are drawn from.") var seed: UInt64 = 1
    @Flag(help: "Print JSON on standard output instead of text.") var json = false
    @Option(help: ArgumentHelp("Keep when each chunk was really written.", valueName: "file")) var truth: String?

    private struct Listening: Encodable {
        var url: String
        var models: [String]
    }

    func validate() throws {
        guard !router || personality == .llamaCpp else {
            throw ValidationError("--router goes with --as llamacpp alone.")
        }
    }

    func run() async throws {
        var configuration = SimulatorConfiguration(as: personality)
        configuration.host = host
        configuration.port = port ?? personality.usualPort
        configuration.isRouter = router
        if !model.isEmpty { configuration.models = model.map(\.model) }
        // A pace for all goes before that of the models that were not asked for by name.
        if let ttft {
            configuration.ttft = ttft.duration
            if model.isEmpty { configuration.models.indices.forEach { configuration.models[$0].ttft = nil } }
        }
        if let itl {
            configuration.itl = itl.duration
            if model.isEmpty { configuration.models.indices.forEach { configuration.models[$0].itl = nil } }
        }
        configuration.quirks = configuration.quirks.union(quirk).subtracting(noQuirk)
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
        configuration.seed = seed
        let simulator = try RunningSimulator.start(configuration, truth: truth)
        let names = configuration.models.map(\.id)
        let url = "http://\(host):\(simulator.port)"
        if json {
            try Console.json(Listening(url: url, models: names))
        } else {
            Console.out(
                "Listening on \(url) as \(personality.rawValue) with \(names.joined(separator: ", ")). Ctrl-C stops it."
            )
        }
        let signals = Interrupts { Task { await simulator.stop() } }
        defer { signals.stop() }
        await simulator.wait()
    }
}

extension Personality: ExpressibleByArgument {}
extension Quirk: ExpressibleByArgument {}
