import ArgumentParser
import DataFolder
import Foundation
import ProjectionKit
import Synchronization

struct Rebuild: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Builds the tables anew from the log, or checks them against it.",
        discussion:
            """
            The tables that are there serve until the new ones take their place, in one step; Ctrl-C leaves them as they are.

            An event that can't be folded (a newer flperf wrote it, or it is not what it says) stops the rebuild, which names \
            it. --skip-poisoned leaves such events out instead; --check and `flperf doctor` list them from then on.

            Example:
              flperf rebuild results
              flperf rebuild --skip-poisoned
              flperf rebuild --check
            """
    )

    @OptionGroup var options: GlobalOptions
    @Argument(
        help:
            "Which of \(Installation.projections.map { $0.name }.joined(separator: ", ")); all of them when none is named."
    ) var names: [String] = []
    @Flag(help: "Change nothing: fold once more beside the tables and print every row that differs.") var check = false

    @Flag(help: "Leave out events that can't be folded, and say which, instead of stopping.") var skipPoisoned = false

    private struct Outcome: Encodable {
        var projections: [String]
        var events: UInt64
        var seconds: Double
        var events_per_second: Double
        var left_out: [PoisonedEvent]
    }

    private struct Findings: Encodable {
        var differences: [RowDifference]
        var left_out: [PoisonedEvent]
    }

    func validate() throws {
        guard !(check && skipPoisoned) else {
            throw ValidationError("'--check' changes nothing, and '--skip-poisoned' does: give one of them.")
        }
    }

    func run() async throws {
        // Without a fold of the old tables: whatever is wrong with them is what this mends.
        let installation = try options.open(folding: check, rebuilding: check)
        defer { installation.close() }
        let projector = installation.projector
        let chosen = names.isEmpty ? Installation.projections.map { $0.name } : names
        let progress = ProgressLine(check ? "Checking" : "Rebuilding", isQuiet: options.json)
        let stop = Atomic(false)
        let signals = Interrupts { stop.store(true, ordering: .relaxed) }
        defer { signals.stop() }
        let start = ContinuousClock.now
        var differences: [RowDifference] = []
        do {
            defer { progress.end() }
            if check {
                differences = try projector.check(names, isCancelled: { stop.load(ordering: .relaxed) }) {
                    progress.update($0, of: $1, "events")
                }
            } else {
                try projector.rebuild(
                    names, skippingPoisoned: skipPoisoned, isCancelled: { stop.load(ordering: .relaxed) }
                ) {
                    progress.update($0, of: $1, "events")
                }
            }
        } catch is CancellationError {
            throw Failure(.interrupted, "Interrupted: the tables are as they were.")
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let leftOut = try projector.leftOut().filter { chosen.contains($0.projection) }
        if check { return try report(differences, leftOut, chosen) }
        let events = try installation.log.lastPosition()
        let rate = Double(events) / max(seconds, 1e-9)
        if options.json {
            return try Console.json(
                Outcome(
                    projections: chosen, events: events, seconds: seconds, events_per_second: rate, left_out: leftOut))
        }
        Console.out(
            "Rebuilt \(chosen.joined(separator: ", ")) from \(Figures.count(events)) events in \(Figures.duration(seconds)), \(Figures.count(Int(rate))) events/s."
        )
        if let sentences = leftOut.inWords { Console.out(sentences) }
    }

    private func report(_ differences: [RowDifference], _ leftOut: [PoisonedEvent], _ chosen: [String]) throws {
        if options.json {
            try Console.json(Findings(differences: differences, left_out: leftOut))
        } else if differences.isEmpty {
            Console.out("No difference: \(chosen.joined(separator: ", ")) are what the log says.")
        } else {
            for difference in differences { Console.out(difference.inWords) }
        }
        if !options.json, let sentences = leftOut.inWords { Console.out(sentences) }
        if !differences.isEmpty {
            throw Failure(
                .logIntegrity,
                "\(Figures.counted(differences.count, "row differs", "rows differ")) from the log. `flperf rebuild` makes them anew."
            )
        }
    }
}

extension RowDifference {
    /// Both rows, one below the other.
    var inWords: String { "\(table) \(key)\n  live      \(live ?? "—")\n  refolded  \(refolded ?? "—")" }
}

extension [PoisonedEvent] {
    /// How many events the tables lack, and a line for each; nil when they lack none.
    var inWords: String? {
        guard !isEmpty else { return nil }
        let events = Dictionary(grouping: self, by: \.position).sorted { $0.key < $1.key }
        let lines = events.map { position, entries in
            "  event \(position) (\(entries[0].type)), not in \(entries.map(\.projection).joined(separator: ", ")): \(entries[0].reason)"
        }
        return
            (["Left out: \(Figures.counted(events.count, "event", "events")) that could not be folded."] + lines)
            .joined(separator: "\n")
    }
}
