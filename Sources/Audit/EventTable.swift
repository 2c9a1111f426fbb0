import EventStore
import Export

/// Events as a table (RFC 4180): a heading, then a line an event, lines ended by CR LF.
enum EventTable {
    static let heading: StaticString = "position,recorded_at,type,schema_version,stream,stream_version,id,data\r\n"

    static func append(_ event: RecordedEvent, to buffer: inout TextBuffer) throws {
        buffer.append(decimal: event.position)
        buffer.append(",")
        Timestamp.append(event.recordedAt, to: &buffer)
        buffer.append(",")
        buffer.append(cell: Array(event.type.name.utf8))
        buffer.append(",")
        buffer.append(decimal: UInt64(event.schemaVersion))
        buffer.append(",")
        buffer.append(cell: Array(event.stream.name.utf8))
        buffer.append(",")
        buffer.append(decimal: event.version)
        buffer.append(",")
        buffer.append(event.id.description)
        buffer.append(",")
        buffer.append(cell: try event.event.json())
        buffer.append("\r\n")
    }
}

extension TextBuffer {
    fileprivate mutating func append(cell text: [UInt8]) { CSVText.append(text, to: &bytes) }
}
