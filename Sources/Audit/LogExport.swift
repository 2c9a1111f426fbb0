import EventStore
import Events
import Export

/// Writes events of a log, one line each, in constant memory and beside whoever writes the log.
public struct LogExport: Sendable {
    /// What an export wrote.
    public struct Summary: Sendable, Equatable {
        /// How many events.
        public var events: UInt64 = 0
        /// How many bytes.
        public var bytes: UInt64 = 0
        /// The log's last position when the export began: what came later is not in it.
        public var asOf: Position
    }

    /// The form of a line.
    public var format: LogFormat
    /// Which events.
    public var selection = LogSelection()
    /// Whether texts that are kept apart from their events are joined into them. Without, they read as erased.
    public var withTexts = true

    /// An export of all events.
    public init(_ format: LogFormat) { self.format = format }

    /// Bytes that are gathered before they are written.
    private static let chunkSize = 256 << 10
    /// Positions that are looked at before progress is told, when few of their events are wanted.
    private static let sliceSize = UInt64(LogLimits.eventsPerSnapshot)

    /// Writes the log as it is now.
    ///
    /// - Parameters:
    ///   - write: is given the text in pieces of some 256 KiB. No snapshot of the log is kept while it runs, so a slow reader
    ///     is in nobody's way.
    ///   - progress: is told, after every piece, how many positions were looked at, and of how many.
    /// - Throws: `AuditError` for an event that can't be written, `CancellationError` when the task is cancelled, and what the
    ///   log and `write` throw.
    public func write(
        _ log: EventLog, to write: ([UInt8]) throws -> Void, progress: (UInt64, UInt64) -> Void = { _, _ in }
    ) throws -> Summary {
        let writer = CloudEventWriter(source: log.source)
        var summary = Summary(asOf: try log.lastPosition())
        // What is given away must not be undone by a power cut.
        try log.sync()
        var buffer = TextBuffer()
        if format == .csv { buffer.append(EventTable.heading) }
        let last = min(selection.through ?? .max, summary.asOf)
        var next = selection.from
        while next <= last {
            try Task.checkCancellation()
            let slice = last - next < LogExport.sliceSize ? last : next + LogExport.sliceSize - 1
            try log.scan(from: next, through: slice) { (raw: borrowing RawEvent) in
                next = raw.position + 1
                guard selection.includes(raw) else { return true }
                try append(raw, withTexts ? try log.texts(of: raw) : [], writer, to: &buffer)
                summary.events += 1
                return buffer.count < LogExport.chunkSize
            }
            if buffer.count >= LogExport.chunkSize { try flush(&buffer, &summary, write) }
            progress(next - selection.from, last - selection.from + 1)
        }
        try flush(&buffer, &summary, write)
        return summary
    }

    private func append(
        _ raw: borrowing RawEvent, _ texts: [ErasableText], _ writer: CloudEventWriter, to buffer: inout TextBuffer
    ) throws {
        do {
            let event = try RecordedEvent(raw, texts: texts)
            if !withTexts, event.schemaVersion < event.event.schemaVersion, try !event.event.encoded().texts.isEmpty {
                throw AuditError.textInside(event.position, type: event.type.name)
            }
            switch format {
            case .cloudevents: try writer.append(event, stored: raw, texts: texts, to: &buffer)
            case .ndjson: try EventLine.append(event, to: &buffer)
            case .csv: return try EventTable.append(event, to: &buffer)
            }
            buffer.append("\n")
        } catch let error as EventError {
            throw AuditError.unreadableEvent(raw.position, reason: "\(error)")
        }
    }

    private func flush(_ buffer: inout TextBuffer, _ summary: inout Summary, _ write: ([UInt8]) throws -> Void) throws {
        guard buffer.count > 0 else { return }
        try write(buffer.bytes)
        summary.bytes += UInt64(buffer.count)
        buffer.removeAll()
    }
}
