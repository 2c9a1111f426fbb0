import ArgumentParser
import Audit
import DataFolder
import Export
import Formulas
import Foundation
import Results
import Runs

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes runs, results, samples and log lines for other tools, and reports for people.",
        discussion: """
            Example:
              flperf export latest --format csv --output results.csv
              flperf export --output everything.db
              flperf export --table samples --format ndjson | head
              flperf export latest --format markdown >> "$GITHUB_STEP_SUMMARY"
              flperf export latest --fail-on 'ttft_p95>300ms' --output junit.xml

            json      of one run the original's shape; else every table, or those of --table
            csv       one table (results by default), the original's columns first; a text that a spreadsheet would take for a
                      formula has an apostrophe in front
            ndjson    one table, an object a line
            sqlite    a database: the original's tables models, benchmark_runs, benchmark_results and logs; samples; and, in
                      flperf_models, flperf_runs, flperf_results and figures, what the original did not have
            markdown  a run for a pull request or a step summary
            html      a run as one page that needs nothing else
            junit     a run as test cases, one for each --fail-on at each result
            otlp      OpenTelemetry metrics (gen_ai.server.time_to_first_token, …) in OTLP's JSON form, a line a run

            Events as CloudEvents are written by `flperf log export`.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case json, csv, ndjson, sqlite, markdown, html, junit, otlp

        /// Whether it shows one run.
        var isReport: Bool { [.markdown, .html, .junit].contains(self) }

        /// What a file of this name is taken for.
        init?(fileName: String) {
            switch (fileName as NSString).pathExtension.lowercased() {
            case "json": self = .json
            case "csv": self = .csv
            case "ndjson", "jsonl": self = .ndjson
            case "db", "sqlite", "sqlite3": self = .sqlite
            case "md": self = .markdown
            case "html", "htm": self = .html
            case "xml": self = .junit
            default: return nil
            }
        }
    }

    @OptionGroup var options: GlobalOptions
    @OptionGroup var past: PastOption
    @Argument(help: "The run's id, the beginning of it, or 'latest'; every run by default.") var run: String?
    @Option(
        help:
            "json, csv, ndjson, sqlite, markdown, html, junit or otlp; by default what the output's name ends with, else json."
    )
    var format: Format?
    @Option(help: "models, runs, results, samples or logs. May be given several times for json.") var table:
        [ExportedTable] =
            []
    @Option(help: "The formula set that fills the original's columns; the run's own by default.") var formulas: String?
    @Option(help: ConditionHelp.failOn) var failOn: [String] = []
    @Option(name: [.short, .long], help: "The file to write; standard output by default.") var output: String?
    @Flag(
        help: """
            Of samples as csv or ndjson: what is written stays as FILE.partial when the export is interrupted, and the same \
            command goes on from there.
            """) var resume = false

    private var chosen: Format { format ?? output.flatMap { Format(fileName: $0) } ?? .json }

    func validate() throws {
        let name = chosen.rawValue
        if chosen.isReport, run == nil {
            throw ValidationError("'\(name)' shows one run: name it, or 'latest'.")
        }
        if chosen == .sqlite, output == nil {
            throw ValidationError("'sqlite' is no text: name the file with --output.")
        }
        if !table.isEmpty, ![.json, .csv, .ndjson].contains(chosen) {
            throw ValidationError("'--table' goes with json, csv and ndjson: '\(name)' has what it has.")
        }
        if table.count > 1, chosen != .json {
            throw ValidationError("'\(name)' is one table: give '--table' once.")
        }
        if resume, output == nil || table != [.samples] || ![.csv, .ndjson].contains(chosen) {
            throw ValidationError("'--resume' goes with '--table samples' as csv or ndjson, and with --output.")
        }
        if !failOn.isEmpty, !chosen.isReport {
            throw ValidationError("'--fail-on' goes with markdown, html and junit.")
        }
    }

    func run() async throws {
        let installation = try options.open(past)
        defer { installation.close() }
        let detail = try run.map { name in
            guard let detail = try installation.run(name).value else {
                throw Failure(.failed, "Unknown run '\(name)'. `flperf runs list` shows those there are.")
            }
            return detail
        }
        let set = try (formulas ?? (chosen.isReport ? detail?.run.formula_set : nil)).map(installation.chosenSet)
        if let detail, chosen == .json, table.isEmpty {
            let results = try set.map { try installation.columns(of: detail.results, from: $0) } ?? detail.results
            return try write(
                RunExport(run: detail.run, results: results).json(),
                saying: "\(Figures.counted(results.count, "result", "results")) of run \(detail.run.id)")
        }
        if let detail, let set, chosen.isReport {
            let document = try Conditions(failOn, in: set).document(of: installation.evaluate(detail, with: set))
            return try write(document.bytes(as: chosen), saying: "run \(detail.run.id)")
        }
        try await stream(try source(installation, detail?.run, set))
    }

    private func source(_ installation: Installation, _ run: RunRow?, _ set: FormulaSet?) throws -> ExportSource {
        var columns: (@Sendable ([ResultRow]) throws -> [ResultRow])?
        if let set { columns = { rows in try installation.columns(of: rows, from: set) } }
        return ExportSource(
            log: installation.log, others: past.asOf == nil ? installation.sources.logs() : [],
            tables: installation.tables, position: try installation.runs().position, run: run, columns: columns)
    }

    private func write(_ bytes: [UInt8], saying what: String) throws {
        guard let output else { return Console.out(bytes) }
        let file = try OutputFile(path: output)
        try file.write(bytes)
        try file.finish()
        Console.error("Wrote \(output): \(what).")
    }

    /// Writes what may be long, until it is done or interrupted.
    private func stream(_ source: ExportSource) async throws {
        let task = Task { [self] in
            let progress = ProgressLine("Exporting")
            defer { progress.end() }
            return try export(source) { progress.update($0, of: $1, "events") }
        }
        let signals = Interrupts { task.cancel() }
        defer { signals.stop() }
        do {
            let summary = try await task.value
            let place = output.map { "Wrote \($0): " } ?? ""
            Console.error(
                "\(place)\(Figures.counted(summary.rows, "row", "rows")), \(Figures.bytes(summary.bytes)), as of position \(source.position)."
            )
        } catch is CancellationError {
            let what =
                resume
                ? "the same command goes on from here"
                : output.map { "\($0) was not written" } ?? "the output is not whole"
            throw Failure(.interrupted, "Interrupted: \(what).")
        }
    }

    private func export(_ source: ExportSource, _ progress: (UInt64, UInt64) -> Void) throws -> ExportSummary {
        if chosen == .sqlite { return try SQLiteExport().write(source, to: output ?? "", progress: progress) }
        if resume { return try resume(source, progress) }
        let file = try output.map { try OutputFile(path: $0) }
        let write: ([UInt8]) throws -> Void = { bytes in
            if let file { return try file.write(bytes) }
            Console.out(bytes)
            try Console.checkOutput()
            // A reader that has seen enough, as `head` has, ends it, and that is no failure.
            guard Console.isRead else { throw ExitCode.success }
        }
        let summary: ExportSummary
        switch chosen {
        case .otlp: summary = try OTLPExport().write(source, to: write, progress: progress)
        case .csv, .ndjson:
            summary = try TextExport(chosen == .csv ? .csv : .ndjson, of: table.isEmpty ? [.results] : table)
                .write(source, to: write, progress: progress)
        default:
            summary = try TextExport(.json, of: table.isEmpty ? ExportedTable.allCases : table)
                .write(source, to: write, progress: progress)
        }
        try file?.finish()
        return summary
    }
}

extension ExportCommand {
    private func resume(
        _ source: ExportSource, _ progress: (UInt64, UInt64) -> Void
    ) throws -> ExportSummary {
        let format: TextFormat = chosen == .csv ? .csv : .ndjson
        guard !source.isOfSeveralLogs else {
            throw Failure(
                .usage, "'--resume' goes by positions, and logs of several machines are exported: name a run.")
        }
        let file = try ResumableFile(path: output ?? "", format: format)
        var source = source
        if let last = file.lastPosition {
            Console.error("Going on behind position \(last).")
            source.after = last
        }
        let summary = try TextExport(format, of: [.samples])
            .write(source, to: { try file.write($0) }, progress: progress)
        try file.finish()
        return summary
    }
}

extension ExportedTable: ExpressibleByArgument {}

extension RunDocument {
    /// The bytes of a report.
    func bytes(as format: ExportCommand.Format) -> [UInt8] {
        switch format {
        case .html: Array(HTMLReport.page(of: self).utf8)
        case .junit: Array(JUnitReport.xml(of: self).utf8)
        default: Array(MarkdownReport.text(of: self).utf8)
        }
    }
}
