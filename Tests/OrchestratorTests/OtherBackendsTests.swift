import Streaming
import Synchronization
import TestSupport
import Testing

@testable import Orchestrator

@Suite struct OllamaTests {
    static let tags = """
        {"models":[{"name":"llama3:latest","model":"llama3:latest","size":4000,"digest":"abcdef0123456789",
                    "details":{"family":"llama","parameter_size":"8B","quantization_level":"Q4_0"}},
                   {"name":"llama3:70b","model":"llama3:70b","size":40000}]}
        """

    @Test func modelsAreListedWithWhereTheyAreLoaded() async throws {
        let running = #"{"models":[{"model":"llama3:latest","size":5000,"size_vram":5000,"context_length":4096}]}"#
        try await withBackend(.ollama, ["GET /api/tags": Self.tags, "GET /api/ps": running]) { backend, _ in
            let models = try await backend.models()

            #expect(models.map(\.id) == ["llama3:latest", "llama3:70b"])
            #expect(models.map(\.alias) == ["llama3", "llama3:70b"])
            #expect(models.map(\.isLoaded) == [true, false])
            #expect(models.map(\.deviceType) == ["GPU", nil])
            #expect(models.map(\.sizeBytes) == [4000, 40000])
            #expect(models.map(\.description) == ["llama 8B Q4_0", nil])
        }
    }

    @Test func aGenerationWithoutAPromptLoadsAndUnloads() async throws {
        let answers = [
            "GET /api/tags": Self.tags, "GET /api/ps": #"{"models":[]}"#,
            "POST /api/generate": #"{"model":"llama3:latest","done":true,"done_reason":"load"}"#,
        ]
        try await withBackend(.ollama, answers) { backend, server in
            let loaded = try await backend.load("llama3")
            let unloaded = try await backend.unload("llama3")

            #expect(loaded.variant == "llama3:latest")
            #expect(loaded.duration != nil)
            #expect(unloaded.wasLoaded == false)
            #expect(
                server.received.filter { $0.method == "POST" }.map(\.body) == [
                    #"{"model":"llama3:latest","stream":false}"#,
                    #"{"keep_alive":0,"model":"llama3:latest","stream":false}"#,
                ])
        }
    }

    @Test func aChatGoesByItsOwnProtocolAndTellsItsTimes() async throws {
        let answer = """
            {"model":"llama3:latest","message":{"role":"assistant","content":"Paris"},"done":false}
            {"model":"llama3:latest","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop",\
            "total_duration":9000000,"load_duration":1000000,"prompt_eval_count":9,"prompt_eval_duration":3000000,\
            "eval_count":2,"eval_duration":5000000}

            """
        let stub: @Sendable (StubServer.Request) -> StubServer.Answer? = {
            $0.path == "/api/chat" ? .text(answer, type: "application/x-ndjson") : nil
        }
        try await withBackend(.ollama, answer: stub) { backend, server in
            var chat = ChatRequest(prompt: "Hi", systemPrompt: "Be brief.")
            chat.maxTokens = 5
            chat.temperature = 0
            chat.seed = 42
            let outcome = await StreamingClient().perform(try backend.chatRequest(chat, to: "llama3"))
            let completion = ChatCompletion(outcome)

            #expect(
                server.received.map(\.body) == [
                    #"{"messages":[{"content":"Be brief.","role":"system"},{"content":"Hi","role":"user"}],"model":"llama3","#
                        + #""options":{"num_predict":5,"seed":42,"temperature":0},"stream":true}"#
                ])
            #expect(completion.text == "Paris")
            #expect(completion.usage == TokenUsage(prompt: 9, completion: 2))
            #expect(
                completion.server
                    == ServerTimes(total: 9_000_000, load: 1_000_000, prompt: 3_000_000, decode: 5_000_000))
            #expect(completion.failure == nil)
            #expect(backend.capabilities.serverTimings)
        }
    }

    @Test func theVersionIsTold() async throws {
        try await withBackend(.ollama, ["GET /api/version": #"{"version":"0.9.1"}"#]) { backend, _ in
            #expect(await backend.runtimeVersion() == "0.9.1")
            #expect(await backend.health().healthy)
        }
    }
}

