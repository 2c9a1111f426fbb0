import EventStore
import Export

/// An event as one line of JSON:
/// `{"data":…,"id":…,"position":…,"recorded_at":…,"schema_version":…,"stream":…,"stream_version":…,"type":…}`.
public enum EventLine {
    /// The line, without an end of line.
    public static func json(_ event: RecordedEvent) throws -> [UInt8] {
        var buffer = TextBuffer()
        try append(event, to: &buffer)
        return buffer.bytes
    }

    static func append(_ event: RecordedEvent, to buffer: inout TextBuffer) throws {
        buffer.append(#"{"data":"#)
        buffer.append(try event.event.json())
        buffer.append(#","id":""#)
        buffer.append(event.id.description)
        buffer.append(#"","position":"#)
        buffer.append(decimal: event.position)
        buffer.append(#","recorded_at":""#)
        Timestamp.append(event.recordedAt, to: &buffer)
        buffer.append(#"","schema_version":"#)
        buffer.append(decimal: UInt64(event.schemaVersion))
        buffer.append(#","stream":"#)
        buffer.append(quoted: event.stream.name.utf8)
        buffer.append(#","stream_version":"#)
        buffer.append(decimal: event.version)
        buffer.append(#","type":""#)
        buffer.append(event.type.name)
        buffer.append(#""}"#)
    }
}
