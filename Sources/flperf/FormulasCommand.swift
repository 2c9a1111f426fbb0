import ArgumentParser
import Formulas
import Foundation

struct FormulasCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "formulas", abstract: "Lists, shows and checks formula sets.",
        subcommands: [List.self, Show.self, Check.self],
        defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the formula sets.", discussion: "Example:\n  flperf formulas list")
        @OptionGroup var options: GlobalOptions

        func run() throws {
            if options.json {
                return try Console.json(
                    FormulaSet.builtIn.map { ["name": $0.name, "digest": $0.digest, "title": $0.title] })
            }
            var table = TextTable([("Set", .left), ("Metrics", .right), ("Title", .left)])
            for set in FormulaSet.builtIn { table.add([set.name, "\(set.metrics.count)", set.title]) }
            Console.out(table.render(.output))
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints a set's text.", discussion: "Example:\n  flperf formulas show standard/1")
        @OptionGroup var options: GlobalOptions
        @Argument(help: "The set's name.") var name: String

        func run() throws {
            guard let set = FormulaSet.named(name) else {
                throw Failure(
                    .failed,
                    "Unknown formula set '\(name)'. There are: \(FormulaSet.builtIn.map(\.name).joined(separator: ", "))."
                )
            }
            if options.json { return try Console.json(["name": set.name, "digest": set.digest, "text": set.text]) }
            Console.out(set.text)
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Checks a formula file, naming line and column of what is wrong.",
            discussion: "Example:\n  flperf formulas check mine.yaml")
        @OptionGroup var options: GlobalOptions
        @Argument(help: "The file.") var file: String

        private struct Finding: Encodable {
            var path: String
            var name: String
            var metrics: Int
        }

        func run() throws {
            guard let data = FileManager.default.contents(atPath: file) else {
                throw Failure(.failed, "Could not read \(file): there is no such file, or it can't be opened.")
            }
            let set = try FormulaSet(text: String(decoding: data, as: UTF8.self), file: file)
            if options.json {
                return try Console.json(Finding(path: file, name: set.name, metrics: set.metrics.count))
            }
            Console.out("\(file): \(set.name), \(set.metrics.count) metrics, fine")
        }
    }
}
