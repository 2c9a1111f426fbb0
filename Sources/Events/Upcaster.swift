import SwiftProtobuf

/// Reads payloads of an older schema version as today's event. What is stored stays as it is.
struct Upcaster: Sendable {
    var type: EventType
    var version: UInt16
    var decode: @Sendable (UnsafeRawBufferPointer) throws -> Event

    /// The one for a type and version; nil when there never was such a version.
    static func from(_ type: EventType, _ version: UInt16) -> Upcaster? {
        all.first { $0.type == type && $0.version == version }
    }

    private static let all: [Upcaster] = [
        // The texts were fields of the event itself.
        Upcaster(type: .inferenceSampled, version: 1) { payload in
            .inferenceSampled(InferenceSampled(try SampleView(payload, schemaVersion: 1)))
        },
        Upcaster(type: .runRequested, version: 1) { payload in
            var run: RunRequested = try known(payload)
            let texts: RunRequestedTextsV1 = try known(payload)
            run.scenarios = zip(run.scenarios, texts.scenarios).map { scenario, texts in
                var scenario = scenario
                scenario.promptText = texts.prompt
                scenario.systemPromptText = texts.systemPrompt
                return scenario
            }
            return .runRequested(run)
        },
        // What came since is missing there, and null.
        Upcaster(type: .inferenceSampled, version: 2) { payload in
            .inferenceSampled(InferenceSampled(try SampleView(payload, schemaVersion: 2)))
        },
        Upcaster(type: .runRequested, version: 2) { .runRequested(try whole($0)) },
        Upcaster(type: .runRequested, version: 3) { .runRequested(try whole($0)) },
        Upcaster(type: .modelLoaded, version: 1) { .modelLoaded(try whole($0)) },
        Upcaster(type: .resourceSampled, version: 1) { .resourceSampled(try whole($0)) },
    ]

    /// A payload whose fields all mean what they mean today.
    private static func whole<M: Message>(_ payload: UnsafeRawBufferPointer) throws -> M {
        try M(serializedBytes: [UInt8](payload))
    }

    /// The fields of the payload that this message knows.
    private static func known<M: Message>(_ payload: UnsafeRawBufferPointer) throws -> M {
        var options = BinaryDecodingOptions()
        options.discardUnknownFields = true
        return try M(serializedBytes: [UInt8](payload), options: options)
    }
}
