import Events

/// The events of one append, encoded outside the writer, in one piece of memory: only position, time and version are open.
///
/// `@unchecked Sendable`: whoever appends fills it and hands it over; from then on only the writer touches it.
final class EncodedEvents: @unchecked Sendable {
    struct Record {
        var id: EventID
        var offset: Int
        var length: Int
        var bodyChecksum: UInt32
    }

    let stream: StreamID
    private(set) var records: [Record] = []
    private let memory: UnsafeMutableRawBufferPointer

    /// - Throws: `LogError` `.tooLarge`, and what encoding throws.
    convenience init(_ events: [NewEvent], stream: StreamID) throws {
        let payloads = try events.map { try $0.event.payload() }
        for (event, payload) in zip(events, payloads) where payload.count > Envelope.payloadLimit {
            throw LogError(
                .tooLarge,
                "Could not append to stream '\(stream)': \(event.event.type.name) has \(payload.count) bytes, the limit is "
                    + "\(Envelope.payloadLimit). Keep less in it.")
        }
        let size = payloads.reduce(0) { $0 + Envelope.size(stream: stream, payload: $1.count) }
        self.init(stream: stream, count: events.count, size: size)
        for (event, payload) in zip(events, payloads) {
            payload.withUnsafeBytes {
                add(
                    type: event.event.type.rawValue, schemaVersion: event.event.schemaVersion, id: event.id, payload: $0
                )
            }
        }
    }

    /// Room for so many events with so many bytes in all.
    init(stream: StreamID, count: Int, size: Int) {
        self.stream = stream
        memory = .allocate(byteCount: size, alignment: 8)
        records.reserveCapacity(count)
    }

    deinit { memory.deallocate() }

    func add(type: UInt16, schemaVersion: UInt16, id: EventID, payload: UnsafeRawBufferPointer) {
        let offset = records.last.map { $0.offset + $0.length } ?? 0
        let length = Envelope.size(stream: stream, payload: payload.count)
        let bytes = UnsafeMutableRawBufferPointer(rebasing: memory[offset..<offset + length])
        Envelope.prepare(bytes, type: type, schemaVersion: schemaVersion, id: id, stream: stream, payload: payload)
        let checksum = Envelope.bodyChecksum(UnsafeRawBufferPointer(bytes))
        records.append(Record(id: id, offset: offset, length: length, bodyChecksum: checksum))
    }

    func bytes(of record: Record) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: memory[record.offset..<record.offset + record.length])
    }

    /// Whether a stored event is this one: type, schema version, stream and payload, byte by byte.
    func isSame(_ record: Record, as stored: UnsafeRawBufferPointer) -> Bool {
        let own = UnsafeRawBufferPointer(bytes(of: record))
        guard own.count == stored.count, own[1..<6].elementsEqual(stored[1..<6]) else { return false }
        return own[Envelope.headerSize...].elementsEqual(stored[Envelope.headerSize...])
    }
}
