import ArgumentParser
import DataFolder
import Foundation
import ProjectionKit
import Synchronization

struct Rebuild: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Builds the tables anew from the log, or checks them against it.",
        discussion:
            "Example:\n  flperf rebuild results\n  flperf rebuild --check\nThe tables that are there serve until the new ones take their place."
    )

    @OptionGroup var options: GlobalOptions
    @Argument(
        help:
            "Which of \(Installation.projections.map { $0.name }.joined(separator: ", ")); all of them when none is named."
    ) var names: [String] = []
    @Flag(help: "Change nothing: fold once more beside the tables and print every row that differs.") var check = false

    private struct Outcome: Encodable {
        var projections: [String]
        var events: UInt64
        var seconds: Double
        var events_per_second: Double
    }

    private struct Difference: Encodable {
        var table: String
        var key: String
        var live: String?
        var refolded: String?
    }

    func run() async throws {
        // Without a fold of the old tables: whatever is wrong with them is what this mends.
        let installation = try options.open(folding: check)
        defer { installation.close() }
        let chosen = names.isEmpty ? Installation.projections.map { $0.name } : names
        let progress = ProgressLine(check ? "Checking" : "Rebuilding", isQuiet: options.json)
        if check {
            let differences = try installation.projector.check(names) { progress.update($0, of: $1, "events") }
            progress.end()
            return try report(differences, chosen)
        }
        let stop = Atomic(false)
        let signals = Interrupts { stop.store(true, ordering: .relaxed) }
        defer { signals.stop() }
        let start = ContinuousClock.now
        do {
            try installation.projector.rebuild(names, isCancelled: { stop.load(ordering: .relaxed) }) {
                progress.update($0, of: $1, "events")
            }
        } catch is CancellationError {
            progress.end()
            throw Failure(.interrupted, "Interrupted: the tables are as they were.")
        }
        progress.end()
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let events = try installation.log.lastPosition()
        let rate = Double(events) / max(seconds, 1e-9)
        if options.json {
            return try Console.json(
                Outcome(projections: chosen, events: events, seconds: seconds, events_per_second: rate))
        }
        Console.out(
            "Rebuilt \(chosen.joined(separator: ", ")) from \(Figures.count(events)) events in \(Figures.duration(seconds)), \(Figures.count(Int(rate))) events/s."
        )
    }

    private func report(_ differences: [RowDifference], _ chosen: [String]) throws {
        if options.json {
            try Console.json(
                differences.map { Difference(table: $0.table, key: $0.key, live: $0.live, refolded: $0.refolded) })
        } else if differences.isEmpty {
            Console.out("No difference: \(chosen.joined(separator: ", ")) are what the log says.")
        } else {
            for difference in differences {
                Console.out(
                    "\(difference.table) \(difference.key)\n  live      \(difference.live ?? "—")\n  refolded  \(difference.refolded ?? "—")"
                )
            }
        }
        if !differences.isEmpty {
            throw Failure(
                .logIntegrity,
                "\(Figures.counted(differences.count, "row differs", "rows differ")) from the log. `flperf rebuild` makes them anew."
            )
        }
    }
}
