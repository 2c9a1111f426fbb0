import SwiftProtobuf

/// One thing that happened, with its payload: the messages of `events.proto`.
public enum Event: Sendable, Equatable {
    case modelAdded(ModelAdded)
    case modelRemoved(ModelRemoved)
    case modelDownloadProgressed(ModelDownloadProgressed)
    case modelLoadStarted(ModelLoadStarted)
    case modelLoaded(ModelLoaded)
    case modelLoadFailed(ModelLoadFailed)
    case modelUnloaded(ModelUnloaded)
    case modelTested(ModelTested)
    case modelHealthChecked(ModelHealthChecked)
    case runRequested(RunRequested)
    case runStarted(RunStarted)
    case modelPhaseStarted(ModelPhaseStarted)
    case modelPhaseFinished(ModelPhaseFinished)
    case modelPhaseSkipped(ModelPhaseSkipped)
    case inferenceSampled(InferenceSampled)
    case resourceSampled(ResourceSampled)
    case runCompleted(RunCompleted)
    case runFailed(RunFailed)
    case runCancelled(RunCancelled)
    case runInterrupted(RunInterrupted)
    case logRecorded(LogRecorded)
    case formulaSetAdopted(FormulaSetAdopted)
    case serviceStarted(ServiceStarted)
    case serviceStopped(ServiceStopped)
    case runImported(RunImported)
}

extension Event {
    /// The schema version that this build writes, of every type so far. An older one is read through an upcaster.
    public static let schemaVersion: UInt16 = 1

    /// Every type this build knows, in the order of their numbers.
    public static let types: [EventType] = Codec.all.map(\.type)

    /// The type's number in the envelope.
    public var type: EventType {
        switch self {
        case .modelAdded: .modelAdded
        case .modelRemoved: .modelRemoved
        case .modelDownloadProgressed: .modelDownloadProgressed
        case .modelLoadStarted: .modelLoadStarted
        case .modelLoaded: .modelLoaded
        case .modelLoadFailed: .modelLoadFailed
        case .modelUnloaded: .modelUnloaded
        case .modelTested: .modelTested
        case .modelHealthChecked: .modelHealthChecked
        case .runRequested: .runRequested
        case .runStarted: .runStarted
        case .modelPhaseStarted: .modelPhaseStarted
        case .modelPhaseFinished: .modelPhaseFinished
        case .modelPhaseSkipped: .modelPhaseSkipped
        case .inferenceSampled: .inferenceSampled
        case .resourceSampled: .resourceSampled
        case .runCompleted: .runCompleted
        case .runFailed: .runFailed
        case .runCancelled: .runCancelled
        case .runInterrupted: .runInterrupted
        case .logRecorded: .logRecorded
        case .formulaSetAdopted: .formulaSetAdopted
        case .serviceStarted: .serviceStarted
        case .serviceStopped: .serviceStopped
        case .runImported: .runImported
        }
    }

    /// The schema version of this event's payload.
    public var schemaVersion: UInt16 { Event.schemaVersion }

    /// The payload as it is stored: protobuf, fields and map keys in a fixed order, so that equal events have equal bytes.
    public func payload() throws -> [UInt8] {
        var options = BinaryEncodingOptions()
        options.useDeterministicOrdering = true
        return try message.serializedBytes(options: options)
    }

    /// Reads a stored payload.
    ///
    /// - Throws: `EventError` when the type or its schema version is newer than this build, or the bytes are not such a message.
    public init(type: EventType, schemaVersion: UInt16, payload: UnsafeRawBufferPointer) throws {
        guard let codec = Codec.byType[type] else {
            throw EventError.unknownType(type.rawValue)
        }
        guard schemaVersion == Event.schemaVersion else {
            throw EventError.newerSchema(codec.name, schemaVersion)
        }
        do {
            self = try codec.decode(payload)
        } catch {
            throw EventError.malformedPayload(codec.name, "\(error)")
        }
    }

