import EventStore
import Events
import Foundation
import Logging

/// Records what swift-log is told as LogRecorded events, which fill the logs table.
///
/// A line's metadata `entity_type` and `entity_id` say what it is about; the rest are its fields. Lines are appended in the
/// background; when more than `backlogLimit` wait, the oldest are dropped rather than holding up what is measured.
public struct EventLogHandler: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var logLevel: Logger.Level
    private let recorder: LogRecorder

    public init(recorder: LogRecorder, level: Logger.Level) {
        self.recorder = recorder
        logLevel = level
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: Logging.LogEvent) {
        var fields = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues { "\($0)" }
        let type = fields.removeValue(forKey: "entity_type") ?? "service"
        let id = fields.removeValue(forKey: "entity_id") ?? ""
        recorder.record(
            .with {
                $0.level = LogLevel(event.level)
                $0.entityType = type
                $0.entityID = id
                $0.message = "\(event.message)"
                $0.fields = fields
            })
    }
}

/// Appends log lines to the log, one after another, off the caller's path.
public final class LogRecorder: Sendable {
    /// Lines that may wait to be appended.
    public static let backlogLimit = 4_096

    private let lines: AsyncStream<LogRecorded>.Continuation
    private let writer: Task<Void, Never>

    public init(_ log: EventLog) {
        let (stream, continuation) = AsyncStream.makeStream(
            of: LogRecorded.self, bufferingPolicy: .bufferingNewest(Self.backlogLimit))
        lines = continuation
        // Lives as long as the recorder; `finish` ends the stream and waits for it.
        writer = Task {
            for await line in stream {
                // A line that can't be recorded has been on the console; there is nowhere else to say so.
                _ = try? await log.append([NewEvent(.logRecorded(line))], to: .system, expecting: .any)
            }
        }
    }

    func record(_ line: LogRecorded) { lines.yield(line) }

    /// Waits until every line is in the log. Lines after that are dropped.
    public func finish() async {
        lines.finish()
        await writer.value
    }
}

extension LogLevel {
    init(_ level: Logger.Level) {
        self =
            switch level {
            case .critical, .error: .error
            case .warning: .warn
            case .notice, .info: .info
            case .debug, .trace: .debug
            }
    }
}
