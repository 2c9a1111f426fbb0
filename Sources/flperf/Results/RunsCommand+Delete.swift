import ArgumentParser
import Commands
import DataFolder
import Runs

extension RunsCommand {
    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Hides a run from every list and figure. The log keeps it, and 'restore' brings it back.",
            discussion: """
                Example:
                  flperf runs delete 01a210a9 --reason "the fan was broken"
                To erase what a run's prompts and answers say for good, see 'flperf log redact'.
                """)
        @OptionGroup var options: GlobalOptions
        @Argument(help: "The run's id, the beginning of it, or 'latest'.") var run: String
        @Option(help: "Why, for the record.") var reason = ""

        func run() async throws {
            let installation = try options.open()
            defer { installation.close() }
            guard let row = try installation.run(run).value?.run ?? installation.deletedRun(run) else {
                throw CommandError.unknownRun(run)
            }
            try await installation.delete(run: row.id, reason: reason)
            try installation.projector.catchUp()
            if options.json { return try Console.json(["deleted": row.id]) }
            Console.out("Deleted run \(row.id). `flperf runs restore \(row.id)` brings it back.")
        }
    }

    struct Restore: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Brings back a deleted run.",
            discussion: "Example:\n  flperf runs list --deleted\n  flperf runs restore 01a210a9")
        @OptionGroup var options: GlobalOptions
        @Argument(help: "The run's id, or the beginning of it.") var run: String

        func run() async throws {
            let installation = try options.open()
            defer { installation.close() }
            guard let row = try installation.deletedRun(run) ?? installation.run(run).value?.run else {
                throw CommandError.unknownRun(run)
            }
            try await installation.restore(run: row.id)
            try installation.projector.catchUp()
            if options.json { return try Console.json(["restored": row.id]) }
            Console.out(row.deleted_at == nil ? "Run \(row.id) was not deleted." : "Restored run \(row.id).")
        }
    }
}
