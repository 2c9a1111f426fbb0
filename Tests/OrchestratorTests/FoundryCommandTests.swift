import Foundation
import Testing

@testable import Orchestrator

@Suite struct FoundryCommandTests {
    @Test(arguments: [
        (#"{"running":true,"webUrls":["http://127.0.0.1:5273"]}"#, ["http://127.0.0.1:5273"]),
        (
            "warning: {odd} noise\n\u{1b}[32m{\"running\":true,\"webUrls\":[\"http://127.0.0.1:5273/\"]}\u{1b}[0m bye }",
            ["http://127.0.0.1:5273"]
        ),
        (
            #"{"running":false,"webUrls":["http://0.0.0.0:4711","http://[::]:4712"]}"#,
            ["http://127.0.0.1:4711", "http://127.0.0.1:4712"]
        ),
        (#"{"running":false,"webUrls":[]}"#, []),
        (#"{"running":false}"#, []),
        ("Unknown command 'server'", []),
        ("{{{{ not json }", []),
        ("", []),
    ])
    func addressesAreFoundInTheStatusOfTheNewGeneration(_ output: String, _ expected: [String]) {
        #expect(FoundryCommand.serverStatus(output).addresses == expected)
    }

    @Test(arguments: [
        ("🟢 Model management service is running on http://127.0.0.1:5272/openai/status\n", ["http://127.0.0.1:5272"]),
        ("\u{1b}[1mon http://localhost:61234.\u{1b}[0m see https://aka.ms/foundry", ["http://localhost:61234"]),
        ("🔴 Model management service is not running!\n", []),
        ("", []),
    ])
    func theFirstAddressIsFoundInTheStatusOfTheLegacyService(_ output: String, _ expected: [String]) {
        #expect(FoundryCommand.serviceStatus(output).addresses == expected)
    }

    @Test func theCommandInThePathIsAsked() async throws {
        let script = """
            #!/bin/sh
            [ "$1" = service ] && echo '🟢 running on http://127.0.0.1:5272/openai/status' && exit 0
            echo "Unknown command $1" >&2; exit 1
            """
        try await withProgram("foundry", script) { path in
            let endpoints = await FoundryCommand(environment: ["PATH": "/nowhere:\(path)"]).endpoints()

            #expect(endpoints.map(\.description) == ["http://127.0.0.1:5272"])
        }
    }

    @Test func withoutTheCommandThereIsSilence() async {
        #expect(await FoundryCommand(environment: ["PATH": "/nowhere"]).endpoints().isEmpty)
        #expect(await FoundryCommand(environment: [:]).endpoints().isEmpty)
    }

    @Test func aProgramThatHangsIsKilledAndItsOutputKept() async throws {
        try await withProgram("foundry", "#!/bin/sh\necho started; exec sleep 120") { path in
            let start = ContinuousClock.now
            let output = await Subprocess.output(of: path + "/foundry", [], limit: .milliseconds(1500))

            #expect(output == "started\n")
            #expect(ContinuousClock.now - start < .seconds(60))
        }
    }

    @Test func aServiceThatKeepsThePipeOpenDoesNotHoldUpItsStarter() async throws {
        try await withProgram("foundry", "#!/bin/sh\nsleep 120 &\necho started $!") { path in
            let start = ContinuousClock.now
            let output = try #require(await Subprocess.output(of: path + "/foundry", [], limit: .seconds(90)))
            defer { _ = Int32(output.dropFirst(8).dropLast()).map { kill($0, SIGKILL) } }

            #expect(output.hasPrefix("started "))
            // However busy the machine is: it would be 90 s.
            #expect(ContinuousClock.now - start < .seconds(60))
        }
    }

    @Test func aProgramThatCanNotBeStartedGivesNothing() async {
        #expect(await Subprocess.output(of: "/no/such/program", [], limit: .seconds(1)) == nil)
    }
}
