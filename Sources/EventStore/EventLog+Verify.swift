import Events
import Storage

/// What `EventLog.verify` found.
public struct Verification: Sendable, Equatable {
    /// Something that is not as it was written.
    public struct Problem: Sendable, Equatable {
        /// The event that it is about.
        public var position: Position
        /// What is wrong with it.
        public var reason: String
    }

    /// The first position that was looked at.
    public var first: Position
    /// The last position that was looked at; less than `first` when there was none.
    public var last: Position
    /// How many events were there and could be looked at.
    public var events: UInt64 = 0
    /// How many problems there are.
    public var problemCount = 0
    /// The first of them, at most `LogLimits.problemsDescribed`.
    public var problems: [Problem] = []

    /// Whether everything is as it was written.
    public var isClean: Bool { problemCount == 0 }

    mutating func add(_ position: Position, _ reason: String) {
        problemCount += 1
        if problems.count < LogLimits.problemsDescribed { problems.append(Problem(position: position, reason: reason)) }
    }
}

extension EventLog {
    /// Looks at every event from `first` through `last`: its checksum, its position, its version in its stream, and what the
    /// indexes say of it. Of a whole log also whether the indexes hold anything else.
    ///
    /// Goes on after a problem, and works while others append. What is appended after it began is left out.
    /// - Parameter progress: called with the last position done, once a snapshot.
    public func verify(
        from first: Position = 1, through last: Position? = nil, progress: (Position) -> Void = { _ in }
    ) throws -> Verification {
        let (end, indexed) = try reading { transaction in
            let end = try LogTables.lastPosition(in: transaction)
            return (end, last == nil && first <= 1 ? try indexSizes(in: transaction) : nil)
        }
        var verifier = Verifier(first: max(1, first), last: min(last ?? end, end))
        while verifier.next <= verifier.result.last {
            try reading { try verifier.check(LogLimits.eventsPerSnapshot, in: $0) }
            progress(verifier.next - 1)
        }
        if let indexed {
            if indexed.ids != end {
                verifier.result.add(end, "the index of ids has \(indexed.ids) entries, the log \(end) events")
            }
            if indexed.streams != end {
                verifier.result.add(end, "the index of streams counts \(indexed.streams) events, the log \(end)")
            }
        }
        return verifier.result
    }

    private func indexSizes(in transaction: borrowing ReadTransaction) throws -> (ids: UInt64, streams: UInt64) {
        var streams: UInt64 = 0
        try LogTables.streams.scanBytes(in: transaction) { _, value in
            streams += try StreamRun(storedBytes: value).count
            return true
        }
        return (UInt64(try LogTables.ids.count(in: transaction)), streams)
    }
}

/// Where a verification has come to.
private struct Verifier {
    var result: Verification
    var next: Position
    /// The run of the index that each stream is in, and the version that comes next; nil before the stream's first event.
    private var streams: [[UInt8]: (run: StreamRun?, next: UInt64)] = [:]

    init(first: Position, last: Position) {
        result = Verification(first: first, last: last)
        next = first
    }

    mutating func check(_ limit: Int, in transaction: borrowing ReadTransaction) throws {
        let stop = min(result.last, next + UInt64(limit) - 1)
        try LogTables.events.scanBytes(from: next, in: transaction) { key, bytes in
            let position = key.loadUnaligned(as: UInt64.self)
            while next < min(position, stop + 1) {
                result.add(next, "it is missing")
                next += 1
            }
            guard next <= stop else { return false }
            try checkEvent(bytes, in: transaction)
            next += 1
            return next <= stop
        }
        while next <= stop {
            result.add(next, "it is missing")
            next += 1
        }
    }

    private mutating func checkEvent(_ bytes: UnsafeRawBufferPointer, in transaction: borrowing ReadTransaction) throws
    {
        do {
            let raw = try RawEvent(bytes)
            try raw.checkChecksum()
            result.events += 1
            if raw.position != next { result.add(next, "it says that it is event \(raw.position)") }
            let indexed = try LogTables.ids.get(raw.id, in: transaction)
            if indexed != next {
                result.add(
                    next, "the index of ids has \(indexed.map { "event \($0)" } ?? "nothing") for its id \(raw.id)")
            }
            try checkStream(raw, in: transaction)
        } catch let error as EnvelopeError {
            result.add(next, error.description)
        }
    }

    private mutating func checkStream(_ raw: borrowing RawEvent, in transaction: borrowing ReadTransaction) throws {
        let key = [UInt8](raw.streamName)
        let name = String(decoding: raw.streamName, as: UTF8.self)
        let version = raw.streamVersion
        var (run, expected) = streams[key] ?? (nil, result.first == 1 ? 1 : version)
        if version != expected {
            result.add(next, "it is version \(version) of stream '\(name)', where \(expected) is next")
        }
        expected = version &+ 1
        if run.map({ version > $0.lastVersion || version < $0.firstVersion }) ?? true {
            run = try LogTables.run(of: name, through: version, in: transaction)
        }
        let indexed = run.flatMap { version <= $0.lastVersion ? $0.firstPosition + (version - $0.firstVersion) : nil }
        if indexed != next {
            let found = indexed.map { "event \($0)" } ?? "nothing"
            result.add(next, "the index of streams has \(found) for version \(version) of '\(name)'")
        }
        streams[key] = (run, expected)
    }
}
