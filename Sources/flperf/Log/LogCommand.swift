import ArgumentParser
import Audit
import DataFolder
import EventStore
import Events
import Foundation

struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Shows, proves, verifies, exports, backs up, redacts and ships the event log.",
        subcommands: [
            Show.self, Tail.self, Verify.self, PrintCheckpoint.self, Prove.self, Check.self, Export.self, Import.self,
            Backup.self, Restore.self, Redact.self, Compact.self, Ship.self, Follow.self,
        ],
        defaultSubcommand: Show.self)

    /// Which events are wanted.
    struct Filter: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "Only events of this type, such as InferenceSampled; may be given several times.", valueName: "type"))
        var type: [String] = []
        @Option(
            help: ArgumentHelp(
                "Only events of this stream, such as system, run-<id> or model-<id>.", valueName: "stream")) var stream:
            String?

        func types() throws -> Set<EventType> {
            Set(
                try type.map { name in
                    guard let type = EventType(named: name) else {
                        throw Failure(
                            .usage,
                            "Unknown event type '\(name)'. There are: \(Event.types.map(\.name).joined(separator: ", "))."
                        )
                    }
                    return type
                })
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints events, one line each.",
            discussion: "Example:\n  flperf log show --from 100 --limit 20\n  flperf log show --type ModelLoaded --json"
        )
        @OptionGroup var options: GlobalOptions
        @OptionGroup var filter: Filter
        @Option(help: "The first position.") var from: UInt64 = 1
        @Option(help: "Print no more than this many.") var limit = 100

        func validate() throws {
            guard from > 0 else { throw ValidationError("'--from': positions count from 1.") }
            guard limit > 0 else { throw ValidationError("'--limit' must be at least 1, found \(limit).") }
        }

        func run() async throws {
            let types = try filter.types()
            let installation = try options.open(folding: false)
            defer { installation.close() }
            var left = limit
            try installation.log.scan(from: from, through: nil) { (raw: borrowing RawEvent) in
                guard types.isEmpty || types.contains(raw.type) else { return true }
                let event = try installation.log.decoded(raw)
                guard filter.stream == nil || event.stream.name == filter.stream else { return true }
                try EventLine.write(event, json: options.json)
                left -= 1
                return left > 0 && Console.isRead
            }
            if left == 0 { Console.error("Stopped after \(limit) events; --limit prints more, --from goes on.") }
        }
    }

    struct Tail: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints events as they happen, until Ctrl-C.",
            discussion: "Example:\n  flperf log tail --type InferenceSampled --json")
        @OptionGroup var options: GlobalOptions
        @OptionGroup var filter: Filter
        @Option(help: "The first position; by default only what happens from now on is shown.") var from: UInt64?

        func validate() throws {
            guard from != 0 else { throw ValidationError("'--from': positions count from 1.") }
        }

        func run() async throws {
            let types = try filter.types()
            let installation = try options.open(folding: false)
            defer { installation.close() }
            let start = try from ?? installation.log.lastPosition() + 1
            let json = options.json
            let stream = filter.stream
            let log = installation.log
            let task = Task {
                for try await batch in log.subscribe(from: start) {
                    for event in batch where types.isEmpty || types.contains(event.type) {
                        if stream == nil || event.stream.name == stream { try EventLine.write(event, json: json) }
                    }
                    if !Console.isRead { return }
                }
            }
            let signals = Interrupts { task.cancel() }
            defer { signals.stop() }
            do { try await task.value } catch is CancellationError {}
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Checks every stored event: checksums, order, streams and indexes.",
            discussion: "Example:\n  flperf log verify\n  flperf log verify --against before.checkpoint")
        @OptionGroup var options: GlobalOptions
        @OptionGroup var earlier: EarlierCheckpoint

        private struct Outcome: Encodable {
            var events: UInt64
            var problems: [String]
            var checkpoint: EarlierCheckpoint.Finding?
            var seconds: Double
        }

        func run() async throws {
            let installation = try options.openExisting()
            defer { installation.close() }
            let checkpoint = try earlier.trusted(by: installation)
            let progress = ProgressLine("Verifying", isQuiet: options.json)
            let start = ContinuousClock.now
            let last = try installation.log.lastPosition()
            let verification = try installation.log.verify { done in progress.update(done, of: last, "events") }
            // Where events can't be read there is no root to compare.
            let finding =
                try verification.root != nil
                ? checkpoint.map { checkpoint in
                    try earlier.compare(checkpoint, with: installation) {
                        progress.update($0, of: $1, "events of the checkpoint")
                    }
                } : nil
            progress.end()
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            let problems = verification.problems.map(\.description)
            if options.json {
                try Console.json(
                    Outcome(events: verification.events, problems: problems, checkpoint: finding, seconds: seconds))
            } else if problems.isEmpty {
                Console.out(
                    "\(Figures.count(verification.events)) events, all as they were written. \(Figures.duration(seconds))."
                )
                if let finding, finding.holds { Console.out(finding.sentence) }
            } else {
                for problem in problems { Console.out(problem) }
            }
            try EarlierCheckpoint.require(finding, of: installation.folder)
            if !problems.isEmpty {
                throw Failure(
                    .logIntegrity,
                    "\(Figures.counted(verification.problemCount, "problem", "problems")) in the log of \(installation.folder). Restore a backup; what is readable still serves."
                )
            }
        }
    }
}

extension EventLine {
    /// Prints an event as a line of text or of JSON.
    static func write(_ event: RecordedEvent, json: Bool) throws {
        if json { return Console.out(try EventLine.json(event) + [UInt8(ascii: "\n")]) }
        let time = Date(timeIntervalSince1970: Double(event.recordedAt) / 1e9)
            .formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true))
        let data = String(decoding: try event.event.json(), as: UTF8.self)
        let short = data.count > 160 ? data.prefix(159) + "…" : data[...]
        Console.out("\(event.position)  \(time)  \(event.type.name)  \(event.stream)@\(event.version)  \(short)")
    }
}
