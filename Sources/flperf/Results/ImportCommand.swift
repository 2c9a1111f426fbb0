import ArgumentParser
import DataFolder
import Foundation
import Import

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Takes in what another tool has measured, request by request.",
        discussion: """
            Which tool wrote a file is told from what is in it:
              storage.json            FLPerformance, the whole history
              benchmarks.db           FLPerformance, its SQLite database, with the -wal file beside it
              benchmarks.json         GuideLLM
              RESULT.json             vllm bench serve --save-result --save-detailed, in Python or Rust
              profile_export.jsonl    AIPerf; the profile_export_aiperf.json beside it names the model and the load
              anything.json, .jsonl   llama-bench -o json, -o jsonl
            Each run keeps the figures of that tool's own definitions beside ours; `runs show --formulas` chooses.
            Example:
              flperf import results/storage.json
              flperf import artifacts/profile_export.jsonl
            A second import of the same file adds nothing.
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The file.") var file: String

    func run() async throws {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw ImportError.unreadable(
                path: file,
                reason: FileManager.default.fileExists(atPath: file) ? "it can't be opened" : "there is no such file")
        }
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
        let history = try ImportedFile(bytes: [UInt8](data), path: file) { name in
            FileManager.default.contents(atPath: folder.appending(path: name).path).map { [UInt8]($0) }
        }.history()
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
