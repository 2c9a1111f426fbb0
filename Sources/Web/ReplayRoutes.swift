import DataFolder
import Foundation
import Hummingbird
import NIOCore
import ProjectionKit
import Results

/// How far a run that is played again has come.
private struct StepView: Encodable {
    var position: UInt64
    /// ms since the run's first event.
    var at: Double
    /// `InferenceSampled`.
    var event: String
    @Nullable var model: String?
    @Nullable var scenario: String?
    @Nullable var concurrency: Int?
    /// Requests per second.
    @Nullable var rate: Double?
    /// ms of the sample; null when it is none, or gave no content.
    @Nullable var ttft: Double?
    /// What happened, or what failed.
    @Nullable var text: String?
    var samples: Int
    var failed_samples: Int
    @Nullable var planned_samples: Int?

    init(_ step: ReplayStep) {
        (position, event, model) = (step.position, step.event.type.name, step.model)
        at = step.at / .milliseconds(1)
        (samples, failed_samples, planned_samples) = (step.samples, step.failed, step.planned)
        text = step.inWords
        guard case .inferenceSampled(let sample) = step.event else { return }
        scenario = sample.scenario
        if sample.rateMillionths > 0 {
            rate = Double(sample.rateMillionths) / 1e6
        } else {
            concurrency = Int(sample.level)
        }
        if sample.hasFirstContentNs { ttft = Double(sample.firstContentNs - sample.startedNs) / 1e6 }
        if sample.error != .none { text = sample.errorMessage }
    }
}

private struct ResultsView: Encodable {
    var results: [ResultRow]
    var scores: [ScoreRow]
}

private struct EndView: Encodable {
    /// Whether every row that was built from the events is the one in the tables.
    var equal: Bool
    var differences: [RowDifference]
    /// Of the last event that was played.
    var position: UInt64
}

/// `GET /api/benchmarks/runs/{id}/replay?speed=…&until=…`: a run played again, as server-sent events.
///
/// - `step`: an event has happened; samples come at most every 40 ms, the others being in its counts. Its id is the position.
/// - `results`: the rows built so far, at most every half second.
/// - `end`: all were played, and how the rows compare with the tables.
/// - `failed`: why it ended early.
func addReplayRoutes(to table: inout RouteTable, _ sources: WebSources) {
    let installation = sources.installation

    table.get(
        "/api/benchmarks/runs/{id}/replay", "A run played again, as server-sent events.",
        query: [
            Parameter(name: "speed", kind: .speed, summary: "How fast: a number above 0, or max; 1."),
            Parameter(
                name: "until", kind: .integer(Parameter.positions), summary: "The last position that is played."),
        ], answer: .text("text/event-stream")
    ) { call in
        let id = try call.id
        guard let run = try installation.run(id).value?.run, run.id == id else {
            throw try Problem.noRun(id, installation)
        }
        let speed = call.query.text("speed").flatMap(ReplaySpeed.init) ?? .times(1)
        let until = try call.query.integer("until").map { position in
            guard position >= run.first_position else {
                throw Problem.unknownParameter(
                    "until", "must be a position from \(run.first_position) on, the run's first, found '\(position)'.")
            }
            return UInt64(position)
        }
        try sources.streams.check()
        let replay = try RunReplay(of: run, until: until, in: installation)
        let body = ResponseBody { writer in
            defer { replay.close() }
            try sources.streams.begin()
            defer { sources.streams.end() }
            var stage = ReplayStage(writer: writer)
            do {
                try await stage.play(replay, speed)
            } catch  where !(error is CancellationError) {
                try await stage.send("failed", ["error": "\(error)"])
            }
            try await stage.writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"], body: body)
    }
}

/// Where a replay is written to.
private struct ReplayStage {
    var writer: any ResponseBodyWriter
    private let encoder: JSONEncoder
    private let clock = ContinuousClock()
    private var lastStep: ContinuousClock.Instant?
    private var lastResults: ContinuousClock.Instant?

    /// Least time between two steps that are samples, and between two looks at the rows.
    private static let pauses = (step: Duration.milliseconds(40), results: Duration.milliseconds(500))

    init(writer: any ResponseBodyWriter) {
        self.writer = writer
        encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    }

    mutating func play(_ replay: RunReplay, _ speed: ReplaySpeed) async throws {
        var last: ReplayStep?
        try await replay.play(speed) { step in
            try await show(step)
            last = step
            if let lastResults, clock.now - lastResults < Self.pauses.results { return }
            try await showResults(of: replay, at: step.position)
        }
        if let last {
            try await send("step", StepView(last), id: last.position)
            try await showResults(of: replay, at: last.position)
        }
        let differences = try await replay.differences()
        try await send(
            "end", EndView(equal: differences.isEmpty, differences: differences, position: last?.position ?? 0))
    }

    private mutating func show(_ step: ReplayStep) async throws {
        let isMany = step.inWords == nil
        if isMany, let lastStep, clock.now - lastStep < Self.pauses.step { return }
        if isMany { lastStep = clock.now }
        try await send("step", StepView(step), id: step.position)
    }

    private mutating func showResults(of replay: RunReplay, at position: UInt64) async throws {
        let id = replay.run.id
        let view = try await replay.at(position) { installation in
            try installation.run(id).value.map { ResultsView(results: $0.results, scores: $0.scores) }
        }
        if let view { try await send("results", view) }
        lastResults = clock.now
    }

    mutating func send(_ event: String, _ value: some Encodable, id: UInt64? = nil) async throws {
        var text = ByteBuffer()
        if let id { text.writeString("id: \(id)\n") }
        text.writeString("event: \(event)\ndata: ")
        text.writeBytes(try encoder.encode(value))
        text.writeString("\n\n")
        try await writer.write(text)
    }
}

extension Parameter.Kind {
    /// What `ReplaySpeed` reads.
    fileprivate static var speed: Parameter.Kind {
        .matching("^(max|[1-9][0-9]{0,5}([.][0-9]{1,3})?|0[.][0-9]{0,2}[1-9])$", "max or a number above 0")
    }
}
