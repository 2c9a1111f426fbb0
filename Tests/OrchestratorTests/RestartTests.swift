import Foundation
import Streaming
import TestSupport
import Testing

@testable import Orchestrator

@Suite struct RestartTests {
    private func backend(_ kind: BackendKind, at port: UInt16, path: String = "") throws -> any OpenAIBased {
        let exchange = HTTPExchange(endpoint: try Endpoint("http://127.0.0.1:\(port)"), client: StreamingClient())
        let server = Server(kind: kind, exchange: exchange, environment: ["PATH": path])
        return try #require(kind.backend(for: server) as? any OpenAIBased)
    }

    @Test func aCommandThatFailsIsToldAtOnce() async throws {
        let backend = try backend(.llamaCpp, at: StubServer.closedPort())

        let error = await refusal { () throws(BackendError) in try await backend.restart(command: "exit 3") }

        #expect(error?.code == .notStarted)
        #expect(
            error?.description
                == "Could not start llama.cpp at \(backend.endpoint): 'exit 3' was run and ended with status 3.")
    }

    @Test func whatWasStartedCanBeEndedByASignal() async throws {
        let process = try #require(
            Subprocess.startDetached("/bin/sh", ["-c", "kill -TERM $$; exit 0"], environment: [:]))

        while process.status == nil { try await Task.sleep(for: .milliseconds(5)) }

        #expect(process.status == 128 + SIGTERM)
    }

    @Test func aCommandThatStartsNothingIsWaitedForNoLongerThanItsPatience() async throws {
        let backend = try backend(.ollama, at: StubServer.closedPort())

        let error = await refusal { () throws(BackendError) in
            try await backend.restart(command: "true", patience: .zero)
        }

        #expect(error?.code == .notStarted)
        #expect(error?.description.contains("'true' was run, and it does not answer: Could not reach") == true)
    }

    @Test func whatTakesOptionsOfTheUsersIsNotStartedWithoutACommand() async throws {
        let backend = try backend(.llamaCpp, at: StubServer.closedPort())

        let error = await refusal { () throws(BackendError) in try await backend.restart(command: nil) }

        #expect(error?.code == .unsupported)
        #expect(
            error?.description == "llama.cpp at \(backend.endpoint) cannot be started from here. "
                + "It takes a model and options of yours: give the whole command that starts it.")
    }

    @Test func aCommandThatIsNotThereIsNamed() async throws {
        let backend = try backend(.ollama, at: StubServer.closedPort(), path: "/nowhere")

        let error = await refusal { () throws(BackendError) in try await backend.restart(command: nil) }

        #expect(error?.description.contains("Its command 'ollama' is not in PATH") == true)
        #expect(!backend.capabilities.restart)
    }

    @Test func aServiceThatComesUpOnAnotherPortIsFoundThere() async throws {
        let service = try StubServer { ["/status": .json(#"{"modelCachePath":"/c"}"#)][$0.path] ?? .json("[]") }
        let script = """
            #!/bin/sh
            [ "$1 $2" = "server start" ] && touch "${0%/*}/started"
            [ "$1 $2" = "server status" ] && [ -e "${0%/*}/started" ] &&
                echo '{"running":true,"webUrls":["http://127.0.0.1:\(service.port)"]}'
            exit 0
            """
        try await withProgram("foundry", script) { folder in
            let backend = try backend(.foundryLocal, at: StubServer.closedPort(), path: "\(folder):/usr/bin:/bin")

            let found = try await backend.restart(command: nil)

            #expect(found.endpoint.port == service.port)
            #expect(found.kind == .foundryLocal)
        }
    }
}
