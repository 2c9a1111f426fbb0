import ArgumentParser
import Benchmarking
import Foundation
import Web

struct SuitesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suites", abstract: "Lists, shows and checks benchmark suites.",
        subcommands: [List.self, Show.self, Check.self], defaultSubcommand: List.self)

    private struct Summary: Encodable {
        var name: String
        var scenarios: Int
        var description: String
        var path: String
        var error: String?
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the suites.", discussion: "Example:\n  flperf suites list")
        @OptionGroup var options: GlobalOptions
        @OptionGroup var suites: SuiteOptions

        func run() throws {
            let summaries = suites.library.entries().map { entry in
                switch entry.suite {
                case .success(let suite):
                    Summary(
                        name: suite.name, scenarios: suite.scenarios.count, description: suite.description,
                        path: entry.path)
                case .failure(let error):
                    Summary(name: "—", scenarios: 0, description: "", path: entry.path, error: error.description)
                }
            }
            if options.json { return try Console.json(["suites": summaries]) }
            guard !summaries.isEmpty else {
                throw Failure(
                    .failed,
                    "There is no suite in \(suites.library.folders.joined(separator: ", ")). Name a folder with --suites."
                )
            }
            var table = TextTable([("Suite", .left), ("Scenarios", .right), ("Description", .left)])
            for summary in summaries where summary.error == nil {
                table.add([summary.name, "\(summary.scenarios)", summary.description])
            }
            if !table.isEmpty { Console.out(table.render(.output)) }
            for error in summaries.compactMap(\.error) { Console.error(error) }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows a suite's scenarios and settings.", discussion: "Example:\n  flperf suites show default")
        @OptionGroup var options: GlobalOptions
        @OptionGroup var suites: SuiteOptions
        @Argument(help: "The suite's name, or the path of a suite file.") var suite: String

        func run() throws {
            let suite = try suites.library.suite(self.suite, paths: true)
            if options.json { return try Console.json(SuiteView(suite)) }
            Console.out("\(Style.output.bold(suite.name)) \(suite.version)  \(suite.description)\n")
            var table = TextTable([("Scenario", .left), ("Max tokens", .right), ("Prompt", .left)])
            for scenario in suite.scenarios {
                let words = scenario.prompts.inWords
                let prompt = words.count > 70 ? String(words.prefix(69)) + "…" : words
                table.add([scenario.name, scenario.maxTokens.map { "\($0)" } ?? "—", prompt.replacing("\n", with: " ")])
            }
            Console.out(table.render(.output))
            let settings = suite.defaults
            let length =
                settings.duration.map { Figures.duration($0 / .seconds(1)) } ?? "\(settings.iterations) iterations"
            let levels =
                settings.rates.isEmpty
                ? "\(settings.concurrency.map(String.init).joined(separator: ", ")) stream(s)"
                : "\(settings.rates.map(Figures.rate).joined(separator: ", ")) requests/s"
            Console.out(
                Style.output.dim(
                    "\n\(length) and \(settings.warmup) for warm-up at \(levels), timeout \(Figures.duration(Double(settings.timeout.components.seconds))), temperature \(settings.temperature.map { "\($0)" } ?? "the server's"), \(suite.digest)"
                ))
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Checks suite files, naming file, line and what is expected.",
            discussion: "Example:\n  flperf suites check my-suite.json\n  flperf suites check")
        @OptionGroup var options: GlobalOptions
        @OptionGroup var suites: SuiteOptions
        @Argument(help: "Suite files; all suites when none is given.") var files: [String] = []

        private struct Finding: Encodable {
            var path: String
            var error: String?
        }

        func run() throws {
            let entries =
                files.isEmpty
                ? suites.library.entries() : files.map { SuiteLibrary.Entry(path: $0) }
            let findings = entries.map { entry -> Finding in
                if case .failure(let error) = entry.suite { return Finding(path: entry.path, error: error.description) }
                return Finding(path: entry.path)
            }
            if options.json { try Console.json(findings) }
            for finding in findings where !options.json {
                if let error = finding.error { Console.error(error) } else { Console.out("\(finding.path): fine") }
            }
            let bad = findings.count { $0.error != nil }
            if bad > 0 { throw Failure(.failed, "\(bad) of \(findings.count) suite files can't be used.") }
        }
    }
}
