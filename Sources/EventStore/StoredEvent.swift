import Events
import Storage

/// An event with all that the log holds of it, byte by byte: what an export carries to another log.
public struct StoredEvent: Sendable, Equatable {
    /// Its number in the log.
    public var position: Position
    /// When it was recorded: ns since the epoch, UTC.
    public var recordedAt: Int64
    /// Its identity.
    public var id: EventID
    /// The stream that it belongs to.
    public var stream: StreamID
    /// Its number in the stream, from 1.
    public var version: UInt64
    /// The kind of event.
    public var type: EventType
    /// The schema version of the payload.
    public var schemaVersion: UInt16
    /// The payload as it is stored.
    public var payload: [UInt8]
    /// How many texts are kept apart from the payload, erased ones included.
    public var textCount: UInt16
    /// Those that were not erased, in the order of their slots.
    public var texts: [ErasableText]

    /// An event of these parts.
    public init(
        position: Position, recordedAt: Int64, id: EventID, stream: StreamID, version: UInt64, type: EventType,
        schemaVersion: UInt16, payload: [UInt8], textCount: UInt16, texts: [ErasableText]
    ) {
        self.position = position
        self.recordedAt = recordedAt
        self.id = id
        self.stream = stream
        self.version = version
        self.type = type
        self.schemaVersion = schemaVersion
        self.payload = payload
        self.textCount = textCount
        self.texts = texts
    }
}

extension EventLog {
    /// Appends events of another log with this one's source, as they are stored there: all of them or none.
    ///
    /// - Throws: `LogError`: `.otherLog` when they do not follow on this log's last event, or an id of them is in it already;
    ///   `.versionConflict`, `.readOnly`, `.closed`, `.store`.
    public func appendRecorded(_ events: [StoredEvent]) throws {
        try checkWritable()
        guard let first = events.first else { return }
        let runs = events.chunked { $0.stream == $1.stream && $0.version + 1 == $1.version }
        do {
            try LogCommitter(store: store, clock: { first.recordedAt }).commit(
                runs.map { EncodedEvents(recorded: $0) }, at: first.position)
            try store.sync()
        } catch let error as StoreError {
            throw LogError(error)
        } catch let error as EnvelopeError {
            throw LogError.damaged(store.folder, error)
        }
    }
}

extension EncodedEvents {
    /// Events that were recorded before, at their own times. Never empty, of one stream.
    convenience init(recorded events: ArraySlice<StoredEvent>) {
        let stream = events.first.map(\.stream) ?? .system
        let size = events.reduce(0) { $0 + Envelope.size(stream: stream, payload: $1.payload.count) }
        self.init(stream: stream, count: events.count, size: size)
        for (index, event) in events.enumerated() {
            event.payload.withUnsafeBytes {
                add(
                    type: event.type.rawValue, schemaVersion: event.schemaVersion, id: event.id, payload: $0,
                    texts: event.textCount)
            }
            texts += event.texts.map { (index, $0) }
        }
        times = events.map(\.recordedAt)
        firstVersion = events.first?.version
    }
}

extension Array {
    /// The elements in runs: a new one begins where two neighbours do not belong together.
    fileprivate func chunked(by belong: (Element, Element) -> Bool) -> [ArraySlice<Element>] {
        var runs: [ArraySlice<Element>] = []
        var start = startIndex
        for index in indices.dropFirst() where !belong(self[index - 1], self[index]) {
            runs.append(self[start..<index])
            start = index
        }
        if start < endIndex { runs.append(self[start...]) }
        return runs
    }
}
