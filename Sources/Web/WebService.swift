import Benchmarking
import DataFolder
import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOPosix
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
    let metrics = RequestMetrics()
    let streams = StreamLimit()
    let connections: Connections

    /// - Parameter work: to be stopped when the service is, before the installation is closed.
    public init(
        installation: Installation, suites: SuiteLibrary, client: StreamingClient, discovery: Discovery? = nil,
        work: BackgroundWork, connections: Connections = Connections(), logger: Logger
    ) {
        self.installation = installation
        // Those that are sent here, after all others.
        self.suites = SuiteLibrary(folders: suites.folders + [installation.suitesFolder])
        self.client = client
        self.discovery = discovery ?? Discovery(client: client)
        self.work = work
        self.connections = connections
        self.logger = logger
    }
}

/// The HTTP interface as an application, to be run in a service group or in a test.
///
/// - Parameters:
///   - accessLog: is told of every request; nil for none.
///   - onListening: told the port once connections are taken; port 0 lets the system choose one.
public func makeWebApplication(
    _ sources: WebSources, address: WebAddress, accessLog: Logger? = nil,
    onListening: @escaping @Sendable (Int) async -> Void = { _ in }
) -> some ApplicationProtocol {
    let table = routeTable(sources)
    let cache = AnswerCache(sources.installation)
    let router = Router(options: .autoGenerateHeadEndpoints)
    let access = AccessRecord(metrics: sources.metrics, log: accessLog)
    let host = HostCheck(names: address.names, isPublic: !address.isLoopback)
    let token = TokenCheck(tokens: address.tokens, open: table.openPaths.union(LoginPages.openPaths))
    router.add(middleware: AccessMiddleware(record: access))
    router.add(middleware: ProblemMiddleware(table: table))
    router.add(middleware: HostMiddleware(check: host))
    router.add(middleware: TokenMiddleware(check: token))
    router.add(middleware: TargetMiddleware())
    router.add(middleware: WriteMiddleware())
    router.add(middleware: AsOfMiddleware(installation: sources.installation))
    router.add(
        table,
        RouteRunner(cache: cache, idempotent: IdempotentWrites(sources.installation.log)))
    let api = router.buildResponder()
    addPageRoutes(to: router, sources) { try await api.respond(to: $0, context: $1) }
    LoginPages.add(to: router, address.tokens)
    let connections = sources.connections
    let ready = ReadyAnswers(cache: cache, host: host, token: token, access: access)
    return Application(
        router: router,
        server: .http1(
            configuration: .init(
                additionalChannelHandlers: [ConnectionGuard(connections), ReadyAnswerHandler(ready)],
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: WebLimits.field, maxHeaderListSize: WebLimits.fields,
                    maxHeaderFieldCount: WebLimits.fieldCount))),
        configuration: .init(
            address: .hostname(address.host, port: address.port), serverName: serverName, backlog: 4_096),
        services: [FreedMemory(connections: connections)],
        onServerRunning: { channel in await onListening(channel.localAddress?.port ?? address.port) },
        eventLoopGroupProvider: .shared(eventLoops),
        logger: sources.logger)
}

/// The threads that read and write connections: half of the cores, since who asks is often on the same machine, and what takes
/// long is done by other threads. With one for each core an answer waits now and then until who asks has had its time.
private let eventLoops = MultiThreadedEventLoopGroup(numberOfThreads: max(1, System.coreCount / 2))

/// Every route, the document that describes them last.
func routeTable(_ sources: WebSources) -> RouteTable {
    var table = RouteTable()
    addModelRoutes(to: &table, sources)
    addModelWrites(to: &table, sources)
    addSuiteRoutes(to: &table, sources)
    addBenchmarkRoutes(to: &table, sources)
    addReplayRoutes(to: &table, sources)
    addPoolRoutes(to: &table, sources)
    addRunWrites(to: &table, sources)
    addScheduleRoutes(to: &table, sources)
    addCompareRoutes(to: &table, sources)
    addFormulaRoutes(to: &table, sources)
    addRecomputationRoutes(to: &table, sources)
    addRunDeletion(to: &table, sources)
    addCacheRoutes(to: &table, sources)
    addSystemRoutes(to: &table, sources)
    addEventRoutes(to: &table, sources)
    addLogRoutes(to: &table, sources)
    addSampleRoutes(to: &table, sources)
    addMetricsRoute(to: &table, sources)
    addDescription(to: &table)
    return table
}
