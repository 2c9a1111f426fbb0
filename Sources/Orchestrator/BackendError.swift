/// What could not be done with a model server: a code to branch on and a sentence to read.
///
/// The sentence never holds a key, a password or the text of a prompt.
public struct BackendError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kinds of failure that a caller may want to tell apart.
    public enum Code: String, Sendable {
        /// The address itself can't be accepted.
        case invalidEndpoint
        /// No connection: refused, no route, unknown host.
        case unreachable
        /// Connected, and the connection was closed without an answer.
        case hungUp
        /// Connected, and no answer in time.
        case timedOut
        /// It answers that it is still starting, or still loads its model.
        case notReady
        /// Something answers there, but not as such a server would.
        case notAModelServer
        /// The server answered with an error.
        case refused
        /// A key is wanted, or the environment variable that should hold it is empty.
        case missingKey
        /// The server has no such model.
        case unknownModel
        /// The server knows the model but has not downloaded it.
        case notDownloaded
        /// The server loaded another variant than the one asked for.
        case otherVariant
        /// The server answers a name with another model than the one asked for.
        case otherModelServed
        /// A download ended before the model was there.
        case downloadFailed
        /// The service was started and does not answer.
        case notStarted
        /// This kind of server has no such operation.
        case unsupported
    }

    /// What kind of failure it is.
    public let code: Code
    /// What could not be done, to what, why, and what to do.
    public let description: String

    init(_ code: Code, _ sentence: String) {
        self.code = code
        description = sentence
    }
}

extension BackendError {
    /// - Parameter instead: what to do in its place, a sentence.
    static func unsupported(
        _ kind: BackendKind, _ endpoint: Endpoint, _ operation: String, instead: String? = nil
    ) -> BackendError {
        BackendError(
            .unsupported, "\(kind.subject) at \(endpoint) cannot \(operation).\(instead.map { " \($0)" } ?? "")")
    }

    static func notDownloaded(_ kind: BackendKind, _ endpoint: Endpoint, _ model: String) -> BackendError {
        BackendError(
            .notDownloaded,
            "\(kind.subject) at \(endpoint) has not downloaded '\(model)'. "
                + "Download it first, here or with 'foundry model download'.")
    }

    static func downloadFailed(
        _ kind: BackendKind, _ endpoint: Endpoint, _ model: String, _ reason: String
    ) -> BackendError {
        let text = reason.hasSuffix(".") ? String(reason.dropLast()) : reason
        return BackendError(.downloadFailed, "\(kind.subject) at \(endpoint) could not download '\(model)': \(text).")
    }

    static func unknownModel(_ name: String, _ endpoint: Endpoint, known: [String]) -> BackendError {
        let shown = known.prefix(8).joined(separator: ", ")
        let more = known.count > 8 ? " and \(known.count - 8) more" : ""
        let list = known.isEmpty ? "It has none." : "It has \(shown)\(more)."
        return BackendError(.unknownModel, "The server at \(endpoint) has no model '\(name)'. \(list)")
    }
}
