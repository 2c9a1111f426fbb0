import ArgumentParser
import Benchmarking
import DataFolder
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
            try await withModel(model, options, server) { model in
                let server = model.backend
                guard server.capabilities.load else {
                    throw Failure(
                        .failed,
                        "The \(server.kind.displayName) at \(server.endpoint) cannot load a model on request.")
                }
                let (loaded, outcome) = try await model.load()
                let name = loaded.hasVariant ? loaded.variant : loaded.modelID
                guard !outcome.alreadyLoaded else { return "\(name) was loaded already." }
                let time = outcome.duration.map { " in \(Figures.duration($0 / .seconds(1)))" } ?? ""
                return "Loaded \(name)\(time)."
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
            try await withModel(model, options, server) { model in
                let outcome = try await model.unload()
                let name = model.identity.modelID
                return outcome.wasLoaded == false ? "\(name) was not loaded." : "Unloaded \(name)."
            }
        }
    }

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Asks a model one question, and keeps whether it answered.",
            discussion: "Example:\n  flperf models test phi-4-mini --prompt \"What is the capital of France?\"")
        @OptionGroup var options: GlobalOptions
        @OptionGroup var server: ServerOptions
        @Argument(help: "The model's alias or exact name.") var model: String
        @Option(help: "What it is asked.") var prompt = "Say hello in one short sentence."

        func run() async throws {
            let prompt = self.prompt
            try await withModel(model, options, server) { model in
                let client = StreamingClient()
                let test = try await model.test(prompt, maxTokens: 50, timeout: .seconds(60), using: client)
                await client.shutdown()
                if let error = test.error { throw Failure(.failed, error) }
                return "\(test.model) answered in \(Figures.duration(test.latency / .seconds(1))): \(test.response)"
            }
        }
    }
}

/// Finds the one model of that name, registers it when it is new, and has something done with it.
///
/// - Parameter body: does it, and says in a sentence what came of it.
private func withModel(
    _ name: String, _ options: GlobalOptions, _ server: ModelsCommand.ServerOptions,
    _ body: (ModelLifecycle) async throws -> String
) async throws {
    let client = StreamingClient()
    let found = try await server.models(named: name, client)
    let (model, backend) = found[0]
    guard found.count == 1 else {
        let names = found.map { "\($0.model.id) at \($0.backend.endpoint)" }.joined(separator: ", ")
        throw Failure(.failed, "'\(name)' may mean several models: \(names). Give the exact name, or --endpoint.")
    }
    let installation = try options.open(folding: false)
    defer { installation.close() }
    let identity = ModelIdentity(model, on: backend)
    try await installation.register(identity)
    let sentence = try await body(installation.lifecycle(of: identity, on: backend))
    await client.shutdown()
    try installation.projector.catchUp()
    if options.json {
        return try Console.json(["models": try installation.models().value.filter { $0.id == identity.id }])
    }
    Console.out(sentence)
}
