import ArgumentParser
import Benchmarking
import DataFolder
import Foundation
import Logging
import ProjectionKit
import Storage

/// What every command takes.
struct GlobalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The data folder. Default: FLPERF_DATA, else $XDG_DATA_HOME/flperf, else ~/.local/share/flperf.",
            valueName: "folder"))
    var data: String?

    @Flag(help: "Print JSON on standard output instead of text.")
    var json = false

    func validate() throws {
        guard data.map({ $0.allSatisfy(\.isWhitespace) }) != true else {
            throw ValidationError("'--data' is empty: the name of a folder is expected.")
        }
    }

    /// The data folder and where its name comes from.
    var dataFolder: Setting {
        let environment = ProcessInfo.processInfo.environment
        if let data { return Setting(value: absolute(data), origin: "--data") }
        if let folder = environment["FLPERF_DATA"], !folder.isEmpty {
            return Setting(value: absolute(folder), origin: "FLPERF_DATA")
        }
        if let base = environment["XDG_DATA_HOME"], base.hasPrefix("/") {
            return Setting(value: base + "/flperf", origin: "XDG_DATA_HOME")
        }
        return Setting(
            // The shell's ~, which Foundation takes from the user's entry in the system.
            value: (environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
                ?? FileManager.default.homeDirectoryForCurrentUser.path) + "/.local/share/flperf", origin: "default")
    }

    /// Where the user's formula sets lie, and where that comes from.
    var formulasFolder: Setting {
        if let folder = ProcessInfo.processInfo.environment["FLPERF_FORMULAS"], !folder.isEmpty {
            return Setting(value: absolute(folder), origin: "FLPERF_FORMULAS")
        }
        return Setting(value: dataFolder.value + "/formulas", origin: "default")
    }

    /// Opens the data folder and brings its tables up to the log's end.
    ///
    /// - Parameter rebuilding: whether tables that another version of the code made are built anew.
    func open(folding: Bool = true, rebuilding: Bool = true) throws -> Installation {
        let installation = try Installation(
            folder: dataFolder.value, formulas: formulasFolder.value, rebuilding: rebuilding
        ) {
            Console.error($0)
        }
        if folding {
            let progress = ProgressLine("Folding the log", isQuiet: json)
            do {
                try installation.projector.catchUp { progress.update($0, of: $1, "events") }
            } catch let error as StoreError where error.code == .diskFull {
                // Reads go on: what was folded before is still true.
                Console.error("\(error) The newest events are in the log but not in the tables yet.")
            } catch ProjectionError.poisoned(let event) {
                Console.error(
                    "\(ProjectionError.poisoned(event)) Until then answers are as of event \(event.position - 1).")
            }
            progress.end()
        }
        return installation
    }

    /// Opens the data folder for reading as of a point, which is then named on standard error; as it is now when that is nil.
    func open(_ past: PastOption) throws -> Installation {
        guard let point = past.asOf?.point else { return try open() }
        let progress = ProgressLine("Folding the log up to then", isQuiet: json)
        defer { progress.end() }
        let installation = try Installation(folder: dataFolder.value, formulas: formulasFolder.value, asOf: point) {
            Console.error($0)
        } progress: {
            progress.update($0, of: $1, "events")
        }
        progress.end()
        let position = try installation.runs().position
        let recorded = try installation.log.recordedAt(position)
        Console.error(
            "As of event \(Figures.count(position)), recorded \(Figures.moment(milliseconds: recorded.map { $0 / 1_000_000 })) UTC."
        )
        return installation
    }

    /// Opens a data folder that has a log, for what only makes sense then: a mistyped folder must not get one.
    func openExisting() throws -> Installation {
        guard access(dataFolder.value + "/log/data.mdb", F_OK) == 0 else {
            throw Failure(
                .failed,
                "There is no log in \(dataFolder.value). Name the data folder with --data or FLPERF_DATA; 'flperf run' begins a log."
            )
        }
        return try open(folding: false)
    }

    private func absolute(_ path: String) -> String {
        URL(fileURLWithPath: (path as NSString).expandingTildeInPath).standardizedFileURL.path
    }
}

/// A value and what set it.
struct Setting: Codable {
    var value: String
    var origin: String
}

/// Where suites come from.
struct SuiteOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A folder with suites. Default: FLPERF_SUITES, else ./suites, else those that came with flperf.",
            valueName: "folder"))
    var suites: String?

    var library: SuiteLibrary {
        let environment = ProcessInfo.processInfo.environment
        if let suites { return SuiteLibrary(folders: [suites]) }
        if let folder = environment["FLPERF_SUITES"], !folder.isEmpty { return SuiteLibrary(folders: [folder]) }
        let here = ["suites"].filter { FileManager.default.fileExists(atPath: $0) }
        return SuiteLibrary(folders: here.isEmpty ? Self.besideProgram : here)
    }

    /// `share/flperf/suites` of an installed program, or `suites` of the folder that it was built in.
    private static var besideProgram: [String] {
        guard let program = Bundle.main.executableURL?.resolvingSymlinksInPath() else { return [] }
        var folder = program.deletingLastPathComponent()
        var found = [folder.deletingLastPathComponent().appendingPathComponent("share/flperf/suites")]
        while folder.path != "/" {
            found.append(folder.appendingPathComponent("suites"))
            folder.deleteLastPathComponent()
        }
        return found.map(\.path).filter { FileManager.default.fileExists(atPath: $0) }
    }
}

/// swift-log as this program uses it: lines on standard error, and in the log when a data folder is open.
enum LogSetup {
    /// `LOG_LEVEL`: error, warn, info or debug.
    static var level: Logger.Level? {
        switch ProcessInfo.processInfo.environment["LOG_LEVEL"]?.lowercased() {
        case "error": .error
        case "warn", "warning": .warning
        case "info": .info
        case "debug": .debug
        default: nil
        }
    }

    /// - Parameter console: least level on standard error when `LOG_LEVEL` says nothing; the log takes info and above.
    static func logger(_ recorder: LogRecorder?, console: Logger.Level) -> Logger {
        Logger(label: "flperf") { label in
            var lines = StreamLogHandler.standardError(label: label)
            lines.logLevel = level ?? console
            guard let recorder else { return lines }
            return MultiplexLogHandler([lines, EventLogHandler(recorder: recorder, level: level ?? .info)])
        }
    }
}
