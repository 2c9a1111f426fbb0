/// Why a request did not give a whole answer.
public struct StreamFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind to branch on; one per failed request.
    public var kind: Kind
    /// What could not be done, to what, and why. Holds no key, no token and no text of the prompt.
    public var sentence: String

    /// The error classes that samples are counted by.
    public enum Kind: Sendable, Equatable {
        /// No connection, or it was refused.
        case connect
        /// A status outside 200–299.
        case http
        /// An answer that is not what the protocol says.
        case `protocol`
        /// A limit of time was reached; counted once, whichever limit it was.
        case timeout(Limit)
        /// The server reported an error inside an answer that it had begun with success.
        case streamError
        /// The answer ended before it was finished.
        case truncated
        /// The caller's task was cancelled, or the client was shut down.
        case cancelled
    }

    /// Which limit of time was reached.
    public enum Limit: Sendable, Equatable {
        /// `StreamRequest.totalTimeout`.
        case total
        /// `StreamRequest.firstTokenTimeout`.
        case firstToken
    }

    /// A failure of that kind, told by that sentence.
    public init(_ kind: Kind, _ sentence: String) {
        self.kind = kind
        self.sentence = sentence
    }

    /// The class's name in events, tables and exports: `connect`, `http`, `protocol`, `timeout`, `stream_error`, `truncated`, `cancelled`.
    public var className: String {
        switch kind {
        case .connect: "connect"
        case .http: "http"
        case .protocol: "protocol"
        case .timeout: "timeout"
        case .streamError: "stream_error"
        case .truncated: "truncated"
        case .cancelled: "cancelled"
        }
    }

    /// The sentence.
    public var description: String { sentence }
}
