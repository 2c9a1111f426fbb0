import ArgumentParser
import DataFolder
import Formulas
import Foundation

struct FormulasCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "formulas",
        abstract: "Lists, shows, checks and compares formula sets, and explains their language.",
        discussion: """
            A set is built in, or a YAML file: in the folder that FLPERF_FORMULAS names (else 'formulas' in the data folder), or \
            anywhere. What was applied once stays in the log with its text.
            """,
        subcommands: [List.self, Show.self, Check.self, Diff.self, Help.self],
        defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the formula sets.", discussion: "Example:\n  flperf formulas list")
        @OptionGroup var options: GlobalOptions

        private struct Row: Encodable {
            var name: String
            var digest: String
            var title: String
            /// `built in`, a file, or `the log`.
            var origin: String
        }
        private struct Faulty: Encodable {
            var path: String
            var error: String
        }
        private struct Sets: Encodable {
            var sets: [Row]
            var errors: [Faulty]
        }

        func run() throws {
            let found = try options.withFormulas { formulas in
                let own = formulas.library.entries()
                var sets = FormulaSet.builtIn.map { ($0, "built in") }
                sets += own.compactMap { entry in (try? entry.set.get()).map { ($0, entry.path) } }
                let names = sets.map(\.0.name)
                sets += try formulas.adopted().filter { !names.contains($0.name) }.map { ($0, "the log") }
                return (sets, own)
            }
            let faulty = found.1.compactMap { entry -> Faulty? in
                guard case .failure(let error) = entry.set else { return nil }
                return Faulty(path: entry.path, error: error.description)
            }
            if options.json {
                return try Console.json(
                    Sets(
                        sets: found.0.map { Row(name: $0.name, digest: $0.digest, title: $0.title, origin: $1) },
                        errors: faulty))
            }
            var table = TextTable([("Set", .left), ("Metrics", .right), ("From", .left), ("Title", .left)])
            for (set, origin) in found.0 { table.add([set.name, "\(set.metrics.count)", origin, set.title]) }
            Console.out(table.render(.output))
            for entry in faulty { Console.error("Can't be used: \(entry.error)") }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints a set's text.", discussion: "Example:\n  flperf formulas show standard/1 > mine.yaml")
        @OptionGroup var options: GlobalOptions
        @Argument(help: "The set's name, or a file.") var name: String

        func run() throws {
            let set = try options.withFormulas { try $0.set(name) }
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
            var digest: String
            var metrics: Int
        }

        func run() throws {
            let set = try FormulaLibrary.read(file).get()
            if options.json {
                return try Console.json(
                    Finding(path: file, name: set.name, digest: set.digest, metrics: set.metrics.count))
            }
            Console.out("\(file): \(set.name), \(set.metrics.count) metrics, fine")
        }
    }

    struct Diff: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows what two sets say differently, figure by figure.",
            discussion: """
                Example:
                  flperf formulas diff standard/1 mine.yaml

                What they make of the same samples is told by `flperf compare RUN --formulas standard/1 --formulas mine.yaml`.
                """)
        @OptionGroup var options: GlobalOptions
        @Argument(help: "A set's name, or a file.") var before: String
        @Argument(help: "The one to be held against it.") var after: String

        func run() throws {
            let (first, second) = try options.withFormulas { (try $0.set(before), try $0.set(after)) }
            let differences = first.differences(to: second)
            if options.json { return try Console.json(["differences": differences]) }
            guard !differences.isEmpty else { return Console.out("They say the same.") }
            let style = Style.output
            for difference in differences {
                Console.out(style.bold(difference.place))
                if let before = difference.before { Console.out(style.red("- \(before)")) }
                if let after = difference.after { Console.out(style.green("+ \(after)")) }
            }
        }
    }

    struct Help: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "help", abstract: "Explains the language: every name with its unit, shape and source.",
            discussion: "Example:\n  flperf formulas help\n  flperf formulas help first_content percentile")
        @OptionGroup var options: GlobalOptions
        @Argument(help: "Names to be explained; all of them when none is given.") var names: [String] = []

        func run() throws {
            for name in names where FormulaManual.entries(named: name).isEmpty {
                let guess = Guess.sentence(for: name, among: FormulaManual.names)
                throw Failure(
                    .usage, "The language has no '\(name)'.\(guess) `flperf formulas help` lists all that it has.")
            }
            let entries = names.flatMap { FormulaManual.entries(named: $0) }
            if options.json {
                return names.isEmpty
                    ? try Console.json(["chapters": FormulaManual.chapters]) : try Console.json(["entries": entries])
            }
            let style = Style.output
            guard names.isEmpty else { return Console.out(entries.map { $0.text(style) }.joined(separator: "\n")) }
            let chapters = FormulaManual.chapters.map { chapter in
                ([style.bold(chapter.title), ""] + chapter.entries.map { $0.text(style) }).joined(separator: "\n")
            }
            Console.out(chapters.joined(separator: "\n\n"))
        }
    }
}

extension FormulaManual.Entry {
    /// A line with the name and what it is measured in, then what it says.
    fileprivate func text(_ style: Style) -> String {
        let measure = [unit, shape].compactMap(\.self).joined(separator: ", ")
        var lines = [style.bold(usage ?? name) + (measure.isEmpty ? "" : "  \(style.dim(measure))")]
        lines += (doc + (source.map { " From: \($0)." } ?? "")).wrapped(to: 100).map { "    " + $0 }
        return lines.joined(separator: "\n")
    }
}

extension String {
    /// Broken into lines of at most so many characters, between words.
    fileprivate func wrapped(to width: Int) -> [String] {
        split(separator: " ").reduce(into: []) { lines, word in
            if let last = lines.last, last.count + word.count < width {
                lines[lines.count - 1] += " " + word
            } else {
                lines.append(String(word))
            }
        }
    }
}

/// The formula sets that a command without an open data folder can reach.
struct ReachableFormulas {
    let library: FormulaLibrary
    /// Nil where there is no log yet.
    let installation: Installation?

    func set(_ name: String) throws -> FormulaSet {
        if let installation { return try installation.chosenSet(name) }
        return try Failure.usage { try library.formulaSet(name, paths: true) }
    }

    func adopted() throws -> [FormulaSet] {
        try installation?.adoptedSets() ?? []
    }
}

extension Installation {
    /// The formula set of this name, or of this file.
    func chosenSet(_ name: String) throws -> FormulaSet {
        try Failure.usage { try formulaSet(name, paths: true) }
    }
}

extension Failure {
    /// A set that is not there was named wrong.
    fileprivate static func usage(_ body: () throws -> FormulaSet) throws -> FormulaSet {
        do {
            return try body()
        } catch let error as FormulaLookupError {
            guard case .unknown = error else { throw error }
            throw Failure(.usage, error.description)
        }
    }
}

extension GlobalOptions {
    /// Lends the formula sets there are, those of the log too. A data folder that has no log does not get one by it.
    func withFormulas<Result>(_ body: (ReachableFormulas) throws -> Result) throws -> Result {
        let library = FormulaLibrary(folder: formulasFolder.value)
        guard access(dataFolder.value + "/log/data.mdb", F_OK) == 0 else {
            return try body(ReachableFormulas(library: library, installation: nil))
        }
        let installation = try open()
        defer { installation.close() }
        return try body(ReachableFormulas(library: library, installation: installation))
    }
}
