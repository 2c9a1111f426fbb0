import EventStore
import Events
import Export
import Transparency

/// One line of a CloudEvents export, read back: what `CloudEventWriter` writes.
struct CloudEventReader {
    /// The log that the event comes from.
    let source: SourceID
    /// The event, as that log has it.
    let event: StoredEvent
    /// Its leaf in the log's tree.
    let leafHash: Digest

    /// - Throws: `LineRefusal` when it is no CloudEvent, lacks an attribute that an export has, contradicts itself, or the
    ///   event that it describes has another leaf hash than it says.
    init(line: UnsafeBufferPointer<UInt8>) throws(LineRefusal) {
        let attributes = try CloudEventAttributes(line: line)
        guard attributes.has("specversion") else {
            throw LineRefusal("it is no CloudEvent, and only the export of `--format cloudevents` can be imported")
        }
        try attributes.expect("specversion", "1.0", "the version that an export has")
        try attributes.expect("datacontenttype", "application/json", "the one that an export has")
        source = try CloudEventReader.source(attributes)
        event = try CloudEventReader.event(attributes)
        leafHash = event.leafHash
        try attributes.expect(
            "leafhash", Hexadecimal.text(of: leafHash), "the hash of the event that the line describes")
    }

    private static func source(_ attributes: CloudEventAttributes) throws(LineRefusal) -> SourceID {
        let text = try attributes.text("source")
        guard text.hasPrefix(CloudEventWriter.sourcePrefix),
            let source = SourceID(String(text.dropFirst(CloudEventWriter.sourcePrefix.count)))
        else { throw LineRefusal("its 'source' is '\(text.prefix(100))' and not 'urn:uuid:' with the UUID of a log") }
        return source
    }

    private static func event(_ attributes: CloudEventAttributes) throws(LineRefusal) -> StoredEvent {
        let name = try attributes.text("type")
        guard let type = EventType(messageName: name) else {
            throw LineRefusal(
                "this flperf knows no event type '\(name.prefix(100))'; if a newer one wrote it, use that")
        }
        try attributes.expect(
            "dataschema", CloudEventWriter.dataSchema(of: name, version: type.schemaVersion), "what this flperf reads")
        guard let id = EventID(try attributes.text("id")) else { throw LineRefusal("its 'id' is no UUID") }
        let content = try CloudEventContent(attributes, type: type)
        let recordedAt = try attributes.moment("recordedtime")
        try attributes.expect(
            "time", Timestamp.text(of: content.occurredAt ?? recordedAt), "what follows from 'data' and 'recordedtime'")
        let subject = try attributes.text("subject")
        let stream: StreamID
        do throws(StreamIDError) {
            stream = try StreamID(subject)
        } catch {
            throw LineRefusal("its 'subject' is no stream: \(error.reason)")
        }
        return StoredEvent(
            position: try attributes.decimal("sequence"), recordedAt: recordedAt, id: id, stream: stream,
            version: try attributes.decimal("streamversion"), type: type, schemaVersion: content.schemaVersion,
            payload: content.payload, textCount: content.textCount, texts: content.texts)
    }
}

/// What an event holds, out of `data` and the attributes that belong to it.
private struct CloudEventContent {
    let schemaVersion: UInt16
    let payload: [UInt8]
    let textCount: UInt16
    let texts: [ErasableText]
    let occurredAt: Int64?

    init(_ attributes: CloudEventAttributes, type: EventType) throws(LineRefusal) {
        schemaVersion = try attributes.number("schemaversion")
        textCount = attributes.has("textcount") ? try attributes.number("textcount") : 0
        let json = try attributes.data()
        let salts = try attributes.bytes("textsalts") ?? []
        let stored = try attributes.bytes("payloadbase64")
        do {
            let event = try Event(type: type, json: json)
            occurredAt = event.occurredUnixNanoseconds
            let encoded = try CloudEventContent.encode(event, salts: salts, textCount: textCount)
            texts = encoded.texts
            payload = stored ?? encoded.payload
            guard stored != nil || schemaVersion == type.schemaVersion else {
                throw LineRefusal(
                    "a payload of schema version \(schemaVersion) can't be made of 'data', and it has no 'payloadbase64'"
                )
            }
            let size = texts.reduce(payload.count) { $0 + $1.text.count }
            guard size <= Envelope.payloadLimit else {
                throw LineRefusal("its event has \(size) bytes, and the limit is \(Envelope.payloadLimit)")
            }
            guard try stored == nil || says(event, type) else {
                throw LineRefusal("its 'data' says something else than its 'payloadbase64'")
            }
        } catch let error as LineRefusal {
            throw error
        } catch {
            throw LineRefusal("its 'data' can't be read: \(error)")
        }
    }

    /// An event that was stored with its texts inside, as older ones were, has none apart.
    private static func encode(
        _ event: Event, salts: [UInt8], textCount: UInt16
    ) throws -> (payload: [UInt8], texts: [ErasableText]) {
        guard textCount > 0 else {
            guard salts.isEmpty else { throw LineRefusal("it has 'textsalts' and no 'textcount'") }
            return (try event.encoded().payload, [])
        }
        var rest = salts[...]
        let encoded = try event.encoded {
            defer { rest = rest.dropFirst(ErasableText.saltSize) }
            return Array(rest.prefix(ErasableText.saltSize))
        }
        guard salts.count == encoded.texts.count * ErasableText.saltSize else {
            throw LineRefusal(
                "its 'textsalts' has \(salts.count) bytes, and the \(encoded.texts.count) texts in 'data' want "
                    + "\(ErasableText.saltSize) each")
        }
        return encoded
    }

    /// Whether the stored payload is the event that `data` tells.
    private func says(_ event: Event, _ type: EventType) throws -> Bool {
        let stored = try payload.withUnsafeBytes {
            try Event(type: type, schemaVersion: schemaVersion, payload: $0, texts: texts)
        }
        return try stored.json() == event.json()
    }
}
