import EventStore
import Events
import Export
import Transparency

/// Events as CloudEvents 1.0.2 in JSON (https://github.com/cloudevents/spec), with all that it takes to store the same bytes
/// again.
///
/// ```
/// specversion      1.0
/// id               the event's id
/// source           urn:uuid: and the log's source
/// type             the full name of the message: flperf.events.v1.InferenceSampled
/// time             when it happened: what the event itself says, else when it was recorded
/// recordedtime     when it was recorded, to the nanosecond (extension Recorded Time)
/// sequence         the position, in 20 digits (extension Sequence)
/// subject          the stream
/// dataschema       names the message and the schema version that `data` has
/// datacontenttype  application/json
/// schemaversion    the schema version of the stored payload
/// textcount        how many texts are kept apart from the event, erased ones included; where there are any
/// streamversion    the number in the stream
/// leafhash         hexadecimal: SHA-256(0x00 ‖ stored bytes), the event's leaf in the log's tree (RFC 6962)
/// textsalts        base64: the salts of those texts that `data` has, in order; where it has any
/// payloadbase64    the stored payload, where `data` written anew would give other bytes
/// data             the message in protobuf's JSON form
/// ```
struct CloudEventWriter {
    static let sourcePrefix = "urn:uuid:"

    private let source: String

    init(source: SourceID) { self.source = CloudEventWriter.sourcePrefix + source.description }

    /// What `data` adheres to: a message of events.proto at a schema version.
    static func dataSchema(of message: String, version: UInt16) -> String { "urn:flperf:schema:\(message):\(version)" }

    /// - Parameter texts: those that were joined into the event.
    func append(
        _ event: RecordedEvent, stored raw: borrowing RawEvent, texts: [ErasableText], to buffer: inout TextBuffer
    ) throws {
        let data = try event.event.json()
        let type = event.type.messageName ?? event.type.name
        buffer.append(#"{"specversion":"1.0","id":""#)
        buffer.append(event.id.description)
        buffer.append(#"","source":""#)
        buffer.append(source)
        buffer.append(#"","type":""#)
        buffer.append(type)
        buffer.append(#"","time":""#)
        Timestamp.append(event.event.occurredUnixNanoseconds ?? event.recordedAt, to: &buffer)
        buffer.append(#"","recordedtime":""#)
        Timestamp.append(event.recordedAt, to: &buffer)
        buffer.append(#"","sequence":""#)
        buffer.append(decimal: event.position, digits: 20)
        buffer.append(#"","subject":"#)
        buffer.append(quoted: event.stream.name.utf8)
        buffer.append(#","dataschema":""#)
        buffer.append(CloudEventWriter.dataSchema(of: type, version: event.event.schemaVersion))
        buffer.append(#"","datacontenttype":"application/json","schemaversion":"#)
        buffer.append(decimal: UInt64(event.schemaVersion))
        if raw.textCount > 0 {
            buffer.append(#","textcount":"#)
            buffer.append(decimal: UInt64(raw.textCount))
        }
        buffer.append(#","streamversion":""#)
        buffer.append(decimal: event.version)
        buffer.append(#"","leafhash":""#)
        Digest(leaf: raw.bytes).withUnsafeBytes { buffer.append(hexadecimal: $0) }
        if !texts.isEmpty {
            buffer.append(#"","textsalts":""#)
            buffer.append(base64: texts.flatMap(\.salt))
        }
        if try !gives(raw, data, event.type, texts) {
            buffer.append(#"","payloadbase64":""#)
            buffer.append(base64: Array(raw.payload))
        }
        buffer.append(#"","data":"#)
        buffer.append(data)
        buffer.append("}")
    }

    /// Whether the JSON, read and stored again, gives the very bytes that are stored. A field that this build does not know,
    /// an older schema version and another order of fields do not.
    private func gives(
        _ raw: borrowing RawEvent, _ data: [UInt8], _ type: EventType, _ texts: [ErasableText]
    ) throws -> Bool {
        guard raw.schemaVersion == type.schemaVersion else { return false }
        var salts = texts.makeIterator()
        let payload = try Event(type: type, json: data).encoded { salts.next()?.salt ?? [] }.payload
        return raw.payload.elementsEqual(payload)
    }
}
