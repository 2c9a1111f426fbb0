import Streaming
import Synchronization
import TestSupport
import Testing

@testable import Orchestrator

@Suite struct DownloadTests {
    @Test(arguments: [
        ("Total 12.50% Downloading model.onnx.data", 12.5),
        ("[###   ] 50,00 % [Time remaining: about 5m]", 50),
        ("\u{1b}[2K\u{1b}[32m  7%\u{1b}[0m", 7),
        ("Downloading model...", nil),
    ])
    func aLineOfProgressIsRead(_ line: String, _ percent: Double?) {
        let progress = DownloadProgress(line: line)

        #expect(progress?.percent == percent)
        #expect(progress?.status?.contains("\u{1b}") == false)
        #expect(DownloadProgress(line: " \u{1b}[0m ") == nil)
    }

    @Test func theLayersOfAModelAreAddedUp() {
        var pull = OllamaPull()

        let told = [
            #"{"status":"pulling manifest"}"#,
            #"{"status":"pulling aa","digest":"aa","total":300,"completed":100}"#,
            #"{"status":"pulling aa","digest":"aa","total":300,"completed":100}"#,
            #"{"status":"pulling bb","digest":"bb","total":100,"completed":20}"#,
            #"{"status":"success"}"#,
        ].map { pull.receive($0) }

        #expect(told.map { $0?.receivedBytes } == [nil, 100, nil, 120, 120])
        #expect(told.map { $0?.totalBytes } == [nil, 300, nil, 400, 400])
        #expect(told[3]?.percent == 30)
        #expect(pull.hasSucceeded)
    }

    /// A kind of server, what its request for a download gives, and what is said of that.
    static let failures: [(BackendKind, String, String, BackendError.Code, String)] = [
        (
            .foundryLocalLegacy, "/openai/download",
            "Total 50% x\n{\"Success\":false,\"ErrorMessage\":\"disk full.\"}\n",
            .downloadFailed, "could not download 'm': disk full."
        ),
        (
            .foundryLocalLegacy, "/openai/download", "Total 50% x\n", .downloadFailed,
            "it does not say that it succeeded."
        ),
        (
            .ollama, "/api/pull", #"{"error":"max retries exceeded: EOF"}"#, .downloadFailed,
            "max retries exceeded: EOF."
        ),
        (
            .ollama, "/api/pull", #"{"error":"pull model manifest: file does not exist"}"#, .unknownModel,
            "has no model 'm'."
        ),
        (
            .ollama, "/api/pull", #"{"status":"pulling manifest"}"#, .downloadFailed,
            "it does not say that it succeeded."
        ),
        (
            .lmStudio, "/api/v1/models/download", #"{"job_id":"1","status":"failed","error":"no space"}"#,
            .downloadFailed, "no space."
        ),
    ]

    @Test(arguments: failures.indices) func aDownloadThatFailsGivesTheReason(_ index: Int) async throws {
        let (kind, path, answer, code, words) = Self.failures[index]
        let stub: @Sendable (StubServer.Request) -> StubServer.Answer? = { request in
            switch request.path {
            case path: .text(answer)
            case "/foundry/list":
                .json(#"[{"name":"m","providerType":"AzureFoundry","uri":"u","promptTemplate":{"prompt":"{C}"}}]"#)
            case "/openai/models", "/openai/loadedmodels": .json("[]")
            default: .json(#"{"models":[]}"#)
            }
        }
        try await withBackend(kind, answer: stub) { backend, server in
            let error = await refusal { () throws(BackendError) in try await backend.download("m") { _ in } }

            #expect(error?.code == code)
            #expect(error?.description.contains(words) == true, "\(error as Any)")
            if kind == .foundryLocalLegacy {
                #expect(
                    server.received.last { $0.path == path }?.body == #"{"IgnorePipeReport":true,"model":{"Name":"m","#
                        + #""PromptTemplate":{"prompt":"{C}"},"ProviderType":"AzureFoundryLocal","Uri":"u"},"token":""}"#
                )
            }
        }
    }

    @Test func withoutItsCommandFoundryLocalSaysWhatToDo() async throws {
        let answers = ["GET /v1/models": #"{"data":[{"id":"phi-generic-cpu:1"}]}"#, "GET /models/loaded": "[]"]
        let server = try StubServer { answers["\($0.method) \($0.path)"].map { .json($0) } }
        let exchange = HTTPExchange(endpoint: try server.endpoint(), client: StreamingClient())
        let backend = FoundryLocal(server: Server(kind: .foundryLocal, exchange: exchange, environment: [:]))

        let error = await refusal { () throws(BackendError) in try await backend.download("phi") { _ in } }

        #expect(!backend.capabilities.download)
        #expect(
            error?.description == "Foundry Local at \(exchange.endpoint) cannot download a model over HTTP. "
                + "Run 'foundry model download phi' on its machine, or put the 'foundry' command in PATH.")
    }

    @Test func aCommandThatFailsTellsItsLastWords() async throws {
        let server = try StubServer {
            $0.path == "/v1/models" ? .json(#"{"data":[{"id":"phi-generic-cpu:1"}]}"#) : .json("[]")
        }
        let exchange = HTTPExchange(endpoint: try server.endpoint(), client: StreamingClient())
        try await withProgram("foundry", "#!/bin/sh\necho ' 3%'; echo 'No space left.' >&2; exit 2") { folder in
            let backend = FoundryLocal(
                server: Server(kind: .foundryLocal, exchange: exchange, environment: ["PATH": folder]))
            let told = Mutex<[Double?]>([])

            let error = await refusal { () throws(BackendError) in
                try await backend.download("phi") { progress in told.withLock { $0.append(progress.percent) } }
            }

            #expect(error?.code == .downloadFailed)
            #expect(
                error?.description.hasSuffix("'foundry model download' ended with status 2: No space left.") == true)
            #expect(told.withLock { $0 } == [3, nil])
        }
    }
}
