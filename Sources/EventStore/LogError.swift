import Events
import Foundation
import Storage

/// Why the log could not do what it was asked to.
public struct LogError: Error, Sendable, Equatable, CustomStringConvertible, LocalizedError {
    /// What a caller can branch on.
    public enum Code: Sendable, Equatable {
        /// The stream has moved on since the caller read it. Read it again and decide anew.
        case versionConflict(stream: StreamID, expected: UInt64, found: UInt64)
        /// The id belongs to another event, or to another batch, which is at this position.
        case duplicateIDWithOtherBytes(EventID, Position)
        /// The stored bytes of this position are not what was written.
        case corrupted(Position)
        /// The event of this position is whole, but this build can't decode it.
        case undecodable(Position)
        /// The log's format, or an event's, is newer than this build.
        case newerFormat
        /// The log is another one than the events come from, or than was asked for.
        case otherLog
        /// What is to be appended to a copy of a log has another history than the copy has.
        case forked(Position)
        /// An event is larger than the log takes.
        case tooLarge
        /// The log was opened for reading only.
        case readOnly
        /// The log has been closed.
        case closed
        /// An earlier write failed, and the log could not be opened again yet: nothing is written until it can.
        case writesStopped
        /// The storage beneath reports it.
        case store(StoreError.Code)
    }

    /// What a caller can branch on.
    public let code: Code
    /// A sentence that names the thing, the reason and what to do.
    public let description: String

    /// The same sentence, for code that only knows `Error`.
    public var errorDescription: String? { description }

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

extension LogError {
    init(_ error: StoreError) { self.init(.store(error.code), error.description) }

    static func versionConflict(_ stream: StreamID, expected: UInt64, found: UInt64) -> LogError {
        LogError(
            .versionConflict(stream: stream, expected: expected, found: found),
            "Could not append to stream '\(stream)': expected version \(expected), found \(found).")
    }

    static func duplicateID(_ id: EventID, at position: Position, in stream: StreamID) -> LogError {
        LogError(
            .duplicateIDWithOtherBytes(id, position),
            "Could not append to stream '\(stream)': the id \(id) belongs to event \(position), which is another one. "
                + "Give a new event a new id.")
    }

    static func unreadable(_ position: Position, in folder: String, _ error: EnvelopeError) -> LogError {
        switch error {
        case .newerFormat:
            LogError(.newerFormat, "Could not read event \(position) in '\(folder)': \(error).")
        case .damaged:
            LogError(
                .corrupted(position),
                "Could not read event \(position) in '\(folder)': \(error). Restore the log from a backup.")
        }
    }

    /// What is stored beside the events, an index or the tree, is not what was written.
    static func damaged(_ folder: String, _ error: EnvelopeError) -> LogError {
        LogError(
            .store(.corrupted), "Could not use the log in '\(folder)': \(error). Restore the log from a backup.")
    }

    static func otherLog(_ folder: String, last: Position, next: Position) -> LogError {
        LogError(
            .otherLog,
            "Could not append event \(next) in '\(folder)' with its own position: the log has \(last) events, and they are not "
                + "those before it. Choose an empty data folder.")
    }

    /// What says that a copy and its log have different histories.
    public static func forked(_ source: SourceID, _ folder: String, before position: Position) -> LogError {
        LogError(
            .forked(position),
            "The log \(source) has forked: event \(position) and those before it are not what it sent before, which is kept in "
                + "'\(folder)'. Was it restored from an old backup, or is its data folder in use twice? Nothing more is taken "
                + "from it until what is kept is moved away.")
    }

    static func writesStopped(_ folder: String, cause: LogError, now: any Error) -> LogError {
        LogError(
            .writesStopped,
            "Could not append in '\(folder)': an earlier write failed, and nothing more is written until the log can be opened "
                + "again, which is tried every \(Int(LogLimits.recoveryInterval)) s. The failure: \(cause) What is in the way "
                + "now: \(now) Events of unknown outcome can be appended again with their ids.")
    }

    static func closed(_ folder: String) -> LogError {
        LogError(.closed, "Could not use the log in '\(folder)': it has been closed.")
    }
}
