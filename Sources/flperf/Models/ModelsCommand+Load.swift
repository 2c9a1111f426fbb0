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
            let quiet = options.json
            try await withModel(model, options, server) { model in
                let server = model.backend
                guard server.capabilities.load else {
                    throw Failure(
                        .failed,
                        "The \(server.kind.displayName) at \(server.endpoint) cannot load a model on request.")
                }
                let line = ProgressLine("Loading \(model.identity.modelID)", isQuiet: quiet)
                line.update(0, of: nil as Int?)
                defer { line.end() }
                let (loaded, outcome) = try await model.load()
                let name = loaded.hasVariant ? loaded.variant : loaded.modelID
                guard !outcome.alreadyLoaded else { return "\(name) was loaded already." }
                let time = outcome.duration.map { " in \(Figures.duration($0 / .seconds(1)))" } ?? ""
                let place = loaded.hasExecutionProvider ? " on \(loaded.executionProvider)" : ""
                return "Loaded \(name)\(time)\(place)."
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
