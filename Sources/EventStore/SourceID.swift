import Foundation

/// Which log an event comes from: a UUID that a log gets when it is made and keeps for ever.
///
/// On one machine there is one source and it is not shown; where logs of several machines meet, a position alone says nothing.
public struct SourceID: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The UUID.
    public let uuid: UUID

    /// The source with this UUID.
    public init(_ uuid: UUID) { self.uuid = uuid }

    /// Reads the text form; nil when it is not one.
    public init?(_ text: String) {
        guard let uuid = UUID(uuidString: text) else { return nil }
        self.uuid = uuid
    }

    /// The text form, in lower case.
    public var description: String { uuid.uuidString.lowercased() }
}