    /// The message inside, of whatever type.
    public var message: any Message {
        switch self {
        case .modelAdded(let message): message
        case .modelRemoved(let message): message
        case .modelDownloadProgressed(let message): message
        case .modelLoadStarted(let message): message
        case .modelLoaded(let message): message
        case .modelLoadFailed(let message): message
        case .modelUnloaded(let message): message
        case .modelTested(let message): message
        case .modelHealthChecked(let message): message
        case .runRequested(let message): message
        case .runStarted(let message): message
        case .modelPhaseStarted(let message): message
        case .modelPhaseFinished(let message): message
        case .modelPhaseSkipped(let message): message
        case .inferenceSampled(let message): message
        case .resourceSampled(let message): message
        case .runCompleted(let message): message
        case .runFailed(let message): message
        case .runCancelled(let message): message
        case .runInterrupted(let message): message
        case .logRecorded(let message): message
        case .formulaSetAdopted(let message): message
        case .serviceStarted(let message): message
        case .serviceStopped(let message): message
        case .runImported(let message): message
        }
    }
}

extension EventType {
    /// The name people see: `InferenceSampled`; `Event 999` for a number that this build does not know.
    public var name: String { Codec.byType[self]?.name ?? "Event \(rawValue)" }

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
    var decode: @Sendable (UnsafeRawBufferPointer) throws -> Event

    static func of<M: Message>(_ type: EventType, _ wrap: @escaping @Sendable (M) -> Event) -> Codec {
        let name = String(M.protoMessageName.split(separator: ".").last ?? "")
        return Codec(type: type, name: name) { wrap(try M(serializedBytes: [UInt8]($0))) }
    }

    static let all: [Codec] = [
        .of(.modelAdded, Event.modelAdded),
        .of(.modelRemoved, Event.modelRemoved),
        .of(.modelDownloadProgressed, Event.modelDownloadProgressed),
        .of(.modelLoadStarted, Event.modelLoadStarted),
        .of(.modelLoaded, Event.modelLoaded),
        .of(.modelLoadFailed, Event.modelLoadFailed),
        .of(.modelUnloaded, Event.modelUnloaded),
        .of(.modelTested, Event.modelTested),
        .of(.modelHealthChecked, Event.modelHealthChecked),
        .of(.runRequested, Event.runRequested),
        .of(.runStarted, Event.runStarted),
        .of(.modelPhaseStarted, Event.modelPhaseStarted),
        .of(.modelPhaseFinished, Event.modelPhaseFinished),
        .of(.modelPhaseSkipped, Event.modelPhaseSkipped),
        .of(.inferenceSampled, Event.inferenceSampled),
        .of(.resourceSampled, Event.resourceSampled),
        .of(.runCompleted, Event.runCompleted),
        .of(.runFailed, Event.runFailed),
        .of(.runCancelled, Event.runCancelled),
        .of(.runInterrupted, Event.runInterrupted),
        .of(.logRecorded, Event.logRecorded),
        .of(.formulaSetAdopted, Event.formulaSetAdopted),
        .of(.serviceStarted, Event.serviceStarted),
        .of(.serviceStopped, Event.serviceStopped),
        .of(.runImported, Event.runImported),
    ]

    static let byType = Dictionary(uniqueKeysWithValues: all.map { ($0.type, $0) })
}

/// Why stored bytes could not be read as an event.
public enum EventError: Error, Equatable, Sendable, CustomStringConvertible {
    case unknownType(UInt16)
    case newerSchema(String, UInt16)
    case malformedPayload(String, String)

    public var description: String {
        switch self {
        case .unknownType(let number):
            "Could not read an event of type \(number): this flperf does not know it. It was written by a newer one; upgrade flperf."
        case .newerSchema(let name, let version):
            "Could not read \(name) in schema version \(version): this flperf reads version \(Event.schemaVersion). Upgrade flperf."
        case .malformedPayload(let name, let reason):
            "Could not read the payload of \(name): \(reason)."
        }
    }
}
