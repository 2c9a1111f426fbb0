import Foundation

/// Asks the `foundry` command where its service listens: the port changes at every start.
///
/// Absent, slow or confused, it is silent: the endpoints are empty. What it says may be stale, so probe before use.
struct FoundryCommand: Sendable {
    /// The program; nil when there is none in `PATH`.
    let program: String?

    /// How long one call may take; the command is a .NET program that starts in about a second.
    static let limit = Duration.seconds(3)

    init(environment: [String: String]) {
        program = (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/foundry" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// The addresses that it names, the new generation's first.
    func endpoints() async -> [Endpoint] {
        guard let program else { return [] }
        async let new = Subprocess.output(of: program, ["server", "status", "-o", "json"], limit: Self.limit)
        async let legacy = Subprocess.output(of: program, ["service", "status"], limit: Self.limit)
        let addresses =
            Self.addresses(inServerStatus: await new ?? "") + Self.addresses(inServiceStatus: await legacy ?? "")
        return addresses.compactMap { try? Endpoint($0) }
    }

    /// `webUrls` of the JSON object in the output, whatever stands before and after it.
    static func addresses(inServerStatus output: String) -> [String] {
        var rest = output[...]
        while let start = rest.firstIndex(of: "{") {
            // The document ends at one of the closing braces; the last that makes it whole is the right one.
            var end = rest.endIndex
            while let brace = rest[start..<end].lastIndex(of: "}") {
                if let status = JSONValue(bytes: rest[start...brace].utf8) {
                    return (status["webUrls"]?.strings ?? []).compactMap { firstOrigin(in: $0) }
                }
                end = brace
            }
            rest = rest[rest.index(after: start)...]
        }
        return []
    }

    /// The first `http://host:port` of the output, without the path behind it.
    static func addresses(inServiceStatus output: String) -> [String] {
        firstOrigin(in: output).map { [$0] } ?? []
    }

    private static func firstOrigin(in text: some StringProtocol) -> String? {
        String(text).firstMatch(of: /https?:\/\/(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.\-]+)(:[0-9]+)?/).map { match in
            // A service that listens everywhere is reached here.
            String(match.0).replacing("://0.0.0.0", with: "://127.0.0.1").replacing("://[::]", with: "://127.0.0.1")
        }
    }
}
