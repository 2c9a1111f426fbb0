/// The name of a stream: the events of one thing, in order. `model-<id>`, `run-<id>`, `schedule-<id>`, or `system`.
public struct StreamID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The longest name, in bytes: it is part of a key, and keys have a limit.
    public static let limit = 200

    /// The name.
    public let name: String

    /// The name.
    public var description: String { name }

    /// The stream of that name.
    ///
    /// - Throws: `StreamIDError` when it is empty, longer than `limit`, or has anything but visible ASCII characters.
    public init(_ name: String) throws(StreamIDError) {
        guard !name.isEmpty, name.utf8.count <= StreamID.limit else {
            throw StreamIDError(
                name: name, reason: "it must have 1 to \(StreamID.limit) bytes, this one has \(name.utf8.count)")
        }
        guard name.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw StreamIDError(
                name: name, reason: "only letters, digits and signs of ASCII may stand in it, and no space")
        }
        self.name = name
    }

    private init(unchecked name: String) { self.name = name }

    /// What happened to no model, run or schedule.
    public static let system = StreamID(unchecked: "system")

    /// The stream of the model with this id of ours.
    public static func model(_ id: String) throws(StreamIDError) -> StreamID { try StreamID("model-" + id) }

    /// The stream of the run with this id.
    public static func run(_ id: String) throws(StreamIDError) -> StreamID { try StreamID("run-" + id) }

    /// The stream of the schedule with this id.
    public static func schedule(_ id: String) throws(StreamIDError) -> StreamID { try StreamID("schedule-" + id) }

    public static func < (a: StreamID, b: StreamID) -> Bool { a.name < b.name }
}

/// Why a text can't be the name of a stream.
public struct StreamIDError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The text.
    public let name: String
    /// What is wrong with it.
    public let reason: String

    /// A sentence with both.
    public var description: String { "Could not name a stream '\(name.prefix(80))': \(reason)." }
}
