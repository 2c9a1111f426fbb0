import SwiftProtobuf

extension Event {
    /// Every type this build knows, in the order of their numbers.
    public static let types: [EventType] = Codec.all.map(\.type)

    /// The event as it is stored: protobuf, fields and map keys in a fixed order, every text replaced by a commitment to it;
    /// and the texts, to be stored apart. Every call gives the texts new salts; without texts, equal events have equal bytes.
    ///
    /// - Throws: `EventError` `.tooManyTexts`, and what SwiftProtobuf throws.
    public func encoded() throws -> (payload: [UInt8], texts: [ErasableText]) {
        try encoded(salt: ErasableText.newSalt)
    }

    /// The same with salts that the caller has, asked for in the order of the texts' slots: for an event that had them before.
    public func encoded(salt: () -> [UInt8]) throws -> (payload: [UInt8], texts: [ErasableText]) {
        let (stored, texts) = try detached(salt: salt)
        var options = BinaryEncodingOptions()
        options.useDeterministicOrdering = true
        return (try stored.message.serializedBytes(options: options), texts)
    }

    /// Reads a stored payload, of this schema version or an older one, and puts its texts in the place of their commitments.
    /// A text that is missing was erased: it reads as nil.
    ///
    /// - Throws: `EventError` when the type or its schema version is newer than this build, the bytes are not such a message,
    ///   or a text is not the one that was recorded.
    public init(
        type: EventType, schemaVersion: UInt16, payload: UnsafeRawBufferPointer, texts: [ErasableText] = []
    ) throws {
        guard let codec = Codec.byType[type] else {
            throw EventError.unknownType(type.rawValue)
        }
        guard schemaVersion <= codec.schemaVersion else {
            throw EventError.newerSchema(codec.name, schemaVersion, reads: codec.schemaVersion)
        }
        let isCurrent = schemaVersion == codec.schemaVersion
        guard let decode = isCurrent ? codec.decode : Upcaster.from(type, schemaVersion)?.decode else {
            throw EventError.noSuchSchema(codec.name, schemaVersion)
        }
        do {
            self = try decode(payload)
        } catch let error as EventError {
            throw error
        } catch {
            throw EventError.malformedPayload(codec.name, "\(error)")
        }
        // The first versions had their texts in the event.
        if isCurrent || schemaVersion >= 2 {
            try join(texts)
        } else if !texts.isEmpty {
            throw EventError.strayText(codec.name)
        }
    }
}

extension Event {
    /// The event in protobuf's JSON form (https://protobuf.dev/programming-guides/json/): names as in events.proto, 64-bit
    /// numbers and bytes as strings, in a fixed order. Fields that this build does not know are not in it.
    public func json() throws -> [UInt8] {
        var options = JSONEncodingOptions()
        options.preserveProtoFieldNames = true
        options.useDeterministicOrdering = true
        return try message.jsonUTF8Bytes(options: options)
    }

    /// Reads what `json` gives.
    ///
    /// - Throws: `EventError` when this build does not know the type, or a field, or the text is not such a message.
    public init(type: EventType, json: [UInt8]) throws(EventError) {
        guard let codec = Codec.byType[type] else { throw .unknownType(type.rawValue) }
        do {
            self = try codec.decodeJSON(json)
        } catch {
            throw .malformedPayload(codec.name, "\(error)")
        }
    }
}

extension EventType {
    /// The schema version that this build writes. An older one is read through an upcaster.
    public var schemaVersion: UInt16 { Codec.byType[self]?.schemaVersion ?? 1 }

    /// The name people see: `InferenceSampled`; `Event 999` for a number that this build does not know.
    public var name: String { Codec.byType[self]?.name ?? "Event \(rawValue)" }

    /// The full name of the type's message: `flperf.events.v1.InferenceSampled`; nil for a number that this build does not know.
    public var messageName: String? { Codec.byType[self]?.messageName }

    /// The type whose message has that full name; nil when there is none.
    public init?(messageName: String) {
        guard let codec = Codec.byMessageName[messageName] else { return nil }
        self = codec.type
    }

    /// The type of that name, in any case; nil when there is none.
    public init?(named name: String) {
        guard let codec = Codec.all.first(where: { $0.name.lowercased() == name.lowercased() }) else { return nil }
        self = codec.type
    }
}

/// How one type's payload is read; the one list that a new event type is added to.
private struct Codec: Sendable {
    var type: EventType
    var name: String
    var messageName: String
    var schemaVersion: UInt16
    var decode: @Sendable (UnsafeRawBufferPointer) throws -> Event
    var decodeJSON: @Sendable ([UInt8]) throws -> Event

