import ArgumentParser
import DataFolder
import EventStore

extension LogCommand {
    struct Backup: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Copies the log into a folder of its own, while it is in use, and verifies the copy.",
            discussion: """
                Example:
                  flperf log backup /mnt/backup/2026-11-24
                  flperf runs list --data /mnt/backup/2026-11-24

                The copy opens as a data folder; its tables are folded when they are needed. It holds the key that signs \
                checkpoints too, readable for you alone.
                """)
        @OptionGroup var options: GlobalOptions
        @Argument(help: "The folder to make.") var folder: String

        func run() async throws {
            let installation = try options.openExisting()
            defer { installation.close() }
            let progress = ProgressLine("Verifying the copy", isQuiet: options.json)
            let verification = try installation.backup(to: folder) { progress.update($0, of: $1, "events") }
            progress.end()
            try CopyReport.tell("backed up to", folder, verification, options)
        }
    }

    struct Restore: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a data folder of a backup, and verifies it. Nothing is overwritten.",
            discussion: "Example:\n  flperf log restore /mnt/backup/2026-11-24 --data ~/.local/share/flperf")
        @OptionGroup var options: GlobalOptions
        @Argument(help: "The backup's folder.") var folder: String

        func run() async throws {
            let progress = ProgressLine("Verifying the copy", isQuiet: options.json)
            let verification = try Installation.restore(from: folder, to: options.dataFolder.value) {
                progress.update($0, of: $1, "events")
            }
            progress.end()
            try CopyReport.tell("restored to", options.dataFolder.value, verification, options)
        }
    }
}

/// What became of a copy.
private struct CopyReport: Encodable {
    var folder: String
    var events: UInt64
    var root: String?
    var problems: [String]

    static func tell(_ done: String, _ folder: String, _ verification: Verification, _ options: GlobalOptions) throws {
        let report = CopyReport(
            folder: folder, events: verification.events, root: verification.root?.base64,
            problems: verification.problems.map(\.description))
        if options.json {
            try Console.json(report)
        } else if verification.isClean {
            Console.out(
                "\(Figures.counted(verification.events, "event", "events")) \(done) \(folder), all as they were written."
            )
        }
        guard verification.isClean else {
            throw Failure(
                .logIntegrity,
                "\(Figures.counted(verification.problemCount, "problem", "problems")) in what was \(done) \(folder): \(report.problems.first ?? ""). Keep it, and use an older backup."
            )
        }
    }
}
