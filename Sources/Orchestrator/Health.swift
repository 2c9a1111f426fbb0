/// What came of a question to a server about itself.
public struct Health: Sendable, Equatable {
    /// How a server can be found.
    public enum State: String, Sendable, Codable, CaseIterable {
        /// It answers a real question as it should.
        case answering
        /// It is there, but still loads its model or starts up.
        case starting
        /// Nothing listens at its port, or no connection comes about.
        case notListening = "not_listening"
        /// Something listens, or the server's own tool says that it runs, but requests are refused or get no valid answer.
        case refusing
        /// It answers, and wants a key that it was not given.
        case locked
    }

    /// How it is.
    public var state: State
    /// What it said, or what is wrong and what to do: one or two sentences.
    public var detail: String
    /// It answered as it should.
    public var healthy: Bool { state == .answering }

    /// A state, and the sentence for it.
    public init(_ state: State, _ detail: String) {
        self.state = state
        self.detail = detail
    }
}
