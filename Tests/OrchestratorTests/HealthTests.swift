import Foundation
import Streaming
import TestSupport
import Testing

@testable import Orchestrator

@Suite struct HealthTests {
    /// A kind of server, what it answers to everything, and how it is then.
    static let answers: [(BackendKind, StubServer.Answer, Health.State, String)] = [
        (.vllm, .text(""), .answering, "answers its health check"),
        (.openAI, .json(#"{"data":[{"id":"m"}]}"#), .answering, "lists 1 model"),
        (.llamaCpp, .json(#"{"error":{"message":"Loading model"}}"#, status: 503), .starting, "Loading model"),
        (.foundryLocal, .text("starting", status: 503), .starting, "Wait until it has started"),
        (.ollama, .json("{}", status: 401), .locked, "wants an API key"),
        (.lmStudio, .text("<html>", type: "text/html"), .refusing, "does not answer like a model server"),
        (.foundryLocalLegacy, .text("", status: 500), .refusing, "HTTP 500"),
        (.ollama, .hangUp, .refusing, "accepts connections and closes them without an answer"),
    ]

    @Test(arguments: answers.indices) func anAnswerTellsHowItIs(_ index: Int) async throws {
        let (kind, answer, state, words) = Self.answers[index]
        try await withBackend(kind, answer: { _ in answer }) { backend, _ in
            let health = await backend.health()

            #expect(health.state == state)
            #expect(health.healthy == (state == .answering))
            #expect(health.detail.contains(words), "\(health.detail)")
        }
    }

    @Test func whereNothingListensTheCommandThatStartsItIsNamed() async throws {
        let endpoint = try Endpoint("http://127.0.0.1:\(StubServer.closedPort())")

        let health = await BackendKind.ollama.backend(at: endpoint, using: StreamingClient()).health()

        #expect(health.state == .notListening)
        #expect(
            health.detail == "Could not reach \(endpoint): connection refused. Is the server running? "
                + "Start it with 'ollama serve'.")
    }

    @Test(arguments: [
        (BackendKind.foundryLocalLegacy, "service", "foundry service restart"),
        (.foundryLocal, "server", "foundry server start"),
    ])
    func aServiceThatIsSaidToRunAndRefusesConnectionsHasAStateOfItsOwn(
        _ kind: BackendKind, _ word: String, _ remedy: String
    ) async throws {
        let endpoint = try Endpoint("http://127.0.0.1:\(StubServer.closedPort())")
        let script = """
            #!/bin/sh
            [ "$1" = \(word) ] || exit 1
            [ "$1" = service ] && echo '🟢 Model management service is running on \(endpoint)/openai/status'
            [ "$1" = server ] && echo 'note {x' && echo '{"running":true,"webUrls":["\(endpoint)"]}'
            """
        try await withProgram("foundry", script) { folder in
            let exchange = HTTPExchange(endpoint: endpoint, client: StreamingClient())
            let health = await kind.backend(
                for: Server(kind: kind, exchange: exchange, environment: ["PATH": folder])
            ).health()

            #expect(health.state == .refusing)
            #expect(
                health.detail == "\(kind.displayName)'s own command says that it runs at \(endpoint), "
                    + "but no connection comes about there. Start it again with '\(remedy)'.")
        }
    }
}
