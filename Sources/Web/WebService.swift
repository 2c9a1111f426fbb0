import Benchmarking
import DataFolder
import Foundation
import Hummingbird
import Logging
import Orchestrator
import Streaming

/// What the HTTP interface answers from.
public struct WebSources: Sendable {
    var installation: Installation
    var suites: SuiteLibrary
    var discovery: Discovery
    /// What runs and tests ask the model servers with.
    var client: StreamingClient
    var work: BackgroundWork
    var logger: Logger
    /// How the service is set up, for people to read: each setting with what it comes from.
    public var settings: [(name: String, value: String, origin: String)] = []

    /// - Parameter work: to be stopped when the service is, before the installation is closed.
    public init(
        installation: Installation, suites: SuiteLibrary, client: StreamingClient, discovery: Discovery? = nil,
        work: BackgroundWork, logger: Logger
    ) {
        self.installation = installation
        self.suites = suites
        self.client = client
        self.discovery = discovery ?? Discovery(client: client)
        self.work = work
        self.logger = logger
    }
}

/// Where the service listens.
public struct WebAddress: Sendable {
    public var host: String
    public var port: Int

    /// - Throws: `WebError.notLoopback`: the service has no login yet, so only this machine may reach it.
    public init(host: String, port: Int) throws {
        guard ["127.0.0.1", "::1", "localhost"].contains(host) else { throw WebError.notLoopback(host) }
        self.host = host
        self.port = port
    }
}

/// Why the service could not start.
public enum WebError: Error, Equatable, Sendable, CustomStringConvertible {
    case notLoopback(String)

    public var description: String {
        switch self {
        case .notLoopback(let host):
            "Could not listen on '\(host)': the service asks nobody who they are, so it serves this machine only. "
                + "Use 127.0.0.1, and an SSH tunnel from elsewhere."
        }
    }
}

/// The HTTP interface as an application, to be run in a service group or in a test.
///
/// - Parameter onListening: told the port once connections are taken; port 0 lets the system choose one.
public func makeWebApplication(
    _ sources: WebSources, address: WebAddress,
    onListening: @escaping @Sendable (Int) async -> Void = { _ in }
) -> some ApplicationProtocol {
    let router = Router()
    router.add(middleware: ProblemMiddleware())
    router.add(middleware: HostMiddleware())
    router.add(middleware: WriteMiddleware())
    router.add(middleware: AsOfMiddleware(installation: sources.installation))
    addModelRoutes(to: router, sources)
    addModelWrites(to: router, sources)
    addBenchmarkRoutes(to: router, sources)
    addRunWrites(to: router, sources)
    addScheduleRoutes(to: router, sources)
    addCompareRoutes(to: router, sources)
    addFormulaRoutes(to: router, sources)
    addRecomputationRoutes(to: router, sources)
    addRunDeletion(to: router, sources)
    addCacheRoutes(to: router, sources)
    addSystemRoutes(to: router, sources)
    let api = router.buildResponder()
    addPageRoutes(to: router, sources) { try await api.respond(to: $0, context: $1) }
    return Application(
        router: router,
        configuration: .init(address: .hostname(address.host, port: address.port), serverName: "flperf"),
        onServerRunning: { channel in await onListening(channel.localAddress?.port ?? address.port) },
        logger: sources.logger)
}
