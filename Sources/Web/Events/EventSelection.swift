import EventStore
import Events

/// Which events a caller wants.
struct EventSelection: Sendable {
    /// Empty for all.
    var types: Set<EventType>
    /// A stream's name; nil for all.
    var stream: String?

    init(_ query: Query) {
        types = Set(query.texts("type").compactMap { EventType(named: $0) })
        stream = query.text("stream")
    }

    init(run id: String) throws {
        types = []
        stream = try StreamID.run(id).name
    }

    func includes(_ raw: borrowing RawEvent) -> Bool {
        if !types.isEmpty, !types.contains(raw.type) { return false }
        guard let stream else { return true }
        return raw.streamName.elementsEqual(stream.utf8)
    }

    func includes(_ frame: EventFeed.Frame) -> Bool {
        (types.isEmpty || types.contains(frame.type)) && (stream == nil || stream == frame.stream.name)
    }

    static let parameters = [
        Parameter(
            name: "type", kind: .choice(Event.types.map(\.name).sorted()), summary: "Only events of this type.",
            repeats: true),
        Parameter(
            name: "stream", kind: .text(Parameter.nameLength),
            summary: "Only events of this stream: system, run-ID or model-ID."),
    ]
}
