import ArgumentParser
import DataFolder
import Export
import Formulas
import Foundation

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes one run with its results, in the original's shapes.",
        discussion: "Example:\n  flperf export latest --format csv --output results.csv")

    enum Format: String, ExpressibleByArgument, CaseIterable { case json, csv }

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The run's id, the beginning of it, or 'latest'.") var run: String
    @Option(help: "json or csv.") var format: Format = .json
    @Option(help: "The formula set that fills the original's columns; the run's own by default.") var formulas: String?
    @Option(name: [.short, .long], help: "The file to write; standard output by default.") var output: String?

    func run() async throws {
        let installation = try options.open()
        defer { installation.close() }
        guard let detail = try installation.run(run).value else {
            throw Failure(.failed, "Unknown run '\(run)'. `flperf runs list` shows those there are.")
        }
        let set = try installation.chosenSet(formulas ?? detail.run.formula_set)
        let results = try installation.columns(of: detail.results, from: set)
        let bytes =
            switch format {
            case .json: try RunExport(run: detail.run, results: results).json()
            case .csv: Array(CSVWriter.results(results).utf8)
            }
        guard let output else { return Console.out(bytes) }
        do {
            // Written beside and renamed, so that nobody reads half a file.
            try Data(bytes).write(to: URL(fileURLWithPath: output), options: .atomic)
        } catch {
            var isFolder: ObjCBool = false
            let reason =
                FileManager.default.fileExists(atPath: output, isDirectory: &isFolder) && isFolder.boolValue
                ? "it is a folder; name a file in it"
                : "its folder is not there or can't be written; choose another"
            throw Failure(.failed, "Could not write \(output): \(reason).")
        }
        Console.error("Wrote \(output): \(results.count) results of run \(detail.run.id).")
    }
}
