import Events
import Foundation
import Storage

/// The log: everything that happened, in order, for good.
///
/// An acknowledged append is on the disk. Positions have no gaps and never change; but an event can be read a moment before
/// its append is acknowledged, and until then a power cut may take it back (`sync` waits for that). Several processes may
/// have the same folder open; within one process a folder is opened once and the log shared.
public final class EventLog: Sendable {
    /// What a log is opened for.
    public enum Access: Sendable { case readWrite, readOnly }

    /// The folder that the log lies in.
    public let folder: String
    /// What it was opened for.
    public let access: Access
    /// The log's own identity, given when it was made.
    public let source: SourceID
    /// Whether it is the copy of a log that another machine writes: it takes that log's events and no others.
    public let isCopy: Bool

    let store: Store
    let writer: LogWriter

    /// Opens the log in `folder`, or makes one there.
    ///
    /// - Parameters:
    ///   - source: the identity that a new log gets; any when nil. A log with events of another source is refused.
    ///   - isCopy: whether a new log is made as the copy of another machine's.
    ///   - clock: nanoseconds since the epoch, UTC; what `recordedAt` is taken from.
    ///   - warn: is given a sentence when a reader that does not end makes the file grow.
    /// - Throws: `LogError`: `.newerFormat`, and `.store` with the reasons that `Store` names (a file that was cut short, a
    ///   folder that can't be written or is on a network, a log that is open in this process already).
    public init(
        folder: String, access: Access = .readWrite, source wanted: SourceID? = nil, isCopy: Bool = false,
        clock: @escaping @Sendable () -> Int64 = EventLog.wallClock,
        warn: @escaping @Sendable (String) -> Void = { _ in }
    ) throws {
        self.folder = folder
        self.access = access
        var options = Store.Options()
        options.readOnly = access == .readOnly
        options.maxTables = 32
        options.syncsMetaLater = true
        do {
            store = try Store(folder: folder, options: options)
            source = try EventLog.identity(of: store, access, wanted, isCopy)
            self.isCopy = try store.read { try LogTables.meta.get("copy", in: $0) } != nil
            if access == .readWrite { try LogUpgrade.bringUpToDate(store) }
        } catch let error as StoreError {
            throw LogError(error)
        }
        writer = LogWriter(store: store, clock: clock, warn: warn)
    }

    deinit { close() }

    /// Commits what is queued, ends the subscriptions and closes the files. Later uses throw `.closed`.
    public func close() {
        writer.close()
        store.close()
    }

    /// Appends events to a stream, all of them or none, and returns when they are on the disk.
    ///
    /// Appends that come while another is being written share one commit. When `LogLimits.pendingEvents` are on their way,
    /// it waits. The same ids with the same bytes, one behind the other in the log, are not written again: the answer is
    /// where they are.
    /// - Throws: `LogError`: `.versionConflict`, `.duplicateIDWithOtherBytes`, `.tooLarge`, `.readOnly`, `.closed`,
    ///   `.writesStopped`, `.store`.
    public func append(
        _ events: [NewEvent], to stream: StreamID, expecting expected: ExpectedVersion = .any
    ) async throws -> Appended {
        try checkWritable()
        return try await append(count: events.count, expecting: expected) { try EncodedEvents(events, stream: stream) }
    }

    /// The same for code that is not async. It blocks the calling thread until the events are on the disk.
    @discardableResult public func appendBlocking(
        _ events: [NewEvent], to stream: StreamID, expecting expected: ExpectedVersion = .any
    ) throws -> Appended {
        try checkWritable()
        return try appendBlocking(count: events.count, expecting: expected) {
            try EncodedEvents(events, stream: stream)
        }
    }

    /// The wall clock: nanoseconds since the epoch, UTC.
    public static let wallClock: @Sendable () -> Int64 = {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }
}

extension EventLog {
    func append(
        count: Int, expecting expected: ExpectedVersion, encode: () throws -> EncodedEvents
    ) async throws -> Appended {
        try await writer.enter(count)
        let encoded = try encodeOrGiveBack(count, encode)
        return try await withCheckedThrowingContinuation { continuation in
            writer.submit(AppendRequest(events: encoded, expected: expected) { continuation.resume(with: $0) })
        }
    }

    func appendBlocking(
        count: Int, expecting expected: ExpectedVersion, encode: () throws -> EncodedEvents
    ) throws -> Appended {
        try writer.enterBlocking(count)
        let encoded = try encodeOrGiveBack(count, encode)
        let answer = Answer()
        writer.submit(AppendRequest(events: encoded, expected: expected) { answer.give($0) })
        return try answer.wait().get()
    }

    private func encodeOrGiveBack(_ count: Int, _ encode: () throws -> EncodedEvents) throws -> EncodedEvents {
        do {
            return try encode()
        } catch {
            writer.giveBack(count)
            throw error
        }
    }

    func checkWritable() throws(LogError) {
        guard access == .readWrite else {
            throw LogError(.readOnly, "Could not append in '\(folder)': the log was opened for reading only.")
        }
        guard !isCopy else {
            throw LogError(
                .readOnly,
                "Could not append in '\(folder)': it is a copy of the log \(source), which another machine writes. Do it there."
            )
        }
    }

    /// What a new log is given, and an old one has.
    private static func identity(of store: Store, _ access: Access, _ wanted: SourceID?, _ isCopy: Bool) throws
        -> SourceID
    {
        let (format, source, last) = try store.read { transaction in
            (
                try LogTables.meta.get("format", in: transaction), try LogTables.meta.get("source", in: transaction),
                try LogTables.lastPosition(in: transaction)
            )
        }
        if let format {
            guard let number = Int(format), number <= LogTables.format else {
                throw LogError(
                    .newerFormat,
                    "Could not open the log in '\(store.folder)': it has format \(format) and this flperf reads up to "
                        + "\(LogTables.format). It was written by a newer flperf: use that one.")
            }
            if let source = source.flatMap({ SourceID($0) }) {
                guard let wanted, wanted != source else { return source }
                guard last == 0 else {
                    throw LogError(
                        .otherLog,
                        "Could not open the log in '\(store.folder)' as \(wanted): it is \(source) and has \(last) events. "
                            + "Choose an empty data folder.")
                }
            }
        }
        guard last == 0 else {
            throw LogError(
                .store(.corrupted),
                "Could not open the log in '\(store.folder)': it has \(last) events, and its identity can't be read. Restore the "
                    + "log from a backup.")
        }
        guard access == .readWrite else {
            throw LogError(
                .store(.missing), "Could not open the log in '\(store.folder)': there is no log in that folder.")
        }
        return try store.write { transaction in
            // Another process may have been quicker.
            let other = try LogTables.meta.get("source", in: transaction).flatMap { SourceID($0) }
            if let other, wanted == nil || wanted == other { return other }
            let made = wanted ?? SourceID(UUID())
            try LogTables.meta.put("format", String(LogTables.format), in: transaction)
            try LogTables.meta.put("source", made.description, in: transaction)
            if isCopy { try LogTables.meta.put("copy", "yes", in: transaction) }
            return made
        }
    }
}

/// One answer that a thread waits for.
private final class Answer: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    // `nonisolated(unsafe)`: written before the signal and read after the wait, an order that the compiler does not see.
    nonisolated(unsafe) private var result: Result<Appended, LogError>?

    func give(_ result: Result<Appended, LogError>) {
        self.result = result
        semaphore.signal()
    }

    func wait() -> Result<Appended, LogError> {
        semaphore.wait()
        return result ?? .failure(LogError(.closed, "Could not append: the log gave no answer."))
    }
}
