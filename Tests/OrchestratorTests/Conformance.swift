import Foundation
import Simulator
import Streaming

@testable import Orchestrator

/// What the README tells of every kind of server, in its order.
enum Operation: String, CaseIterable, Sendable {
    case discovery = "known by its answers"
    case list = "lists models, tells which are loaded"
    case download = "downloads, with progress"
    case load = "loads, the variant told"
    case details = "device and provider of what is loaded"
    case unload = "unloads"
    case chat = "tokens of a stream counted by"
    case serverTimes = "its own times with an answer"
    case metrics = "its own figures (`/metrics`)"
    case health = "health by a real request"
    case cache = "tells where its models lie"
    case switchCache = "moves them"
    case restart = "started again by"
}

/// What one kind of server was seen to do.
struct Conformance: Sendable {
    /// The README's words for what came of each operation.
    var cells: [Operation: String]
    /// Where what came was not what the capabilities promise, or not what it should be.
    var problems: [String]
}

/// Every operation, carried out against a simulator that poses as one kind of server.
final class Examination {
    private var cells: [Operation: String] = [:]
    private var problems: [String] = []

    private let server: PosingServer
    private let client: StreamingClient
    private let commands: CommandFolder
    private let port: Int
    private let backend: any Backend
    private var names: [String] { server.names }

    /// Carries everything out; stops the server at the end, and has it started again.
    static func result(of server: PosingServer) async throws -> Conformance {
        let commands = try CommandFolder()
        defer { commands.remove() }
        let client = StreamingClient()
        let (port, service) = try serve(server.configuration)
        let examination = try await Examination(server, port, client, commands)
        await examination.list()
        await examination.lifecycle()
        await examination.answers()
        await examination.folders()
        service.cancel()
        await service.value
        try await examination.restart()
        await client.shutdown()
        return Conformance(cells: examination.cells, problems: examination.problems)
    }

    /// A simulator that nothing else holds: it frees its port when the task ends.
    private static func serve(_ configuration: SimulatorConfiguration) throws -> (port: Int, Task<Void, Never>) {
        let simulator = try Simulator(configuration)
        return (simulator.port, Task { await simulator.run() })
    }

    /// The server comes up when its command was run, and no sooner.
    private static func serve(
        _ configuration: SimulatorConfiguration, onceCalledBy commands: CommandFolder
    ) -> Task<Void, any Error> {
        Task {
            while !commands.calls.contains(where: { $0.contains(" start") || $0.hasSuffix(" serve") }) {
                try await Task.sleep(for: .milliseconds(10))
            }
            let (_, service) = try serve(configuration)
            await withTaskCancellationHandler {
                await service.value
            } onCancel: {
                service.cancel()
            }
        }
    }

    private init(
        _ server: PosingServer, _ port: Int, _ client: StreamingClient, _ commands: CommandFolder
    ) async throws {
        (self.server, self.port, self.client, self.commands) = (server, port, client, commands)
        let discovery = Discovery(
            client: client, environment: commands.environment, usualPorts: [:], limit: .seconds(20))
        backend = try await discovery.identify(Endpoint("http://127.0.0.1:\(port)"))
        expect(backend.kind == server.kind, "was taken for \(backend.kind.displayName)")
        expect(backend.isSimulated, "was not known as the simulator")
        cells[.discovery] = "yes"
    }

    private func expect(_ holds: Bool, _ complaint: String) {
        if !holds { problems.append("\(server.rawValue): \(complaint)") }
    }

    /// Carries out an operation that a kind may lack; its cell tells whether it could, and by which command.
    private func attempt<Outcome>(
        _ operation: Operation, promised: Bool, _ body: () async throws -> Outcome
    ) async -> Outcome? {
        let callsBefore = commands.calls.count
        do {
            let outcome = try await body()
            expect(promised, "\(operation.rawValue), which its capabilities do not say")
            let call = commands.calls.dropFirst(callsBefore).last { !$0.contains("status") }
            cells[operation] = call.map { "`\($0.split(separator: " ").prefix(3).joined(separator: " "))`" } ?? "yes"
            return outcome
        } catch let error as BackendError where error.code == .unsupported {
            expect(!promised, "promises that it \(operation.rawValue), and refuses: \(error)")
            expect(
                error.description.contains(" at \(backend.endpoint) cannot "), "refuses without a sentence: \(error)")
            cells[operation] = "–"
        } catch {
            expect(false, "\(operation.rawValue): \(error)")
        }
        return nil
    }

    // MARK: - The operations

    private func list() async {
        let offered = await attempt(.list, promised: backend.capabilities.list) { try await backend.models() } ?? []
        expect(offered.contains { $0.id == names[0] }, "does not list '\(names[0])'")
        if offered.first?.isLoaded == nil { cells[.list] = "lists only" }
    }

