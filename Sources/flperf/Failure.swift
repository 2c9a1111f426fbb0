import ArgumentParser
import Benchmarking
import Commands
import DataFolder
import EventStore
import Export
import Fleet
import Foundation
import Orchestrator
import ProjectionKit
import Storage

/// What the process ends with, for scripts to branch on.
enum ExitStatus: Int32 {
    case ok = 0
    case failed = 1
    case threshold = 3
    case logIntegrity = 4
    case usage = 64
    case unreachable = 69
    case interrupted = 130

    /// The status that an error stands for.
    init(of error: any Error) {
        switch error {
        case let error as BackendError where [.unreachable, .timedOut].contains(error.code): self = .unreachable
        case let error as LogError where error.isIntegrityProblem: self = .logIntegrity
        case TlogTilesError.diverged, FleetError.forked: self = .logIntegrity
        case FleetError.unreachable: self = .unreachable
        case is CancellationError: self = .interrupted
        case is SuiteError, is CommandError, is BackendError, is DataFolderError, is LogError: self = .failed
        default: self = Self.isUsage(error) ? .usage : .failed
        }
    }

    private static func isUsage(_ error: any Error) -> Bool {
        error is ValidationError || "\(type(of: error))".contains("CommandError")
            || "\(type(of: error))".contains("ParserError")
    }
}

/// An end that is not well: a sentence and a status.
struct Failure: Error {
    var code: ExitStatus
    var sentence: String

    init(_ code: ExitStatus = .failed, _ sentence: String) {
        self.code = code
        self.sentence = sentence
    }

    /// The system's words for an error that carries its number, which SwiftNIO's hide behind the name of a call.
    static func systemReason(of error: any Error) -> String {
        let text = sentence(of: error)
        guard let number = text.firstMatch(of: /errno: (\d+)/).flatMap({ Int32($0.1) }) else { return text }
        return String(cString: strerror(number))
    }

    /// An error in words, for a person.
    static func sentence(of error: any Error) -> String {
        if let error = error as? StoreError, error.isDamage {
            // Of the log's own store it is a LogError: these are the tables.
            return
                "\(error) The log is not touched by it: `flperf rebuild` makes the tables anew, and so does deleting their folder."
        }
        // Foundation's own describe themselves for programmers; ours, and the standard library's, for people.
        let isFoundations = type(of: error) is NSError.Type || error is CocoaError || error is URLError
        return isFoundations ? error.localizedDescription : "\(error)"
    }
}
