import Benchmarking
import Commands
import DataFolder
import Events
import Foundation
import Models
import Orchestrator
import Streaming

extension Installation {
    /// The registered model that a name means: its id, or its alias or exact name.
    ///
    /// - Throws: `CommandError.unknownModel`; `Failure` naming the ids when it may mean several.
    func registered(_ name: String) throws -> ModelRow {
        let rows = try models(named: name)
        guard rows.count <= 1 else {
            let ids = rows.map(\.id).joined(separator: ", ")
            throw Failure(.failed, "'\(name)' is registered \(rows.count) times: \(ids). Give the id.")
        }
        guard let row = rows.first else {
            throw CommandError.unknownModel(name, known: try models().value.map(\.id))
        }
        return row
    }
}

/// A model and the server that offers it.
typealias Offered = (model: AvailableModel, backend: any Backend)

extension ModelsCommand.ServerOptions {
    /// The model that a name means: a registered one first, then what the servers offer.
    ///
    /// With --endpoint only what is offered there counts.
    /// - Parameter fetching: whether a server that downloads from a library which it does not list may have it.
    /// - Throws: `Failure` when it means none or several, `BackendError` when a registered one's server does not answer.
    func identity(
        named name: String, fetching: Bool, in installation: Installation, _ client: StreamingClient
    ) async throws -> (ModelIdentity, any Backend) {
        if endpoint.isEmpty, try !installation.models(named: name).isEmpty {
            let row = try installation.registered(name)
            guard var identity = try installation.identity(ofModel: row.id) else {
                throw CommandError.unknownModel(name, known: [])
            }
            let backend = try await Discovery(client: client).backend(of: identity)
            identity.endpoint = backend.endpoint.description
            return (identity, backend)
        }
        let found = try await offered(name, fetching: fetching, client)
        let (model, backend) = found[0]
        guard found.count == 1 else {
            let names = found.map { "\($0.model.id) at \($0.backend.endpoint)" }.joined(separator: ", ")
            throw Failure(.failed, "'\(name)' may mean several models: \(names). Give the exact name, or --endpoint.")
        }
        let identity = ModelIdentity(model, on: backend)
        try await installation.register(identity)
        return (try installation.identity(ofModel: identity.id) ?? identity, backend)
    }

    /// Every model on the servers that the name may mean, with its server.
    ///
    /// - Throws: `Failure` naming what there is when it means none.
    func offered(_ name: String, fetching: Bool = false, _ client: StreamingClient) async throws -> [Offered] {
        var found: [Offered] = []
        var known: [String] = []
        let servers = try await servers(client)
        for backend in servers {
            let models = try await backend.models()
            known += models.map(\.id)
            found += models.matching(name).map { ($0, backend) }
        }
        if found.isEmpty, fetching {
            found = servers.filter(\.kind.fetchesUnlistedModels).map { (AvailableModel(id: name), $0) }
        }
        guard !found.isEmpty else {
            throw Failure(
                .failed, "Unknown model '\(name)'. The servers here offer: \(known.prefix(12).joined(separator: ", "))."
            )
        }
        return found
    }
}

/// Finds the one model of that name, registers it when it is new, and has something done with it. Ctrl-C ends that, and what came
/// of it is recorded.
///
/// - Parameter body: does it, and says in a sentence what came of it.
func withModel(
    _ name: String, _ options: GlobalOptions, _ server: ModelsCommand.ServerOptions, fetching: Bool = false,
    _ body: @escaping @Sendable (ModelLifecycle) async throws -> String
) async throws {
    let client = StreamingClient()
    let installation = try options.open()
    defer { installation.close() }
    let (identity, backend) = try await server.identity(
        named: name, fetching: fetching, in: installation, client)
    let sentence = try await interruptible {
        let lifecycle = installation.lifecycle(of: identity, on: backend)
        // What a process that died left behind is set right first.
        try await lifecycle.look()
        return try await body(lifecycle)
    }
    await client.shutdown()
    try show(identity.id, sentence, installation, options)
}

/// Prints what came of it, or the model's row as JSON.
func show(_ id: String, _ sentence: String, _ installation: Installation, _ options: GlobalOptions) throws {
    try installation.projector.catchUp()
    if options.json { return try Console.json(["models": try installation.models().value.filter { $0.id == id }]) }
    Console.out(sentence)
}

/// Does something that the first Ctrl-C (or SIGTERM) cancels; a second one ends the process.
func interruptible<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
    let task = Task { try await body() }
    let signals = Interrupts {
        Console.error("Stopping. Once more to stop at once.")
        task.cancel()
    }
    defer { signals.stop() }
    do {
        return try await task.value
    } catch  where task.isCancelled {
        throw Failure(.interrupted, "Interrupted.")
    }
}

/// Models as a table.
enum ModelTable {
    /// - Parameter source: this machine. Where all are of it, none is named.
    static func render(_ models: [ModelRow], here source: String) -> String {
        let hasOthers = models.contains { $0.source != source }
        var table = TextTable(
            [
                ("Alias", .left), ("Id", .left), ("Model", .left), ("Server", .left), ("Device", .left),
                ("Cold load ms", .right), ("Warm load ms", .right), ("Status", .left),
            ] + (hasOthers ? [("Source", .left)] : []))
        for model in models {
            table.add(
                [
                    model.alias, model.id, model.foundry_id ?? model.model_id, model.backend,
                    model.executionProvider ?? model.deviceType ?? "—", Figures.adaptive(model.cold_load_time_ms),
                    Figures.adaptive(model.warm_load_time_ms), model.statusInWords,
                ] + (hasOthers ? [String(model.source.prefix(8))] : []))
        }
        return table.render(.output)
    }
}

extension ModelRow {
    /// The status, and what a word alone would hide.
    var statusInWords: String {
        if status == .downloading, let download_progress {
            return "downloading, \(Figures.number(download_progress, digits: 0)) %"
        }
        return last_error.map { "\(status.rawValue): \($0)" } ?? status.rawValue
    }
}
