import ArgumentParser
import Audit
import DataFolder
import EventStore
import Export
import Foundation

extension LogCommand {
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes events for auditors, archives and spreadsheets, beside whatever writes the log.",
            discussion: """
                Example:
                  flperf log export log.jsonl
                  flperf log export --format csv --type InferenceSampled --since 24h samples.csv
                  flperf log export --format tlog-tiles tiles

                cloudevents  CloudEvents 1.0 in JSON, a line each, with leaf hashes; without filters, `flperf log import`
                             makes the same log of it
                ndjson       the lines of `flperf log show --json`
                csv          a table
                tlog-tiles   a folder with the checkpoint, the hash tree and the stored bytes (c2sp.org/tlog-tiles)
                """)

        enum Format: String, ExpressibleByArgument, CaseIterable {
            case cloudevents, ndjson, csv
            case tlogTiles = "tlog-tiles"
        }

        @OptionGroup var options: GlobalOptions
        @OptionGroup var filter: Filter
        @Option(help: "cloudevents, ndjson, csv or tlog-tiles.") var format: Format = .cloudevents
        @Option(help: "The first position.") var from: UInt64?
        @Option(help: "The last position; by default the log's last one.") var to: UInt64?
        @Option(help: "Only events recorded then or later: 2026-01-21T07:30:00Z, or 24h, 7d back from now.")
        var since: Moment?
        @Option(help: "Only events recorded before: 2026-01-21T07:30:00Z, or 24h, 7d back from now.")
        var until: Moment?
        @Flag(help: "Leave out prompts and outputs that are kept apart from their events; proofs still hold.")
        var withoutTexts = false
        @Flag(help: "Of tlog-tiles: leave the events out, and write only their hashes.") var noEntries = false
        @Argument(help: "The file to write, of tlog-tiles the folder; standard output by default.") var file: String?

        func validate() throws {
            if let from, from == 0 { throw ValidationError("'--from': positions count from 1.") }
            if let to, to == 0 { throw ValidationError("'--to': positions count from 1.") }
            if let from, let to, to < from { throw ValidationError("'--to' \(to) lies before '--from' \(from).") }
            guard format == .tlogTiles else {
                if noEntries { throw ValidationError("'--no-entries' goes with '--format tlog-tiles'.") }
                return
            }
            guard file != nil else { throw ValidationError("'--format tlog-tiles' writes a folder: name it.") }
            guard !hasFilters else {
                throw ValidationError("'--format tlog-tiles' takes no filter: its tree covers the whole log.")
            }
        }

        private var hasFilters: Bool {
            from != nil || to != nil || since != nil || until != nil || !filter.type.isEmpty || filter.stream != nil
                || withoutTexts
        }

        func run() async throws {
            guard let lines = LogFormat(rawValue: format.rawValue) else { return try await writeTiles(to: file ?? "") }
            var export = LogExport(lines)
            export.selection.from = from ?? 1
            export.selection.through = to
            export.selection.types = try filter.types()
            export.selection.stream = filter.stream
            export.selection.since = since?.nanoseconds
            export.selection.until = until?.nanoseconds
            export.withTexts = !withoutTexts

            let installation = try options.openExisting()
            defer { installation.close() }
            let log = installation.log
            let task = Task { [file, export] in try Self.write(export, of: log, to: file) }
            let signals = Interrupts { task.cancel() }
            defer { signals.stop() }
            do {
                let summary = try await task.value
                let place = file.map { "Wrote \($0): " } ?? ""
                Console.error(
                    "\(place)\(Figures.counted(summary.events, "event", "events")), \(Figures.bytes(summary.bytes)), as of position \(summary.asOf)."
                )
            } catch is CancellationError {
                throw Failure(
                    .interrupted, "Interrupted: \(file.map { "\($0) was not written" } ?? "the output is not whole").")
            }
        }

        private func writeTiles(to folder: String) async throws {
            let installation = try options.openExisting()
            defer { installation.close() }
            let log = installation.log
            let key = try CheckpointKey.existingOrNew(in: installation.folder, source: log.source)
            let entries = !noEntries
            let task = Task {
                let progress = ProgressLine("Exporting")
                defer { progress.end() }
                return try TlogTilesExport.write(
                    log: log, key: key, to: folder, entries: entries, isCancelled: { Task.isCancelled },
                    progress: { progress.update($0, of: $1, "files") })
            }
            let signals = Interrupts { task.cancel() }
            defer { signals.stop() }
            do {
                let summary = try await task.value
                Console.error(
                    "Wrote \(folder): \(Figures.counted(summary.filesWritten, "file", "files")), \(Figures.count(summary.filesKept)) there already, a tree of \(Figures.counted(summary.checkpoint.checkpoint.size, "event", "events"))."
                )
            } catch is CancellationError {
                throw Failure(.interrupted, "Interrupted: the same command goes on from here.")
            }
        }

        private static func write(_ export: LogExport, of log: EventLog, to path: String?) throws -> LogExport.Summary {
            let progress = ProgressLine("Exporting")
            defer { progress.end() }
            let tell = { (done: UInt64, total: UInt64) in progress.update(done, of: total, "events") }
            guard let path else {
                return try export.write(log, to: toStandardOutput, progress: tell)
            }
            let file = try OutputFile(path: path)
            let summary = try export.write(log, to: { try file.write($0) }, progress: tell)
            try file.finish()
            return summary
        }

        private static func toStandardOutput(_ bytes: [UInt8]) throws {
            Console.out(bytes)
            try Console.checkOutput()
            // A reader that has seen enough, as `head` has, ends it, and that is no failure.
            guard Console.isRead else { throw ExitCode.success }
        }
    }
}
