import ArgumentParser
import Benchmarking
import DataFolder
import EventStore
import Events
import Foundation
import Logging
import Orchestrator
import ServiceLifecycle
import Streaming
import Web

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serves results over HTTP on this machine, live.",
        discussion:
            "Example:\n  flperf serve --port 3001\n  curl http://127.0.0.1:3001/api/benchmarks/runs\nWhat `flperf run` records beside it shows within 100 ms. It carries out the schedules that `flperf run --every` added. With --follow it also takes in the logs that other machines ship (`flperf log ship --help`) and serves their runs and results too."
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var suites: SuiteOptions
    @Option(help: "The address to listen on; any but this machine's own takes a token, from FLPERF_TOKEN.")
    var host = "127.0.0.1"
    @Option(
        help: ArgumentHelp(
            "Also answer to this host name, such as a proxy's; may be given several times.", valueName: "name"))
    var allowHost: [String] = []
    @Option(help: "Write a line for each request to standard error: text or json.") var accessLog: AccessLogFormat?
    @Option(
        help: ArgumentHelp(
            "Take in the logs that other machines ship to these NATS servers: nats://host:4222, several with commas between.",
            valueName: "address")) var follow: String?
    @OptionGroup var nats: NATSOptions
    @Option(help: "The port; PORT in the environment, else 3001. 0 takes a free one.") var port: Int?

    func validate() throws { _ = try follow.map { try nats.address($0) } }

    func run() async throws {
        let installation = try options.open()
        let followLock = try follow.map { _ in
            try installation.claim("follow", to: "follow other logs into \(installation.folder)")
        }
        let environment = ProcessInfo.processInfo.environment
        let tokens = try AccessTokens(write: environment["FLPERF_TOKEN"], read: environment["FLPERF_READ_TOKEN"])
        let address = try WebAddress(host: host, port: try chosenPort(), tokens: tokens, names: allowHost)
        FileLimit.raise(to: 16_384)
        let lock = try installation.claimService(address: "http://\(address.host):\(address.port)")
        let recorder = LogRecorder(installation.log)
        let logger = LogSetup.logger(recorder, console: .notice)
        let client = StreamingClient()
        let work = BackgroundWork()
        // Before anybody can ask: what the process before this one left behind.
        let discovery = Discovery(client: client)
        try await installation.reconcileModels(using: discovery)
        try installation.projector.catchUp()
        var sources = WebSources(
            installation: installation, suites: suites.library, client: client, discovery: discovery, work: work,
            logger: logger)
        sources.settings = EffectiveSettings(options, suites).byName.sorted { $0.key < $1.key }.map {
            (name: $0.key, value: $0.value.value, origin: $0.value.origin)
        }
        let served = sources
        let application = makeWebApplication(
            served, address: address, accessLog: accessLog.map(AccessLogHandler.logger)
        ) { port in
            Console.error("Serving http://\(address.host):\(port) from \(installation.folder). Ctrl-C stops it.")
            _ = try? await installation.log.append(
                [
                    NewEvent(
                        .serviceStarted(
                            .with {
                                $0.softwareVersion = softwareVersion
                                $0.processID = UInt32(ProcessInfo.processInfo.processIdentifier)
                                $0.address = "http://\(address.host):\(port)"
                            }))
                ], to: .system, expecting: .any)
        }
        let following = try follow.map {
            Following(installation: installation, address: try nats.address($0), logger: logger)
        }
        var configuration = ServiceGroupConfiguration(
            services: (following.map { [.init(service: $0)] } ?? []) + [
                .init(service: Folding(installation: installation, logger: logger)),
                .init(service: ModelWatch(installation: installation, discovery: discovery, logger: logger)),
                .init(
                    service: Scheduling(
                        sources: served, installation: installation, client: client, discovery: discovery,
                        logger: logger)),
                .init(service: application),
            ],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        // A caller who does not take its answer must not keep the service up.
        configuration.maximumGracefulShutdownDuration = .seconds(3)
        let group = ServiceGroup(configuration: configuration)
        defer {
            installation.close()
            followLock?.release()
            lock.release()
        }
        do {
            try await group.run()
        } catch {
            throw Failure(
                .failed,
                "Could not serve on \(address.host):\(address.port): \(Failure.systemReason(of: error)). "
                    + "Stop what listens there, or choose another port with --port; 0 takes a free one.")
        }
        // A run is cancelled and recorded as such, with what it had measured.
        await work.stop()
        await client.shutdown()
        await recorder.finish()
        _ = try await installation.log.append(
            [NewEvent(.serviceStopped(.with { $0.reason = "stopped by a signal" }))], to: .system, expecting: .any)
        try installation.projector.catchUp()
    }

    private func chosenPort() throws -> Int {
        let text = ProcessInfo.processInfo.environment["PORT"].flatMap { $0.isEmpty ? nil : $0 }
        guard let port = self.port ?? text.map({ Int($0) }) ?? 3001 else {
            throw Failure(.usage, "PORT in the environment must be a number from 0 to 65535, found '\(text ?? "")'.")
        }
        guard (0...65535).contains(port) else {
            throw Failure(.usage, "A port is a number from 0 to 65535, found \(port).")
        }
        return port
    }
}

/// Keeps the tables at the log's end while the service runs.
private struct Folding: Service {
    var installation: Installation
    var logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await installation.projector.follow { logger.error("The tables can't follow the log: \($0)") }
        }
    }
}

/// Holds what the log says of models against their servers from time to time: a server may stop or drop a model, and a load that
/// a process before this one began may come to its end.
private struct ModelWatch: Service {
    /// Rare enough to cost a server nothing.
    static let interval = Duration.seconds(60)

    var installation: Installation
    var discovery: Discovery
    var logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: Self.interval)) != nil {
                do {
                    // A server that is being measured gets no other question.
                    guard try installation.runGoingOn() == nil else { continue }
                    try await installation.reconcileModels(using: discovery, searching: false)
                } catch {
                    logger.error("Could not look after the models: \(error)")
                }
            }
        }
    }
}

/// Carries out the data folder's schedules, once no other process does.
private struct Scheduling: Service {
    var sources: WebSources
    var installation: Installation
    var client: StreamingClient
    var discovery: Discovery
    var logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                if let lock = try? installation.claimSchedules() {
                    await scheduler.run()
                    lock.release()
                }
                // A `flperf run --every` has them, until it ends.
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    private var scheduler: Scheduler {
        Scheduler(installation, logger: logger) { schedule, occasion in
            let (plan, simulator) = try await installation.plan(schedule, occasion, discovery, client)
            let outcome: Result<Bool, any Error>
            do { outcome = .success(try await sources.carryOut(plan)) } catch { outcome = .failure(error) }
            await simulator?.stop()
            guard try outcome.get() else { throw Failure(.failed, "Another run has just begun.") }
        }
    }
}
