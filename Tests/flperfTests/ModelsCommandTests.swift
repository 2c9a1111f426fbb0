import Foundation
import Simulator
import TestSupport
import Testing

/// `flperf models` and the deletion of runs, as a person calls them.
@Suite(.serialized) struct ModelsCommandTests {
    private static func flperf(_ words: String, _ data: String) async throws -> CommandLineTests.Outcome {
        try await CommandLineTests.flperf(arguments: words.split(separator: " ").map(String.init), data: data)
    }

    @Test func aModelGoesThroughItsLife() async throws {
        var configuration = SimulatorConfiguration(as: .ollama)
        configuration.models = [SimulatedModel("small:latest"), SimulatedModel("missing:latest")]
        configuration.models[1].isDownloaded = false
        configuration.models[1].downloadTime = .milliseconds(100)
        let server = try await SimulatedServer.start(configuration)
        try await withTemporaryFolder { data in
            let endpoint = "--endpoint \(server.url)"
            // Words, exit status, and what standard output or the error says.
            let steps: [(String, Int32, String)] = [
                ("models add small \(endpoint)", 0, "Added ollama.small-latest"),
                ("models load small", 0, "Loaded small:latest in"), ("models load small", 0, "was loaded already"),
                ("models list", 0, "running"), ("models test small", 0, "small:latest answered in"),
                ("models health small", 0, "healthy"), ("models unload small", 0, "Unloaded small:latest"),
                ("models unload small", 0, "small:latest was not loaded"),
                ("models restart small", 0, "it was left alone"),
                ("models load missing \(endpoint)", 1, "Unknown model 'missing'"),
                ("models download missing \(endpoint)", 0, "Downloaded missing:latest in"),
                ("models download missing", 0, "was downloaded already"),
                ("models logs missing", 0, "Downloaded."), ("models remove missing", 0, "Removed ollama.missing"),
                ("models remove missing", 1, "Unknown model 'missing'. Registered are: ollama.small-latest"),
                ("models switch", 64, "Unexpected argument"),
            ]
            for (words, status, says) in steps {
                let outcome = try await Self.flperf(words, data)
                #expect(outcome.status == status, "\(words): \(outcome.errors)")
                #expect(
                    (outcome.output + outcome.errors).contains(says), "\(words): \(outcome.output)\(outcome.errors)")
            }
        }
        await server.stop()
    }

    @Test func aRunIsDeletedAndBroughtBack() async throws {
        try await withTemporaryFolder { data in
            try await CommandLineTests.measure(data)
            let steps: [(String, Int32, String)] = [
                ("runs delete latest --reason noise", 0, "brings it back"), ("runs list", 0, "There is no run yet"),
                ("runs show latest", 1, "Unknown run 'latest'"), ("runs list --deleted", 0, "completed"),
                ("rebuild --check", 0, "No difference"), ("runs delete nothing", 1, "Unknown run 'nothing'"),
            ]
            for (words, status, says) in steps {
                let outcome = try await Self.flperf(words, data)
                #expect(outcome.status == status, "\(words): \(outcome.errors)")
                #expect(
                    (outcome.output + outcome.errors).contains(says), "\(words): \(outcome.output)\(outcome.errors)")
            }
            let list = try await Self.flperf("runs list --deleted --json", data)
            let id = try #require(list.output.firstMatch(of: /"id" : "([0-9a-f-]{36})"/)?.1)
            let show = try await Self.flperf("runs show \(id)", data)
            #expect(show.status == 1)
            #expect(show.errors.contains("was deleted. `flperf runs restore"), "\(show.errors)")
            #expect(try await Self.flperf("runs restore \(id)", data).output.contains("Restored"))
            #expect(try await Self.flperf("runs show latest", data).status == 0)
        }
    }
}
