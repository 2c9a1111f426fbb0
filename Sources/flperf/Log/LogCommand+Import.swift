import ArgumentParser
import Audit
import DataFolder
import EventStore
import Foundation

extension LogCommand {
    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Makes a log again from its CloudEvents export: the same events, positions, times and leaf hashes.",
            discussion: """
                Example:
                  flperf log export log.jsonl
                  flperf log import --data copy log.jsonl

                The data folder's log must be empty, or hold the first events of the export: an import that was interrupted
                goes on. Every line is checked; the first bad one ends the import.
                """)

        @OptionGroup var options: GlobalOptions
        @Argument(help: "The file that `flperf log export` wrote, without filters.") var file: String

        private struct Outcome: Encodable {
            var source: String
            var events_added: UInt64
            var events_already_there: UInt64
        }

        func run() async throws {
            let source = try LogImport(path: file).source
            // The log alone: opening the data folder as a whole may append, and this log is not whole yet.
            let log = try Installation.openLog(of: options.dataFolder.value, source: source)
            defer { log.close() }
            let progress = ProgressLine("Importing", isQuiet: options.json)
            let task = Task { [file] in
                defer { progress.end() }
                return try LogImport(path: file).run(into: log) { progress.update($0, of: $1, "bytes") }
            }
            let signals = Interrupts { task.cancel() }
            defer { signals.stop() }
            do {
                let summary = try await task.value
                if options.json {
                    return try Console.json(
                        Outcome(
                            source: source.description, events_added: summary.added,
                            events_already_there: summary.alreadyThere))
                }
                Console.out(
                    "\(Figures.counted(summary.added, "event", "events")) added, \(Figures.count(summary.alreadyThere)) there already; every leaf hash is the export's."
                )
            } catch is CancellationError {
                throw Failure(
                    .interrupted, "Interrupted: what was imported is kept, and the same command goes on from there.")
            }
        }
    }
}
