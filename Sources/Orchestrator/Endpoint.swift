import Foundation

/// The base address of a model server: checked, without secrets, safe to store and to print.
///
/// Written in one form only, so that equal servers compare equal: lower-case scheme and host, no trailing slash, no
/// `/v1` at the end (it is added where a request needs it), no default port.
public struct Endpoint: Sendable, Hashable, CustomStringConvertible {
    /// The address, such as `http://127.0.0.1:8080`.
    public let description: String
    /// Host name or address, IPv6 without its brackets.
    public let host: String
    /// The port that connections go to: the one written, else 80 or 443.
    public let port: UInt16
    /// Name of the environment variable that holds the API key; the key itself is never kept.
    public let apiKeyVariable: String?

    /// Checks an address as a person wrote it.
    ///
    /// - Throws: `invalidEndpoint` for anything but http and https, for user info, a query or a fragment, and for
    ///   addresses that belong to the network itself (link-local, cloud metadata). The name is checked, not what it
    ///   resolves to.
    public init(_ text: String, apiKeyVariable: String? = nil) throws(BackendError) {
        let written = text.trimmingCharacters(in: .whitespaces)
        guard let parts = URLComponents(string: written), let scheme = parts.scheme?.lowercased(), !scheme.isEmpty,
            written.contains("://")
        else {
            throw Self.invalid(Self.withoutSecrets(written), "it is not a URL such as http://127.0.0.1:8080")
        }
        let shown = Self.withoutSecrets(written)
        guard scheme == "http" || scheme == "https" else {
            throw Self.invalid(shown, "its scheme is '\(scheme)'; use http or https")
        }
        guard parts.user == nil, parts.password == nil else {
            throw Self.invalid(
                shown, "it holds a user name or password; name an environment variable with the API key instead")
        }
        if let item = (parts.queryItems ?? []).first(where: { Self.looksLikeKey($0.name) }) {
            throw Self.invalid(
                shown, "its parameter '\(item.name)' looks like a key; name an environment variable with it instead")
        }
        guard parts.query == nil, parts.fragment == nil else {
            throw Self.invalid(shown, "a base address has no query and no fragment")
        }
        let host = (parts.host ?? "").trimmingCharacters(in: CharacterSet(charactersIn: "[]")).lowercased()
        guard !host.isEmpty else { throw Self.invalid(shown, "it names no host") }
        if let reason = ForbiddenHost.reason(host) { throw Self.invalid(shown, reason) }
        let defaultPort = scheme == "https" ? 443 : 80
        guard let port = UInt16(exactly: parts.port ?? defaultPort), port > 0 else {
            throw Self.invalid(shown, "ports go from 1 to 65535")
        }
        if let apiKeyVariable, !Self.isVariableName(apiKeyVariable) {
            throw Self.invalid(shown, "the API key is given by the name of an environment variable, such as MY_API_KEY")
        }

        var path = parts.percentEncodedPath
        while path.hasSuffix("/") { path.removeLast() }
        if path.hasSuffix("/v1") { path.removeLast(3) }
        while path.hasSuffix("/") { path.removeLast() }
        let name = host.contains(":") ? "[\(host)]" : host
        description = "\(scheme)://\(name)\(Int(port) == defaultPort ? "" : ":\(port)")\(path)"
        self.host = host
        self.port = port
        self.apiKeyVariable = apiKeyVariable
    }

    /// Whether the server is on this host by its very address.
    public var isLoopback: Bool {
        host == "localhost" || host == "::1" || ForbiddenHost.ipv4(host).map { $0 >> 24 == 127 } ?? false
    }

    /// The full address of a path that starts with a slash.
    func url(_ path: String) -> String { description + path }

    /// `Authorization` when a key is named.
    ///
    /// - Throws: `missingKey` when the variable is empty or not set.
    func authorization() throws(BackendError) -> (name: String, value: String)? {
        guard let apiKeyVariable else { return nil }
        guard let key = ProcessInfo.processInfo.environment[apiKeyVariable], !key.isEmpty else {
            throw BackendError(
                .missingKey,
                "The API key for \(self) should be in the environment variable \(apiKeyVariable), which is not set.")
        }
        return ("Authorization", "Bearer \(key)")
    }

    private static func invalid(_ shown: String, _ reason: String) -> BackendError {
        BackendError(.invalidEndpoint, "The endpoint '\(shown)' can't be used: \(reason).")
    }

    /// What may be repeated in a message: no user info, no query, no fragment.
    private static func withoutSecrets(_ written: String) -> String {
        var text = written.prefix { $0 != "?" && $0 != "#" }
        if let scheme = text.firstRange(of: "://"), let at = text.lastIndex(of: "@"), at > scheme.lowerBound {
            text.removeSubrange(scheme.upperBound...at)
        }
        return String(text)
    }

    private static func looksLikeKey(_ name: String) -> Bool {
        let name = name.lowercased()
        return ["key", "token", "secret", "password", "auth", "sig", "credential"].contains { name.contains($0) }
    }

    private static func isVariableName(_ name: String) -> Bool {
        // Real keys hold dashes, dots or more than a name's length.
        !name.isEmpty && name.count <= 64 && name.first?.isNumber == false
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    }
}
