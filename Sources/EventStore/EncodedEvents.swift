import Events
import Transparency

/// The events of one append, encoded outside the writer, in one piece of memory: only position, time and version are open.
///
/// `@unchecked Sendable`: whoever appends fills it and hands it over. From then on records and memory only change inside a
/// `SealedChunk`, each of which one thread works on.
final class EncodedEvents: @unchecked Sendable {
    struct Record {
        var id: EventID
        var offset: Int
        var length: Int
        var bodyChecksum: UInt32
    }

    /// Where the first of the events goes, and when.
    struct Place: Equatable {
        var position: Position
        var version: UInt64
        var recordedAt: Int64
    }

    let stream: StreamID
    private(set) var records: [Record] = []
    /// The ids, those that follow one another by 1 in one piece.
    private(set) var idRuns: [(first: EventID, count: UInt64)] = []
    /// The texts that are kept apart, and which of the events each belongs to.
    var texts: [(event: Int, text: ErasableText)] = []
    /// When each was recorded, if that is not now.
    var times: [Int64]?
    /// The version in its stream that the first one must have; nil when any will do.
    var firstVersion: UInt64?
    /// As they were before they were encoded; empty when they never were anything else.
    private var source: [NewEvent] = []
    private let memory: UnsafeMutableRawBufferPointer
    private var sealing: Sealing?

    /// - Throws: `LogError` `.tooLarge`, and what encoding throws.
    convenience init(_ events: [NewEvent], stream: StreamID) throws {
        let encoded = try events.map { try $0.event.encoded() }
        for (event, (payload, texts)) in zip(events, encoded) {
            let size = texts.reduce(payload.count) { $0 + $1.text.count }
            guard size > Envelope.payloadLimit else { continue }
            throw LogError(
                .tooLarge,
                "Could not append to stream '\(stream)': \(event.event.type.name) has \(size) bytes, the limit is "
                    + "\(Envelope.payloadLimit). Keep less in it.")
        }
        let size = encoded.reduce(0) { $0 + Envelope.size(stream: stream, payload: $1.payload.count) }
        self.init(stream: stream, count: events.count, size: size)
        source = events
        for (index, (event, (payload, texts))) in zip(events, encoded).enumerated() {
            payload.withUnsafeBytes {
                add(
                    type: event.event.type.rawValue, schemaVersion: event.event.schemaVersion, id: event.id,
                    payload: $0, texts: UInt16(texts.count))
            }
            self.texts += texts.map { (index, $0) }
        }
    }

    /// Room for so many events with so many bytes in all.
    init(stream: StreamID, count: Int, size: Int) {
        self.stream = stream
        memory = .allocate(byteCount: size, alignment: 8)
        records.reserveCapacity(count)
    }

    deinit { memory.deallocate() }

    func add(
        type: UInt16, schemaVersion: UInt16, id: EventID, payload: UnsafeRawBufferPointer, texts: UInt16 = 0
    ) {
        let offset = records.last.map { $0.offset + $0.length } ?? 0
        let length = Envelope.size(stream: stream, payload: payload.count)
        let bytes = UnsafeMutableRawBufferPointer(rebasing: memory[offset..<offset + length])
        Envelope.prepare(
            bytes, type: type, schemaVersion: schemaVersion, id: id, stream: stream, payload: payload, texts: texts)
        let checksum = Envelope.bodyChecksum(UnsafeRawBufferPointer(bytes))
        if let last = records.last?.id, last.isFollowed(by: id) {
            idRuns[idRuns.count - 1].count += 1
        } else {
            idRuns.append((id, 1))
        }
        records.append(Record(id: id, offset: offset, length: length, bodyChecksum: checksum))
    }

    func bytes(of record: Record) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: memory[record.offset..<record.offset + record.length])
    }

    /// Whether a stored event is this one: the same bytes but for its place, or the same content, where the bytes are those
    /// of an older schema version or of a text with another salt.
    func isSame(_ index: Int, as stored: borrowing RawEvent, texts: () throws -> [ErasableText]) throws -> Bool {
        let own = UnsafeRawBufferPointer(bytes(of: records[index]))
        let isSameBytes =
            own.count == stored.bytes.count && own[1..<8].elementsEqual(stored.bytes[1..<8])
            && own[Envelope.headerSize...].elementsEqual(stored.bytes[Envelope.headerSize...])
        if isSameBytes { return true }
        guard index < source.count, stored.type == source[index].event.type, try stored.stream() == stream else {
            return false
        }
        return try source[index].event.sameContent(as: stored.decode(texts: texts()))
    }
}

// MARK: - The place

extension EncodedEvents {
    /// Where they will probably go.
    var foreseen: Place? { sealing?.place }

    /// Tells, before they are handed over, where they will probably go. Whoever gets the answer may help to seal them.
    func foresee(_ place: Place) -> Sealing {
        let sealing = Sealing(self, at: place)
        self.sealing = sealing
        return sealing
    }

    /// Gives the events their place, and lends them chunk by chunk, in order, as they are ready. Only the writer does this.
    func sealed(at place: Place, _ body: (SealedChunk) throws -> Void) rethrows {
        var sealing = self.sealing
        if let foreseen = sealing, foreseen.place != place {
            foreseen.stop()
            sealing = nil
        }
        try (sealing ?? foresee(place)).forEach(body)
    }
}
