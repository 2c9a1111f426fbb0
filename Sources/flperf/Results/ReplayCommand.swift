import ArgumentParser
import Benchmarking
import DataFolder
import EventStore
import Formulas
import ProjectionKit
import Synchronization

struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Plays a run again from its events, and checks that the tables say the same.",
        discussion: """
            The run's rows are built once more from its events alone, in tables of their own. Nothing is measured and nothing is \
            changed. At the end every row is compared with the tables: status 4 when one differs.

            Example:
              flperf replay latest
              flperf replay 01998f2a --speed 10
              flperf replay latest --speed max --until 5120
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The run's id, the beginning of it, or 'latest'.") var run: String
    @Option(
        help: ArgumentHelp("1 takes as long as the run did, 10 a tenth of it, max no time.", valueName: "factor|max"))
    var speed = ReplaySpeed.times(1)
    @Option(help: ArgumentHelp("Stop behind the event of this position.", valueName: "position")) var until: UInt64?

    private struct Outcome: Encodable {
        var report: RunReport?
        var events: Int
        var equal: Bool
        var differences: [RowDifference]

        private enum CodingKeys: CodingKey { case events, equal, differences }

        func encode(to encoder: any Encoder) throws {
            try report?.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(events, forKey: .events)
            try container.encode(equal, forKey: .equal)
            try container.encode(differences, forKey: .differences)
        }
    }

    func run() async throws {
        let installation = try options.open()
        defer { installation.close() }
        guard let detail = try installation.run(run).value else {
            if let row = try installation.deletedRun(run) {
                throw Failure(.failed, "Run '\(row.id)' was deleted. `flperf runs restore \(row.id)` brings it back.")
            }
            throw Failure(.failed, "Unknown run '\(run)'. `flperf runs list` shows those there are.")
        }
        if let until, until < detail.run.first_position {
            throw Failure(
                .usage, "Run \(detail.run.id) begins with event \(detail.run.first_position), after \(until).")
        }
        let replay = try RunReplay(of: detail.run, until: until, in: installation)
        defer { replay.close() }
        let task = Task { try await play(replay) }
        let signals = Interrupts { task.cancel() }
        defer { signals.stop() }
        do {
            try await task.value
        } catch is CancellationError {
            throw Failure(.interrupted, "Interrupted: nothing was changed.")
        }
    }

    private func play(_ replay: RunReplay) async throws {
        let line = ProgressLine("Replaying", isQuiet: options.json)
        var last: ReplayStep?
        var group: [String] = []
        var events = 0
        do {
            defer { line.end() }
            try await replay.play(speed) { step in
                events += 1
                show(step, &group, line)
                last = step
            }
        }
        let position = last?.position ?? 0
        let report = try await replay.at(position) { installation in
            try installation.run(replay.run.id).value.map { detail in
                RunReport(try installation.evaluate(detail, with: installation.chosenSet(detail.run.formula_set)))
            }
        }
        let differences = try await replay.differences()
        if options.json {
            try Console.json(
                Outcome(report: report, events: events, equal: differences.isEmpty, differences: differences))
        } else {
            if let report { Console.out("\n" + report.text(.output) + "\n") }
            for difference in differences { Console.out(difference.inWords) }
            if differences.isEmpty {
                Console.out(
                    "Equal: what \(Figures.counted(events, "event", "events")) up to \(Figures.count(position)) come to is what the tables say."
                )
            }
        }
        guard differences.isEmpty else {
            throw Failure(
                .logIntegrity,
                "\(Figures.counted(differences.count, "row of the tables differs", "rows of the tables differ")) from the run's events. `flperf rebuild` makes them anew."
            )
        }
    }

    /// - Parameter group: the model, scenario and load that the samples before were of.
    private func show(_ step: ReplayStep, _ group: inout [String], _ line: ProgressLine) {
        guard !options.json else { return }
        var words = step.inWords
        if case .inferenceSampled(let sample) = step.event, let level = step.level {
            let model = step.model ?? sample.modelID
            let next = [model, sample.scenario, "\(level)"]
            if next != group { words = next.joined(separator: " · ") }
            group = next
            line.update(
                step.samples, of: step.planned, sample.inWords(model: model, level: level, namingLevel: true))
        }
        guard let words else { return }
        line.end()
        Console.error("\(Style.error.dim("+\(Figures.duration(step.at / .seconds(1)))"))  \(words)")
    }
}

extension ReplaySpeed: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }

    public var defaultValueDescription: String {
        switch self {
        case .times(let factor): Figures.rate(factor)
        case .unlimited: "max"
        }
    }
}
