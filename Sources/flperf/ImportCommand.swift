import ArgumentParser
import DataFolder
import Foundation
import Import

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Takes in the history of another tool: the storage.json of FLPerformance.",
        discussion: "Example:\n  flperf import results/storage.json\nA second import of the same file adds nothing.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The file.") var file: String

    func run() async throws {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw ImportError.unreadable(
                path: file,
                reason: FileManager.default.fileExists(atPath: file) ? "it can't be opened" : "there is no such file")
        }
        let history = try FLPerformanceStorage.read([UInt8](data), path: file)
        let installation = try options.open(folding: false)
        defer { installation.close() }
        let progress = ProgressLine("Importing", isQuiet: options.json)
        let summary = try await installation.append(history) { progress.update($0, of: $1) }
        progress.end()
        try installation.projector.catchUp()
        if options.json { return try Console.json(summary) }
        for note in summary.notes { Console.error("Note: \(note).") }
        Console.out(
            "\(summary.runs_added) runs, \(summary.models_added) models and \(summary.logs_added) log lines added in \(summary.events_added) events; \(summary.already_there) were in the log already."
        )
    }
}