    static func of<M: Message>(
        _ type: EventType, schemaVersion: UInt16 = 1, _ wrap: @escaping @Sendable (M) -> Event
    ) -> Codec {
        let name = String(M.protoMessageName.split(separator: ".").last ?? "")
        return Codec(
            type: type, name: name, messageName: M.protoMessageName, schemaVersion: schemaVersion,
            decode: { wrap(try M(serializedBytes: [UInt8]($0))) }, decodeJSON: { wrap(try M(jsonUTF8Bytes: $0)) })
    }

    static let all: [Codec] = [
        .of(.modelAdded, Event.modelAdded),
        .of(.modelRemoved, Event.modelRemoved),
        .of(.modelDownloadProgressed, Event.modelDownloadProgressed),
        .of(.modelLoadStarted, Event.modelLoadStarted),
        .of(.modelLoaded, schemaVersion: 2, Event.modelLoaded),
        .of(.modelLoadFailed, Event.modelLoadFailed),
        .of(.modelUnloaded, Event.modelUnloaded),
        .of(.modelTested, Event.modelTested),
        .of(.modelHealthChecked, Event.modelHealthChecked),
        .of(.modelDownloadFailed, Event.modelDownloadFailed),
        .of(.modelStateFound, Event.modelStateFound),
        .of(.modelServerRestarted, Event.modelServerRestarted),
        .of(.runRequested, schemaVersion: 4, Event.runRequested),
        .of(.runStarted, Event.runStarted),
        .of(.modelPhaseStarted, Event.modelPhaseStarted),
        .of(.modelPhaseFinished, Event.modelPhaseFinished),
        .of(.modelPhaseSkipped, Event.modelPhaseSkipped),
        .of(.inferenceSampled, schemaVersion: SampleView.newestSchemaVersion, Event.inferenceSampled),
        .of(.resourceSampled, schemaVersion: 2, Event.resourceSampled),
        .of(.runCompleted, Event.runCompleted),
        .of(.runFailed, Event.runFailed),
        .of(.runCancelled, Event.runCancelled),
        .of(.runInterrupted, Event.runInterrupted),
        .of(.serverMetricsSampled, Event.serverMetricsSampled),
        .of(.sweepEnded, Event.sweepEnded),
        .of(.runDeleted, Event.runDeleted),
        .of(.runRestored, Event.runRestored),
        .of(.logRecorded, Event.logRecorded),
        .of(.formulaSetAdopted, Event.formulaSetAdopted),
        .of(.serviceStarted, Event.serviceStarted),
        .of(.serviceStopped, Event.serviceStopped),
        .of(.runImported, Event.runImported),
        .of(.textsErased, Event.textsErased),
        .of(.scheduleAdded, Event.scheduleAdded),
        .of(.scheduleEnded, Event.scheduleEnded),
        .of(.recomputationApplied, Event.recomputationApplied),
    ]

    static let byType = Dictionary(uniqueKeysWithValues: all.map { ($0.type, $0) })
    static let byMessageName = Dictionary(uniqueKeysWithValues: all.map { ($0.messageName, $0) })
}

/// Why stored bytes could not be read as an event.
public enum EventError: Error, Equatable, Sendable, CustomStringConvertible {
    case unknownType(UInt16)
    case newerSchema(String, UInt16, reads: UInt16)
    case noSuchSchema(String, UInt16)
    case malformedPayload(String, String)
    case alteredText(String, UInt16)
    case strayText(String)
    case tooManyTexts(String)

    public var description: String {
        switch self {
        case .unknownType(let number):
            "Could not read an event of type \(number): this flperf does not know it. It was written by a newer one; upgrade flperf."
        case .newerSchema(let name, let version, let reads):
            "Could not read \(name) in schema version \(version): this flperf reads up to version \(reads). Upgrade flperf."
        case .noSuchSchema(let name, let version):
            "Could not read \(name) in schema version \(version): there never was one. Restore the log from a backup."
        case .malformedPayload(let name, let reason):
            "Could not read the payload of \(name): \(reason)."
        case .alteredText(let name, let slot):
            "Could not read text \(slot) of \(name): it is not the text that was recorded. Restore the log from a backup."
        case .strayText(let name):
            "Could not read the texts of \(name): one of them belongs to no place in it. Restore the log from a backup."
        case .tooManyTexts(let name):
            "Could not record \(name): it has more than 65534 texts, prompts and turns together. Split them over several runs."
        }
    }
}
