import EventStore
import Events
import Transparency

extension StoredEvent {
    /// What the log's tree has of it: SHA-256(0x00 ‖ stored bytes).
    var leafHash: Digest {
        withUnsafeTemporaryAllocation(byteCount: Envelope.size(stream: stream, payload: payload.count), alignment: 8) {
            bytes in
            payload.withUnsafeBytes {
                Envelope.prepare(
                    bytes, type: type.rawValue, schemaVersion: schemaVersion, id: id, stream: stream, payload: $0,
                    texts: textCount)
            }
            Envelope.seal(
                bytes, position: position, recordedAt: recordedAt, streamVersion: version,
                bodyChecksum: Envelope.bodyChecksum(UnsafeRawBufferPointer(bytes)))
            return Digest(leaf: UnsafeRawBufferPointer(bytes))
        }
    }
}
