import Testing

@testable import Orchestrator

@Suite struct FingerprintTests {
    static let cases: [(BackendKind?, String?, [String: String])] = [
        (
            .foundryLocal, "oatpp/1.3.0",
            ["/status": #"{"modelCachePath":"/c","endpoints":[],"pid":1}"#, "/v1/models": #"{"data":[]}"#]
        ),
        (.foundryLocal, nil, ["/models/loaded": "[]", "/v1/models": #"{"data":[]}"#]),
        (.foundryLocalLegacy, nil, ["/openai/status": #"{"Endpoints":[],"ModelDirPath":"/m","PipeName":"p"}"#]),
        (.foundryLocalLegacy, nil, ["/openai/status": #"{"modelDirPath":"/m"}"#]),
        (
            .ollama, nil,
            ["/api/version": #"{"version":"0.9.0"}"#, "/v1/models": #"{"data":[{"id":"a","owned_by":"library"}]}"#]
        ),
        (.llamaCpp, "llama.cpp", [:]),
        (.llamaCpp, nil, ["/v1/models": #"{"data":[{"id":"a","owned_by":"llamacpp"}]}"#]),
        (.llamaCpp, nil, ["/props": #"{"default_generation_settings":{}}"#]),
        (.vllm, "uvicorn", ["/v1/models": #"{"data":[{"id":"a","owned_by":"vllm"}]}"#]),
        (
            .lmStudio, nil,
            [
                "/api/v1/models": #"{"models":[{"key":"a","loaded_instances":[]}]}"#, "/v1/models": #"{"data":[]}"#,
                "/api/version": #"{"error":"Unexpected endpoint or method. (GET /api/version)"}"#,
                "/status": #"{"error":"Unexpected endpoint or method. (GET /status)"}"#,
            ]
        ),
        (.simulator, "flperf-simulator", ["/v1/models": #"{"data":[]}"#]),
        (.openAI, "uvicorn", ["/v1/models": #"{"data":[{"id":"a","owned_by":"me"}]}"#]),
        (nil, "nginx", [:]),
        (nil, nil, ["/v1/models": #"{"hello":"world"}"#, "/status": #"{"ok":true}"#, "/api/version": #""1.0""#]),
    ]

    @Test(arguments: cases.indices) func answersGiveTheKindAway(_ index: Int) {
        let (kind, server, answers) = Self.cases[index]
        let fingerprint = Fingerprint(
            server: server, answers: answers.compactMapValues { JSONValue(bytes: $0.utf8) })

        #expect(fingerprint.answers.count == answers.count)
        #expect(fingerprint.kind == kind)
    }
}
