import Streaming
import TestSupport
import Testing

@testable import Orchestrator

@Suite struct DiscoveryTests {
    /// Allows for a machine that runs all tests at once.
    let patient = Discovery(client: StreamingClient(), environment: [:], usualPorts: [:], limit: .seconds(20))

    /// What a server of each kind says, and no more than is needed to know it.
    static let servers: [(BackendKind, [String: StubServer.Answer])] = [
        (.foundryLocal, ["/status": .json(#"{"modelCachePath":"/c"}"#), "/v1/models": .json(#"{"data":[]}"#)]),
        (.foundryLocalLegacy, ["/openai/status": .json(#"{"ModelDirPath":"/m"}"#)]),
        (.ollama, ["/api/version": .json(#"{"version":"0.9.0"}"#), "/v1/models": .json(#"{"data":null}"#)]),
        (.llamaCpp, ["/v1/models": .text(#"{"error":{"message":"Loading model"}}"#, status: 503, server: "llama.cpp")]),
        (.lmStudio, ["/api/v1/models": .json(#"{"models":[]}"#), "/v1/models": .json(#"{"data":[]}"#)]),
        (.vllm, ["/v1/models": .json(#"{"data":[{"id":"a","owned_by":"vllm"}]}"#)]),
        (.openAI, ["/v1/models": .json(#"{"data":[{"id":"a"}]}"#)]),
        (.simulator, ["/v1/models": .text(#"{"data":[]}"#, server: "flperf-simulator")]),
    ]

    @Test(arguments: servers.indices) func whateverAnswersIsKnownByItsAnswersOnAnyPort(_ index: Int) async throws {
        let (kind, answers) = Self.servers[index]
        let server = try StubServer { answers[$0.path] }

        let backend = try await patient.identify(server.endpoint())

        #expect(backend.kind == kind)
        #expect(backend.endpoint.port == server.port)
    }

    @Test func aPortWithoutListenerIsConnectionRefused() async throws {
        let endpoint = try Endpoint("http://127.0.0.1:\(StubServer.closedPort())")

        let error = await refusal { () throws(BackendError) in
            try await patient.identify(endpoint)
        }

        #expect(error?.code == .unreachable)
        #expect(error?.description == "Could not reach \(endpoint): connection refused. Is the server running?")
    }

    @Test func aServerThatHangsIsLeftAfterASecond() async throws {
        let server = try StubServer { _ in .silence }
        let endpoint = try server.endpoint()

        let error = await refusal { () throws(BackendError) in
            try await Discovery(client: StreamingClient()).identify(endpoint)
        }

        #expect(error?.code == .timedOut)
        #expect(
            error?.description
                == "Could not reach \(endpoint): no answer to GET /v1/models within 1 s. Is the server busy or hung?")
    }

    @Test(arguments: [
        (StubServer.Answer.text("<!DOCTYPE html><p>hi", type: "text/html"), "GET /v1/models gave HTML (HTTP 200)"),
        (.text("  <html>not found</html>", status: 404, type: "text/html"), "GET /v1/models gave HTML (HTTP 404)"),
        (.text(""), "GET /v1/models gave an empty body (HTTP 200)"),
        (.text("hello"), "GET /v1/models gave something that is not JSON (HTTP 200)"),
        (.json(#"{"hello":1}"#), "GET /v1/models gave JSON of another shape (HTTP 200)"),
    ])
    func anotherKindOfServerIsNamedAsSuch(_ answer: StubServer.Answer, _ what: String) async throws {
        let server = try StubServer { $0.path == "/v1/models" ? answer : nil }
        let endpoint = try server.endpoint()

        let error = await refusal { () throws(BackendError) in
            try await patient.identify(endpoint)
        }

        #expect(error?.code == .notAModelServer)
        #expect(
            error?.description
                == "\(endpoint) does not answer like a model server: \(what). Check the address and the port.")
    }

    @Test func aServerThatWantsAKeySaysSo() async throws {
        let server = try StubServer { _ in .json(#"{"error":{"message":"no key"}}"#, status: 401) }
        let endpoint = try server.endpoint()
        let withKey = try server.endpoint(apiKeyVariable: "HOME")

        let discovery = patient
        let without = await refusal { () throws(BackendError) in try await discovery.identify(endpoint) }
        let wrong = await refusal { () throws(BackendError) in try await discovery.identify(withKey) }

        #expect(
            without?.description
                == "\(endpoint) wants an API key (HTTP 401). Name the environment variable that holds it with --api-key-env."
        )
        #expect(wrong?.description == "\(endpoint) wants an API key (HTTP 401). Is the key in HOME right?")
        #expect(wrong?.code == .missingKey)
    }

    @Test func theReportHoldsWhatWasFoundAndWhyTheRestWasNot() async throws {
        let llama = try StubServer { _ in .text(#"{"data":[{"id":"a"}]}"#, server: "llama.cpp") }
        let page = try StubServer { _ in .text("<html>", type: "text/html") }
        let closed = try StubServer.closedPort()
        let discovery = Discovery(
            client: StreamingClient(), environment: ["FLPERF_FOUNDRY_ENDPOINT": "http://me:pw@127.0.0.1:1"],
            usualPorts: ["Ollama": closed, "vLLM": page.port], limit: .seconds(20))

        let report = await discovery.look(alsoAt: [
            try llama.endpoint(), try Endpoint("http://localhost:\(llama.port)"),
        ])

        #expect(report.found.map(\.backend.kind) == [.llamaCpp])
        #expect(report.found.map(\.place) == ["given endpoint"])
        #expect(report.refusals.map(\.place) == ["FLPERF_FOUNDRY_ENDPOINT", "Ollama", "vLLM"])
        #expect(report.refusals.map(\.error.code) == [.invalidEndpoint, .unreachable, .notAModelServer])
        #expect(llama.requests == ["GET /v1/models"])  // asked once, and no more than was needed
    }

    @Test func theFoundrySettingIsLookedAt() async throws {
        let foundry = try StubServer { $0.path == "/models/loaded" ? .json("[]") : nil }
        let discovery = Discovery(
            client: StreamingClient(), environment: ["FLPERF_FOUNDRY_ENDPOINT": "http://127.0.0.1:\(foundry.port)"],
            usualPorts: [:], limit: .seconds(20))

        let report = await discovery.look()

        #expect(report.found.map(\.backend.kind) == [.foundryLocal])
        #expect(report.found.map(\.place) == ["FLPERF_FOUNDRY_ENDPOINT"])
    }

    @Test func nothingFoundIsSaidWithThePlacesAndTheReasons() async throws {
        let closed = try [StubServer.closedPort(), StubServer.closedPort()]
        let page = try StubServer { _ in .text("<html>", type: "text/html") }
        let discovery = Discovery(
            client: StreamingClient(), environment: [:],
            usualPorts: ["Ollama": closed[0], "LM Studio": closed[1], "vLLM": page.port],
            limit: .seconds(20))

        let report = await discovery.look()

        #expect(report.found.isEmpty)
        #expect(
            report.nothingFound
                == "No model server was found on this machine. Nothing listens at 127.0.0.1:\(closed[0]) (Ollama), "
                + "127.0.0.1:\(closed[1]) (LM Studio). http://127.0.0.1:\(page.port) does not answer like a model server: "
                + "GET /v1/models gave HTML (HTTP 200). Check the address and the port.")
    }
}

@Suite struct MovedServerTests {
    private static let answers: [String: StubServer.Answer] = [
        "/status": .json(#"{"modelCachePath":"/c"}"#), "/models/loaded": .json("[]"),
        "/v1/models": .json(#"{"data":[{"id":"phi-generic-cpu:1"}]}"#),
    ]

    private func discovery(_ endpoint: Endpoint) -> Discovery {
        Discovery(
            client: StreamingClient(), environment: ["FLPERF_FOUNDRY_ENDPOINT": endpoint.description], usualPorts: [:],
            limit: .seconds(20))
    }

    @Test func aServerThatMovedIsFoundByItsModel() async throws {
        let server = try StubServer { Self.answers[$0.path] }
        let old = try Endpoint("http://127.0.0.1:\(StubServer.closedPort())")
        let discovery = discovery(try server.endpoint())

        let found = try await discovery.backend(lastAt: old, kind: .foundryLocal, offering: "phi-generic-cpu:1")

        #expect(found.endpoint.port == server.port)
    }

    @Test(arguments: [(BackendKind.foundryLocal, "phi-cuda-gpu:1"), (.ollama, "phi-generic-cpu:1")])
    func anotherServerOrModelIsNotTakenForIt(_ kind: BackendKind, _ model: String) async throws {
        let server = try StubServer { Self.answers[$0.path] }
        let old = try Endpoint("http://127.0.0.1:\(StubServer.closedPort())")
        let discovery = discovery(try server.endpoint())

        let error = await refusal { () throws(BackendError) in
            try await discovery.backend(lastAt: old, kind: kind, offering: model)
        }

        #expect(error?.code == .unreachable)
    }

    @Test func anotherKindAtTheOldAddressIsSaid() async throws {
        let server = try StubServer { Self.answers[$0.path] }
        let endpoint = try server.endpoint()
        let discovery = discovery(endpoint)

        let error = await refusal { () throws(BackendError) in
            try await discovery.backend(lastAt: endpoint, kind: .ollama, offering: "m")
        }

        #expect(
            error?.description == "\(endpoint) was Ollama, and now Foundry Local answers there. "
                + "Start the one that was there, or add the model anew.")
    }
}
