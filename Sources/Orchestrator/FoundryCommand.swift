import Foundation

/// The `foundry` command: where its service listens, since the port changes at every start, and what the service has no
/// request for.
///
/// Absent, slow or confused, it is silent: there are no endpoints. What it says may be stale, so probe before use.
struct FoundryCommand: Sendable {
    /// The program; nil when there is none in `PATH`.
    let program: String?

    /// How long a question may take; the command is a .NET program that starts in about a second.
    static let limit = Duration.seconds(3)

    init(environment: [String: String]) {
        program = Subprocess.program("foundry", in: environment)
    }

    /// What it says of the service.
    struct Status: Equatable {
        /// Whether the service runs; nil when it does not say.
        var isRunning: Bool?
        /// Where it listens, the path left out.
        var addresses: [String] = []
    }

    /// The addresses that it names, the new generation's first.
    func endpoints() async -> [Endpoint] {
        async let new = status(of: .foundryLocal)
        async let legacy = status(of: .foundryLocalLegacy)
        return (await new.addresses + (await legacy).addresses).compactMap { try? Endpoint($0) }
    }

    /// What it says of the service of one generation.
    func status(of kind: BackendKind) async -> Status {
        guard let program else { return Status() }
        let words = kind == .foundryLocal ? ["server", "status", "-o", "json"] : ["service", "status"]
        let output = await Subprocess.output(of: program, words, limit: Self.limit) ?? ""
        return kind == .foundryLocal ? Self.serverStatus(output) : Self.serviceStatus(output)
    }

    /// The JSON object in the output, whatever stands before and after it.
    static func serverStatus(_ output: String) -> Status {
        guard let status = JSONValue(amid: output) else { return Status() }
        let addresses = (status["webUrls"]?.strings ?? []).compactMap { firstOrigin(in: $0) }
        return Status(isRunning: status["running"]?.bool, addresses: addresses)
    }

    /// The first `http://host:port` of the output; it is named only where the service runs.
    static func serviceStatus(_ output: String) -> Status {
        if let address = firstOrigin(in: output) { return Status(isRunning: true, addresses: [address]) }
        return Status(isRunning: output.contains("not running") ? false : nil)
    }

    private static func firstOrigin(in text: some StringProtocol) -> String? {
        String(text).firstMatch(of: /https?:\/\/(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.\-]+)(:[0-9]+)?/).map { match in
            // A service that listens everywhere is reached here.
            String(match.0).replacing("://0.0.0.0", with: "://127.0.0.1").replacing("://[::]", with: "://127.0.0.1")
        }
    }
}
