import Foundation

/// Why something was not proven, or a text that should prove it could not be read.
public struct ProofError: Error, Equatable, Sendable, CustomStringConvertible, LocalizedError {
    /// A sentence that names what does not hold.
    public let description: String

    /// The same sentence, for code that only knows `Error`.
    public var errorDescription: String? { description }

    /// An error with this sentence.
    public init(_ description: String) { self.description = description }
}
