import ArgumentParser
import Commands
import DataFolder
import EventStore
import Events
import Foundation
import Orchestrator
import Streaming

extension ModelsCommand {
    struct Load: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Has a server load a model, and keeps how long it took.",
            discussion: "Example:\n  flperf models load phi-4-mini --endpoint http://127.0.0.1:5273")
        @OptionGroup var options: GlobalOptions
        @OptionGroup var server: ServerOptions
        @Argument(help: "The model's alias or exact name.") var model: String

        func run() async throws {
            try await changeModel(model, options, server) { found, identity, record in
                guard found.backend.capabilities.load else {
                    let server = "\(found.backend.kind.displayName) at \(found.backend.endpoint)"
                    throw Failure(.failed, "The \(server) cannot load a model on request.")
                }
                try await record(
                    .modelLoadStarted(.with { ($0.modelID, $0.endpoint) = (identity.id, identity.endpoint) }))
                do {
                    let outcome = try await found.backend.load(found.model.id)
                    var loaded = identity
                    if let variant = outcome.variant, variant != identity.modelID { loaded.variant = variant }
                    let model = loaded
                    try await record(
                        .modelLoaded(
                            .with {
                                $0.model = model
                                $0.alreadyLoaded = outcome.alreadyLoaded
                                if let time = outcome.duration { $0.loadTimeNs = time.wholeNanoseconds }
                            }))
                    let time = outcome.duration.map { " in \(Figures.duration($0 / .seconds(1)))" } ?? ""
                    return outcome.alreadyLoaded
                        ? "\(found.model.id) was loaded already."
                        : "Loaded \(outcome.variant ?? found.model.id)\(time)."
                } catch let error as BackendError {
                    try await record(
                        .modelLoadFailed(.with { ($0.modelID, $0.reason) = (identity.id, error.description) }))
                    throw error
                }
            }
        }
    }

    struct Unload: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Has a server free a model's memory.", discussion: "Example:\n  flperf models unload phi-4-mini")
        @OptionGroup var options: GlobalOptions
        @OptionGroup var server: ServerOptions
        @Argument(help: "The model's alias or exact name.") var model: String

        func run() async throws {
            try await changeModel(model, options, server) { found, identity, record in
                let outcome = try await found.backend.unload(found.model.id)
                try await record(
                    .modelUnloaded(
                        .with { ($0.modelID, $0.unloadTimeNs) = (identity.id, outcome.duration.wholeNanoseconds) }))
                return outcome.wasLoaded == false ? "\(found.model.id) was not loaded." : "Unloaded \(found.model.id)."
            }
        }
    }
}

/// Finds the one model of that name, registers it when it is new, and has something done with it.
///
/// - Parameter change: does it, records it, and says in a sentence what came of it.
private func changeModel(
    _ name: String, _ options: GlobalOptions, _ server: ModelsCommand.ServerOptions,
    _ change: (Offered, ModelIdentity, (Event) async throws -> Void) async throws -> String
) async throws {
    let client = StreamingClient()
    let found = try await server.models(named: name, client)
    let chosen = found[0]
    guard found.count == 1 else {
        let names = found.map { "\($0.model.id) at \($0.backend.endpoint)" }.joined(separator: ", ")
        throw Failure(.failed, "'\(name)' may mean several models: \(names). Give the exact name, or --endpoint.")
    }
    let installation = try options.open(folding: false)
    defer { installation.close() }
    let identity = ModelIdentity(chosen.model, on: chosen.backend)
    let stream = try StreamID.model(identity.id)
    try await installation.execute(on: stream, AddModel(identity).decide)
    let sentence = try await change(chosen, identity) { event in
        _ = try await installation.log.append([NewEvent(event)], to: stream)
    }
    await client.shutdown()
    try installation.projector.catchUp()
    if options.json {
        return try Console.json(["models": try installation.models().value.filter { $0.id == identity.id }])
    }
    Console.out(sentence)
}