    private func lifecycle() async {
        let can = backend.capabilities
        let progress = ProgressLog()
        let download = await attempt(.download, promised: can.download) {
            try await backend.download(names[1]) { await progress.add($0) }
        }
        if let download {
            let told = await progress.all
            expect(!download.alreadyDownloaded && download.duration != nil, "was said to have the model already")
            // What has to be asked may be over before it is asked a second time.
            let isAsked = server == .lmStudio || server == .router
            expect(told.count > (isAsked ? 0 : 1) && told.last?.percent == 100, "told of its progress only \(told)")
            expect(told.compactMap(\.percent) == told.compactMap(\.percent).sorted(), "went back: \(told)")
            if server != .foundry {
                let again = try? await backend.download(names[1]) { _ in }
                expect(
                    again == DownloadOutcome(alreadyDownloaded: true, duration: nil, variant: names[1]),
                    "again: \(again as Any)")
            }
        }

        let load = await attempt(.load, promised: can.load) { try await backend.load(server.shortName) }
        let loaded = try? await backend.model(names[0])
        if let load {
            expect(!load.alreadyLoaded && load.duration != nil, "was said to have been loaded: \(load)")
            expect(load.variant == names[0], "loaded \(load.variant ?? "what it does not tell")")
            expect(loaded?.isLoaded == true, "does not say that '\(names[0])' is loaded")
            let again = try? await backend.load(server.shortName)
            expect(again?.alreadyLoaded == true && again?.duration == nil, "loads twice: \(again as Any)")
            let unknown = await refusal { () throws(BackendError) in try await backend.load("no-such-model") }
            expect(unknown?.code == .unknownModel, "an unknown model is \(unknown as Any)")
        }
        switch (load?.deviceType ?? loaded?.deviceType, load?.executionProvider ?? loaded?.executionProvider) {
        case (.some, .some): cells[.details] = "yes"
        case (.some, nil): cells[.details] = "device"
        default: cells[.details] = "–"
        }

        let unload = await attempt(.unload, promised: can.unload) { try await backend.unload(server.shortName) }
        if let unload {
            expect(unload.wasLoaded == true, "was not loaded when it was unloaded")
            let after = try? await backend.model(names[0])
            expect(after?.isLoaded == false, "says that '\(names[0])' is still loaded")
            expect((try? await backend.unload(server.shortName))?.wasLoaded == false, "unloads twice")
            _ = try? await backend.load(server.shortName)
        }
    }

    private func answers() async {
        var chat = ChatRequest(prompt: "Hello")
        chat.maxTokens = 4
        do {
            let completion = ChatCompletion(await client.perform(try backend.chatRequest(chat, to: names[0])))
            expect(completion.failure == nil && !completion.text.isEmpty, "chat: \(completion.failure as Any)")
            let other = backend.refusal(ofAnswerBy: completion.model ?? "", asked: names[0])
            expect(other == nil, "chat: \(other as Any)")
            cells[.chat] = completion.usage?.completion == nil ? "chunks" : "the server"
            let times = completion.server != nil
            expect(times == backend.capabilities.serverTimings, "its own times with an answer: \(times)")
            cells[.serverTimes] = times ? "yes" : "–"
        } catch {
            expect(false, "chat: \(error)")
        }
        if server == .openAI {
            // Some servers of this kind have them, the simulator has not.
            let any = BackendKind.openAI.backend(at: backend.endpoint, using: client)
            cells[.metrics] = any.capabilities.metrics ? "if it has them" : "–"
        } else {
            let figures = await attempt(.metrics, promised: backend.capabilities.metrics) {
                try await backend.metrics()
            }
            expect(figures?.samples.isEmpty != true, "has no figures")
        }
        let health = await backend.health()
        expect(health.state == .answering, "health: \(health)")
        cells[.health] = "yes"
    }

    private func folders() async {
        cells[.cache] = await backend.modelCacheLocation() == nil ? "–" : "yes"
        _ = await attempt(.switchCache, promised: backend.capabilities.switchCache) {
            try await backend.switchCache(to: "/other")
        }
    }

    private func restart() async throws {
        var down = await backend.health()
        // A connection that was waiting to be accepted is closed with the port, a moment later.
        for _ in 0..<100 where down.state == .refusing {
            try await Task.sleep(for: .milliseconds(20))
            down = await backend.health()
        }
        expect(down.state == .notListening, "stopped, its health is \(down)")
        let service = Self.serve(server.configuration(at: port), onceCalledBy: commands)
        let own = await attempt(.restart, promised: backend.capabilities.restart) {
            try await backend.restart(command: nil)
        }
        if own == nil {
            _ = try await backend.restart(command: "echo my start >> '\(commands.folder.path)/calls'")
            cells[.restart] = "your command"
        }
        expect(await backend.health().state == .answering, "does not answer after it was started")
        let calls = commands.calls
        _ = try await backend.restart(command: "echo again >> '\(commands.folder.path)/calls'")
        expect(!commands.calls.contains("again"), "was started while it answered: \(calls)")
        service.cancel()
        _ = try? await service.value
    }
}

private actor ProgressLog {
    private(set) var all: [DownloadProgress] = []
    func add(_ progress: DownloadProgress) { all.append(progress) }
}
