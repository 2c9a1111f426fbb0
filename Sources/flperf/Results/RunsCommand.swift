import ArgumentParser
import DataFolder
import Formulas
import Foundation
import Runs

struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "Lists runs, shows their results, deletes and restores them.",
        subcommands: [List.self, Show.self, Delete.self, Restore.self],
        defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the runs, newest first.",
            discussion:
                "Example:\n  flperf runs list --limit 10\n  flperf runs list --as-of 2026-01-31T18:00:00Z\n  flperf runs list --deleted"
        )

        @OptionGroup var options: GlobalOptions
        @OptionGroup var past: PastOption
        @Option(help: "Show no more than this many.") var limit = 50
        @Flag(help: "List the deleted ones instead.") var deleted = false

        func validate() throws {
            guard limit > 0 else { throw ValidationError("'--limit' must be at least 1, found \(limit).") }
        }

        func run() async throws {
            let installation = try options.open(past)
            defer { installation.close() }
            let answer = try deleted ? installation.deletedRuns() : installation.runs()
            let runs = answer.value
            if options.json {
                return try Console.json(
                    Listing(name: "runs", rows: Array(runs.prefix(limit)), position: answer.position))
            }
            guard !runs.isEmpty else {
                return Console.error(
                    deleted ? "No run is deleted." : "There is no run yet. `flperf run` makes one.")
            }
            // On a single machine the source is this one.
            let hasOthers = runs.contains { $0.source != installation.log.source.description }
            var table = TextTable(
                [
                    ("Run", .left), ("Started (UTC)", .left), ("Suite", .left), ("Models", .left), ("Samples", .right),
                    ("Failed", .right), ("Status", .left),
                ] + (hasOthers ? [("Source", .left)] : []))
            for run in runs.prefix(limit) {
                table.add(
                    [
                        run.id, Figures.moment(milliseconds: run.started_at ?? run.created_at), run.suite_name,
                        run.model_aliases.joined(separator: ", "), Figures.count(run.samples),
                        Figures.count(run.failed_samples),
                        run.statusInWords,
                    ] + (hasOthers ? [String(run.source.prefix(8))] : []))
            }
            Console.out(table.render(.output))
            if runs.count > limit {
                Console.error("\(runs.count - limit) older ones are not shown; --limit shows more.")
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows one run: its models' scores, and every result.",
            discussion: """
                Example:
                  flperf runs show latest --formulas flperformance/1
                  flperf runs show latest --failures infinite
                """)

        @OptionGroup var options: GlobalOptions
        @OptionGroup var past: PastOption
        @Argument(help: "The run's id, the beginning of it, or 'latest'.") var run: String
        @Option(help: "The formula set to show; the run's own by default.") var formulas: String?
        @OptionGroup var failures: FailuresOption

        func run() async throws {
            let installation = try options.open(past)
            defer { installation.close() }
            let answer = try installation.run(run)
            guard let detail = answer.value else {
                if let row = try installation.deletedRun(run) {
                    throw Failure(
                        .failed, "Run '\(row.id)' was deleted. `flperf runs restore \(row.id)` brings it back.")
                }
                throw Failure(.failed, "Unknown run '\(run)'. `flperf runs list` shows those there are.")
            }
            let set = try installation.chosenSet(formulas ?? detail.run.formula_set)
            let report = RunReport(try installation.evaluate(detail, with: set, failures: failures.failures))
            if options.json { return try Console.json(report) }
            Console.out(report.text(.output))
        }
    }
}

extension RunRow {
    /// The status, and what a word alone would hide.
    var statusInWords: String {
        var words = status.rawValue
        if status == .completed, failed_phases > 0 { words += " with failures" }
        if simulated { words += ", simulated" }
        if let origin { words += ", imported from \(origin)" }
        return words
    }
}
