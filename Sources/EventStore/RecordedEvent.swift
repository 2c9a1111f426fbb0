import Events

/// An event's number in the log: from 1, without gaps, for ever.
public typealias Position = UInt64

/// An event to be appended.
public struct NewEvent: Sendable, Equatable {
    /// Its identity. An append is safe to repeat as long as the ids stay the same.
    public var id: EventID
    /// What happened.
    public var event: Event

    /// An event with a new id, or one that the caller chose.
    public init(_ event: Event, id: EventID = .make()) {
        self.id = id
        self.event = event
    }
}

/// What the writer of a stream believes of it.
public enum ExpectedVersion: Sendable, Equatable {
    /// Whatever is there.
    case any
    /// The stream's version, which is the number of its events; 0 means that it must not exist.
    case exactly(UInt64)
}

/// Where an append went.
public struct Appended: Sendable, Equatable {
    /// The position of the first event. Of an append of nothing: one more than `last`.
    public var first: Position
    /// The position of the last event. Of an append of nothing: the log's last position.
    public var last: Position
    /// The stream's version after the last event.
    public var streamVersion: UInt64
    /// Whether these very events had been appended before, and nothing was written now.
    public var wasAlreadyThere: Bool
}

/// An event of the log, decoded.
public struct RecordedEvent: Sendable, Equatable {
    /// Its number in the log.
    public var position: Position
    /// When it was recorded.
    ///
    /// - Unit: nanoseconds since the epoch, UTC.
    /// - Source: the wall clock of the recording host, which may jump; order is `position`'s affair.
    public var recordedAt: Int64
    /// Its identity.
    public var id: EventID
    /// The stream that it belongs to.
    public var stream: StreamID
    /// Its number in the stream, from 1.
    public var version: UInt64
    /// The schema version of the stored payload.
    public var schemaVersion: UInt16
    /// What happened.
    public var event: Event

    /// The kind of event.
    public var type: EventType { event.type }

    /// An event with these parts: what a test or a rehearsal folds without a log.
    public init(
        position: Position, recordedAt: Int64, id: EventID, stream: StreamID, version: UInt64, event: Event,
        schemaVersion: UInt16? = nil
    ) {
        self.position = position
        self.recordedAt = recordedAt
        self.id = id
        self.stream = stream
        self.version = version
        self.event = event
        self.schemaVersion = schemaVersion ?? event.schemaVersion
    }

    /// A copy of a stored event, with those of its texts that are given.
    ///
    /// - Throws: `EnvelopeError` or `EventError`.
    public init(_ raw: borrowing RawEvent, texts: [ErasableText] = []) throws {
        self.init(
            position: raw.position, recordedAt: raw.recordedAt, id: raw.id, stream: try raw.stream(),
            version: raw.streamVersion, event: try raw.decode(texts: texts), schemaVersion: raw.schemaVersion)
    }
}
