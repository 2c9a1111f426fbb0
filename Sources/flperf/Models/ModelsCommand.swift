import ArgumentParser
import Benchmarking
import Commands
import DataFolder
import Events
import Foundation
import Models
import Orchestrator
import Streaming

struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models", abstract: "Lists, finds, adds, downloads, loads, tests, unloads and removes models.",
        subcommands: [
            List.self, Available.self, Add.self, Remove.self, Download.self, Load.self, Unload.self, Test.self,
            Health.self, Restart.self, Logs.self,
        ],
        defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the registered models, as their servers say they stand now.",
            discussion: "Example:\n  flperf models list")
        @OptionGroup var options: GlobalOptions
        @OptionGroup var past: PastOption

        func run() async throws {
            let installation = try options.open(past)
            defer { installation.close() }
            if past.asOf == nil { await look(installation) }
            let answer = try installation.models()
            let models = try answer.value + installation.modelsElsewhere().value
            if options.json {
                return try Console.json(Listing(name: "models", rows: models, position: answer.position))
            }
            guard !models.isEmpty else {
                return Console.error(
                    "No model is registered. `flperf models available` shows what the servers here offer.")
            }
            Console.out(ModelTable.render(models, here: installation.log.source.description))
        }

        private func look(_ installation: Installation) async {
            let client = StreamingClient()
            // What can't be recorded must not keep anybody from reading.
            try? await installation.reconcileModels(using: Discovery(client: client), searching: false)
            await client.shutdown()
            _ = try? installation.projector.catchUp()
        }
    }

    struct ServerOptions: ParsableArguments {
        @Option(
            name: .shortAndLong,
            help: ArgumentHelp(
                "A model server; the ones found on this host by default. May be given several times.", valueName: "url")
        ) var endpoint: [String] = []
        @Option(
            help: ArgumentHelp("The environment variable that holds the endpoints' API key.", valueName: "variable"))
        var apiKeyEnv: String?

        /// The servers, or why there are none.
        func servers(_ client: StreamingClient) async throws -> [any Backend] {
            let discovery = Discovery(client: client)
            if !endpoint.isEmpty {
                var servers: [any Backend] = []
                for text in endpoint {
                    servers.append(try await discovery.identify(Endpoint(text, apiKeyVariable: apiKeyEnv)))
                }
                return servers
            }
            let report = await discovery.look()
            guard !report.found.isEmpty else {
                throw Failure(.unreachable, "\(report.nothingFound) Start one, or name it with --endpoint.")
            }
            return report.found.map(\.backend)
        }
    }

    struct Available: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists what the model servers offer.",
            discussion: "Example:\n  flperf models available --endpoint http://127.0.0.1:8080")
        @OptionGroup var options: GlobalOptions
        @OptionGroup var server: ServerOptions

        private struct Offer: Encodable {
            var server: String
            var endpoint: String
            var models: [AvailableModel]
        }

        func run() async throws {
            let client = StreamingClient()
            var offers: [Offer] = []
            for backend in try await server.servers(client) {
                offers.append(
                    Offer(
                        server: backend.kind.displayName, endpoint: backend.endpoint.description,
                        models: try await backend.models()))
            }
            await client.shutdown()
            if options.json { return try Console.json(offers) }
            var table = TextTable([
                ("Model", .left), ("Alias", .left), ("Server", .left), ("Device", .left), ("Size", .right),
                ("Loaded", .left),
            ])
            for offer in offers {
                for model in offer.models {
                    table.add([
                        model.id, model.alias ?? "—", "\(offer.server) \(offer.endpoint)", model.deviceType ?? "—",
                        model.sizeBytes.map(Figures.bytes) ?? "—", model.isLoaded.map { $0 ? "yes" : "no" } ?? "—",
                    ])
                }
            }
            Console.out(table.render(.output))
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Registers a model that a server offers.",
            discussion: "Example:\n  flperf models add phi-4-mini --endpoint http://127.0.0.1:5273")
        @OptionGroup var options: GlobalOptions
        @OptionGroup var server: ServerOptions
        @Argument(help: "The model's alias or exact name.") var model: String

        func run() async throws {
            let client = StreamingClient()
            let found = try await server.offered(model, client)
            await client.shutdown()
            let installation = try options.open(folding: false)
            defer { installation.close() }
            var added: [String] = []
            for (model, backend) in found {
                let identity = ModelIdentity(model, on: backend)
                let isNew = try await installation.register(identity)
                added.append(identity.id)
                if !options.json {
                    Console.out(isNew ? "Added \(identity.id)." : "\(identity.id) is registered already.")
                }
            }
            try installation.projector.catchUp()
            if options.json {
                try Console.json(["models": try installation.models().value.filter { added.contains($0.id) }])
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes a model off the list. Its runs and results stay.",
            discussion: "Example:\n  flperf models remove phi-4-mini")
        @OptionGroup var options: GlobalOptions
        @Argument(help: "The model's id, or an alias that only one has.") var model: String

        func run() async throws {
            let installation = try options.open()
            defer { installation.close() }
            let row = try installation.registered(model)
            try await installation.remove(model: row.id)
            try installation.projector.catchUp()
            if options.json { return try Console.json(["removed": row.id]) }
            Console.out("Removed \(row.id). Its runs and results stay.")
        }
    }
}