@Suite struct LlamaCppTests {
    static let models = """
        {"object":"list","data":[{"id":"smollm2","object":"model","owned_by":"llamacpp",
         "meta":{"n_ctx":2048,"n_ctx_train":8192,"size":96576768,"ftype":"Q4_1"}}]}
        """

    @Test func theModelOfTheProcessIsLoaded() async throws {
        try await withBackend(.llamaCpp, ["GET /v1/models": Self.models]) { backend, _ in
            let model = try await backend.models()[0]

            #expect(model.id == "smollm2")
            #expect(model.isLoaded == true)
            #expect(model.sizeBytes == 96_576_768)
            #expect(model.contextLength == 2048)
            #expect(model.description == "Q4_1")
        }
    }

    @Test func aRouterTellsTheStateOfEach() async throws {
        let models = #"{"data":[{"id":"a","status":{"value":"loaded"}},{"id":"b","status":{"value":"unloaded"}}]}"#
        try await withBackend(.llamaCpp, ["GET /v1/models": models]) { backend, _ in
            let models = try await backend.models()

            #expect(models.map(\.isLoaded) == [true, false])
        }
    }

    @Test func loadingOnRequestIsRefusedInASentence() async throws {
        try await withBackend(.llamaCpp, [:]) { backend, server in
            let error = await refusal { () throws(BackendError) in try await backend.load("smollm2") }

            #expect(error?.code == .unsupported)
            #expect(
                error?.description == "llama.cpp at \(backend.endpoint) cannot load a model on request. "
                    + "It serves the one model that it was started with; started without one, as a router, it can.")
            #expect(server.requests.isEmpty)
            #expect(!backend.capabilities.load)
        }
    }

    @Test func aModelThatIsStillLoadingIsNotHealthy() async throws {
        let answer: @Sendable (StubServer.Request) -> StubServer.Answer? = { _ in
            .json(#"{"error":{"code":503,"message":"Loading model"}}"#, status: 503)
        }
        try await withBackend(.llamaCpp, answer: answer) { backend, _ in
            let health = await backend.health()

            #expect(!health.healthy)
            #expect(health.state == .starting)
            #expect(
                health.detail
                    == "The server at \(backend.endpoint) is not ready (HTTP 503, Loading model). Wait until it has started."
            )
        }
    }
}

@Suite struct LMStudioTests {
    static let models = """
        {"models":[{"type":"llm","key":"qwen/qwen3-4b","publisher":"qwen","display_name":"Qwen3 4B","size_bytes":2500,
                    "quantization":{"name":"Q4_K_M"},"max_context_length":32768,"loaded_instances":[]},
                   {"type":"llm","key":"phi","loaded_instances":[{"id":"phi"},{"id":"phi:2"}]},
                   {"type":"embedding","key":"nomic","loaded_instances":[]}]}
        """

    @Test func languageModelsAreListed() async throws {
        try await withBackend(.lmStudio, ["GET /api/v1/models": Self.models]) { backend, _ in
            let models = try await backend.models()

            #expect(models.map(\.id) == ["qwen/qwen3-4b", "phi"])
            #expect(models.map(\.isLoaded) == [false, true])
            #expect(models[0].alias == "qwen3-4b")
            #expect(models[0].description == "Qwen3 4B Q4_K_M")
            #expect(models[1].description == nil)
        }
    }

