import EventStore
import Events
import Export
import Transparency

/// Makes a log again from its CloudEvents export: same source, positions, times, ids, versions and leaf hashes.
///
/// Events that the log has already are compared, so an import that was interrupted goes on where it ended.
public final class LogImport {
    /// What an import did.
    public struct Summary: Sendable, Equatable {
        /// Events that were added.
        public var added: UInt64 = 0
        /// Events that were in the log already.
        public var alreadyThere: UInt64 = 0
    }

    /// What is handed to the log at once.
    private struct Batch {
        private static let eventLimit = 4096
        private static let byteLimit = 8 << 20

        private(set) var events: [StoredEvent] = []
        private(set) var leafHashes: [Digest] = []
        private var bytes = 0

        var isFull: Bool { events.count >= Batch.eventLimit || bytes >= Batch.byteLimit }

        mutating func append(_ read: CloudEventReader) {
            events.append(read.event)
            leafHashes.append(read.leafHash)
            bytes += read.event.texts.reduce(read.event.payload.count) { $0 + $1.text.count }
        }
    }

    /// The log that was exported.
    public let source: SourceID

    private let lines: LineReader

    /// Opens the export and reads who wrote it.
    ///
    /// - Throws: `AuditError` when the file can't be read, is empty, or does not begin with a log's first event.
    public init(path: String) throws {
        let first = try LineReader(path: path)
        guard let source = try first.next({ try LogImport.read($0, first).source }) else {
            throw AuditError.incomplete(path, missing: "there is nothing in it")
        }
        self.source = source
        lines = try LineReader(path: path)
    }

    /// Reads the export to its end and adds to the log what is missing there, a batch in each commit. It is done once.
    ///
    /// - Parameters:
    ///   - log: of the same source, empty or with the first events of this export.
    ///   - progress: is told, after every batch, how many bytes of the file have been read, and of how many.
    /// - Throws: `AuditError` for the first line that can't be imported: the batches before it are in the log, nothing of its
    ///   own is. `CancellationError` when the task is cancelled, and what the log throws.
    public func run(into log: EventLog, progress: (UInt64, UInt64) -> Void = { _, _ in }) throws -> Summary {
        var summary = Summary()
        var batch = Batch()
        var expected: Position = 1
        while let read = try lines.next({ try LogImport.read($0, lines) }) {
            try check(read, expected)
            expected += 1
            batch.append(read)
            if batch.isFull { try flush(&batch, log, &summary, progress) }
        }
        try flush(&batch, log, &summary, progress)
        return summary
    }

    private static func read(_ line: UnsafeBufferPointer<UInt8>, _ lines: LineReader) throws(AuditError)
        -> CloudEventReader
    {
        do { return try CloudEventReader(line: line) } catch {
            throw .badLine(lines.path, line: lines.line, reason: error.reason)
        }
    }

    private func check(_ read: CloudEventReader, _ expected: Position) throws(AuditError) {
        let found = read.event.position
        guard read.source == source else {
            throw .badLine(
                lines.path, line: lines.line,
                reason: "it comes from the log \(read.source), the lines before from \(source)")
        }
        guard found >= expected else {
            throw .badLine(
                lines.path, line: lines.line, reason: "it is event \(found), and event \(expected) is expected")
        }
        guard found == expected else {
            let gap = found == expected + 1 ? "event \(expected) is" : "events \(expected) to \(found - 1) are"
            throw .incomplete(lines.path, missing: "\(gap) missing before line \(lines.line)")
        }
    }

    private func flush(
        _ batch: inout Batch, _ log: EventLog, _ summary: inout Summary, _ progress: (UInt64, UInt64) -> Void
    ) throws {
        try Task.checkCancellation()
        let known = try compare(batch, log)
        if known < batch.events.count { try log.appendRecorded(Array(batch.events[known...])) }
        summary.alreadyThere += UInt64(known)
        summary.added += UInt64(batch.events.count - known)
        batch = Batch()
        progress(lines.offset, lines.size)
    }

    /// How many of these events the log has already. Each has the same leaf hash there.
    private func compare(_ batch: Batch, _ log: EventLog) throws -> Int {
        guard let first = batch.events.first, let last = batch.events.last else { return 0 }
        var known = 0
        try log.scan(from: first.position, through: last.position) { raw in
            let own = Digest(leaf: raw.bytes)
            guard own == batch.leafHashes[known] else {
                throw AuditError.otherLog(
                    lines.path, raw.position, inLog: Hexadecimal.text(of: own),
                    inFile: Hexadecimal.text(of: batch.leafHashes[known]))
            }
            known += 1
            return true
        }
        return known
    }
}
