import ArgumentParser
import Benchmarking
import DataFolder
import Events
import Foundation
import Logs
import Orchestrator
import Streaming

extension ModelsCommand {
    struct Download: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Has a server download a model, and shows how far it has come.",
            discussion: "Example:\n  flperf models download phi-4-mini")
        @OptionGroup var options: GlobalOptions
        @OptionGroup var server: ServerOptions
        @Argument(help: "The model's alias or exact name.") var model: String

        func run() async throws {
            let isQuiet = options.json
            try await withModel(model, options, server, fetching: true) { model in
                let name = model.identity.modelID
                let line = ProgressLine("Downloading \(name), percent", isQuiet: isQuiet)
                defer { line.end() }
                let outcome = try await model.download { progress in
                    line.update(
                        Int(progress.percent ?? 0), of: progress.percent == nil ? nil : 100, progress.inWords)
                }
                guard !outcome.alreadyDownloaded else { return "\(name) was downloaded already." }
                let time = outcome.duration.map { " in \(Figures.duration($0 / .seconds(1)))" } ?? ""
                return "Downloaded \(outcome.variant ?? name)\(time)."
            }
        }
    }

    struct Health: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Asks a model's server a real question, and keeps the answer when it has changed.",
            discussion: "Example:\n  flperf models health phi-4-mini")
        @OptionGroup var options: GlobalOptions
        @Argument(help: "The model's id, or an alias that only one has.") var model: String

        func run() async throws {
            let (health, alias) = try await withRegistered(model, options) { model in
                (try await model.health(), model.identity.alias)
            }
            if !options.json {
                Console.out("\(alias): \(health.healthy ? "healthy" : "not healthy"). \(health.detail)")
            }
            guard health.healthy else { throw Failure(health.server.healthy ? .failed : .unreachable, "") }
        }
    }

    struct Restart: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Starts a model's server again when it does not answer, and finds its new address.",
            discussion: """
                Foundry Local and others come with a command line tool that starts them; any server can be given a command.

                Example:
                  flperf models restart phi-4-mini
                  flperf models restart smollm2 --command "systemctl --user restart llama"
                """)
        @OptionGroup var options: GlobalOptions
        @Argument(help: "The model's id, or an alias that only one has.") var model: String
        @Option(help: ArgumentHelp("What starts the server, given to /bin/sh.", valueName: "command"))
        var command: String?

        func run() async throws {
            let command = self.command
            let sentence = try await withRegistered(model, options, andTheOthers: true) { model in
                let (now, took) = try await model.restart(command: command, reason: "asked for on the command line")
                let name = "\(now.backend.kind.displayName) at \(now.backend.endpoint)"
                guard let took else { return "\(name) answers: it was left alone." }
                return "Started \(name) in \(Figures.duration(took / .seconds(1)))."
            }
            if !options.json { Console.out(sentence) }
        }
    }

    struct Logs: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows what happened to a model, newest first.",
            discussion: "Example:\n  flperf models logs phi-4-mini --limit 20")
        @OptionGroup var options: GlobalOptions
        @OptionGroup var past: PastOption
        @Argument(help: "The model's id, or an alias that only one has.") var model: String
        @Option(help: "Show no more than this many.") var limit = 50

        func validate() throws {
            guard limit > 0 else { throw ValidationError("'--limit' must be at least 1, found \(limit).") }
        }

        func run() async throws {
            let installation = try options.open(past)
            defer { installation.close() }
            let lines = try installation.logs(limit, entityID: installation.registered(model).id).value
            if options.json { return try Console.json(["logs": lines]) }
            var table = TextTable([("At (UTC)", .left), ("Level", .left), ("What", .left)])
            for line in lines {
                table.add([Figures.moment(milliseconds: line.created_at), line.level, line.message])
            }
            Console.out(table.render(.output))
        }
    }
}

/// Has something done with a registered model, whether or not its server answers; prints the model's row where JSON is wanted.
///
/// - Parameter andTheOthers: whether it does something to the server's other models as well, which are then looked at.
private func withRegistered<Value: Sendable>(
    _ name: String, _ options: GlobalOptions, andTheOthers: Bool = false,
    _ body: @escaping @Sendable (ModelLifecycle) async throws -> Value
) async throws -> Value {
    let client = StreamingClient()
    let installation = try options.open()
    defer { installation.close() }
    let row = try installation.registered(name)
    guard var identity = try installation.identity(ofModel: row.id) else {
        throw Failure(.failed, "The model '\(row.id)' was removed meanwhile.")
    }
    let discovery = Discovery(client: client)
    let backend: any Backend
    do {
        backend = try await discovery.backend(of: identity)
        identity.endpoint = backend.endpoint.description
    } catch {
        guard let last = try identity.lastBackend(using: client) else { throw error }
        backend = last
    }
    let lifecycle = installation.lifecycle(of: identity, on: backend)
    let value = try await interruptible { try await body(lifecycle) }
    if andTheOthers { try await installation.reconcileModels(using: discovery) }
    await client.shutdown()
    try installation.projector.catchUp()
    if options.json { try Console.json(["models": try installation.models().value.filter { $0.id == row.id }]) }
    return value
}

extension DownloadProgress {
    /// Bytes and the server's words, for the end of the progress line.
    fileprivate var inWords: String {
        var parts: [String] = []
        if let receivedBytes {
            parts.append(
                Figures.bytes(receivedBytes) + (totalBytes.map { " of \(Figures.bytes($0))" } ?? ""))
        }
        if let status { parts.append(status) }
        return parts.joined(separator: " · ")
    }
}
