/// Where the service listens, and who may ask there.
public struct WebAddress: Sendable {
    public var host: String
    public var port: Int
    var tokens: AccessTokens
    /// Names that it answers to beside this machine's own.
    var names: Set<String>

    /// - Parameters:
    ///   - tokens: asked for when there are any.
    ///   - names: host names that reach the service, beside this machine's own.
    /// - Throws: `WebError.needsToken`: without one only this machine may reach the service.
    public init(host: String, port: Int, tokens: AccessTokens = .none, names: [String] = []) throws {
        self.host = host
        self.port = port
        self.tokens = tokens
        self.names = Set(names.map { $0.lowercased() })
        guard isLoopback || tokens.areSet else { throw WebError.needsToken(host) }
    }

    /// Whether only this machine can reach it.
    var isLoopback: Bool { ["127.0.0.1", "::1", "localhost"].contains(host) }
}

/// Why the service could not start.
public enum WebError: Error, Equatable, Sendable, CustomStringConvertible {
    case needsToken(String)
    case shortToken

    public var description: String {
        switch self {
        case .needsToken(let host):
            "Could not listen on '\(host)': others can reach that address, so a token must be asked for. Set FLPERF_TOKEN, and "
                + "FLPERF_READ_TOKEN for reading only, to at least \(AccessTokens.shortest) characters; or use 127.0.0.1, and "
                + "an SSH tunnel from elsewhere."
        case .shortToken:
            "Could not use the token in FLPERF_TOKEN or FLPERF_READ_TOKEN: it has fewer than \(AccessTokens.shortest) "
                + "characters. `openssl rand -hex 32` makes a good one."
        }
    }
}
