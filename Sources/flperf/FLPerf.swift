import ArgumentParser
import Benchmarking
import Foundation

@main
struct FLPerf: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flperf",
        abstract: "Benchmarks the language models served on this machine and keeps what it measured for good.",
        discussion: """
            Example:
              flperf run                          measure what is found here, or the built-in simulator
              flperf run --suite quick --model phi-4 --concurrency 1,4
              flperf runs show latest
              flperf serve                        the same over HTTP
            """,
        version: softwareVersion,
        subcommands: [
            Run.self, Rerun.self, ReplayCommand.self, Serve.self, RunsCommand.self, SchedulesCommand.self,
            ResultsCommand.self, CompareCommand.self, RecomputeCommand.self,
            HistoryCommand.self, ExportCommand.self,
            ImportCommand.self,
            ModelsCommand.self,
            SuitesCommand.self, FormulasCommand.self, LogCommand.self, Rebuild.self, Simulate.self, Doctor.self,
            Bench.self,
        ])

    /// Where a standard stream was closed, the next file that is opened would get its number, and a message would be written
    /// into the log's own file. Opened the wrong way round, so that using one is still an error.
    private static func holdStandardDescriptors() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            // The lowest free number, which is this one.
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    static func main() async {
        // A reader that goes away, as `head` does, is no reason to die with a signal in the middle of a write.
        signal(SIGPIPE, SIG_IGN)
        holdStandardDescriptors()
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            try Console.checkOutput()
        } catch let failure as Failure {
            if !failure.sentence.isEmpty { Console.error("flperf: \(failure.sentence)") }
            Foundation.exit(failure.code.rawValue)
        } catch {
            let code = ExitStatus(of: error)
            guard code != .usage, !(error is ExitCode), !(error is CleanExit) else { exit(withError: error) }
            Console.error("flperf: \(Failure.sentence(of: error))")
            Foundation.exit(code.rawValue)
        }
    }
}