    @Test func aModelIsLoadedByItsKeyAndEveryInstanceUnloaded() async throws {
        let answers = [
            "GET /api/v1/models": Self.models,
            "POST /api/v1/models/load": #"{"instance_id":"qwen/qwen3-4b","load_time_seconds":1.5,"status":"loaded"}"#,
            "POST /api/v1/models/unload": #"{"instance_id":"phi"}"#,
        ]
        try await withBackend(.lmStudio, answers) { backend, server in
            let loaded = try await backend.load("qwen3-4b")
            let unloaded = try await backend.unload("phi")

            #expect(loaded.variant == "qwen/qwen3-4b")
            #expect(unloaded.wasLoaded == true)
            #expect(
                server.received.filter { $0.method == "POST" }.map(\.body) == [
                    #"{"model":"qwen/qwen3-4b"}"#, #"{"instance_id":"phi"}"#, #"{"instance_id":"phi:2"}"#,
                ])
        }
    }

    @Test func anErrorUnderSuccessIsAnError() async throws {
        let error = #"{"error":"Unexpected endpoint or method. (GET /api/v1/models)"}"#
        try await withBackend(.lmStudio, ["GET /api/v1/models": error]) { backend, _ in
            let error = await refusal { () throws(BackendError) in try await backend.models() }

            #expect(error?.code == .refused)
            #expect(
                error?.description == "\(backend.endpoint) refused GET /api/v1/models: "
                    + "Unexpected endpoint or method. (GET /api/v1/models)")
        }
    }
}

@Suite struct PlainServerTests {
    @Test func vllmModelsAreLoadedAndTellTheirContext() async throws {
        let answers = [
            "GET /v1/models": #"{"data":[{"id":"org/m","owned_by":"vllm","max_model_len":4096}]}"#,
            "GET /version": #"{"version":"0.32.0"}"#, "GET /health": "",
        ]
        try await withBackend(.vllm, answers) { backend, _ in
            let model = try await backend.models()[0]

            #expect(model.isLoaded == true)
            #expect(model.contextLength == 4096)
            #expect(await backend.runtimeVersion() == "0.32.0")
            #expect(await backend.health().healthy)
        }
    }

    @Test func anOpenAIServerListsAndNothingElse() async throws {
        try await withBackend(.openAI, ["GET /v1/models": #"{"data":[{"id":"m","owned_by":"me"}]}"#]) { backend, _ in
            let models = try await backend.models()

            #expect(models.map(\.id) == ["m"])
            #expect(models[0].isLoaded == nil)
            #expect(await backend.health().detail == "\(backend.endpoint) answers and lists 1 model.")
            let error = await refusal { () throws(BackendError) in try await backend.unload("m") }
            #expect(
                error?.description
                    == "The OpenAI-compatible server at \(backend.endpoint) cannot unload a model on request. "
                    + "It serves what it was started with.")
        }
    }

    @Test(arguments: [
        (#"{"error":{"message":"out of memory","code":5}}"#, "HTTP 500, out of memory."),
        (#"{"error":"out of memory."}"#, "HTTP 500, out of memory."),
        (#"{"detail":"broken"}"#, "HTTP 500, broken."),
        ("plain\ntext", "HTTP 500, plain text."),
        ("", "HTTP 500."),
    ])
    func aServersOwnWordsForAnErrorAreKept(_ body: String, _ told: String) async throws {
        try await withBackend(.openAI, answer: { _ in .text(body, status: 500) }) { backend, _ in
            let error = await refusal { () throws(BackendError) in try await backend.models() }

            #expect(error?.code == .refused)
            #expect(error?.description == "\(backend.endpoint) refused GET /v1/models: \(told)")
        }
    }

    @Test func theKeyGoesWithEveryQuestion() async throws {
        try await withBackend(.openAI, ["GET /v1/models": #"{"data":[]}"#]) { backend, server in
            let withKey = try server.endpoint(apiKeyVariable: "HOME")

            _ = try await backend.models()
            _ = try await BackendKind.openAI.backend(at: withKey, using: StreamingClient()).models()

            #expect(server.received.map { $0.headers["authorization"] != nil } == [false, true])
        }
    }
}
