import Streaming
import Synchronization
import TestSupport
import Testing

@testable import Orchestrator

/// The web service of SDK 2.x as it was seen: loads and unloads take the alias only, chat the id.
private final class FoundryService: Sendable {
    static let catalogue = ["phi-generic-cpu:1", "phi-cuda-gpu:1", "qwen-0.5b-instruct-generic-cpu:4"]
    /// Which variant the service takes for an alias.
    static let variants = ["phi": "phi-cuda-gpu:1", "qwen-0.5b": "qwen-0.5b-instruct-generic-cpu:4"]

    let takesIDs: Bool
    private let loaded = Mutex<[String]>([])

    init(takesIDs: Bool = false) { self.takesIDs = takesIDs }

    func answer(_ request: StubServer.Request) -> StubServer.Answer? {
        let parts = request.path.split(separator: "/").map(String.init)
        if request.path == "/v1/models" {
            let entries = Self.catalogue.map { #"{"id":"\#($0)","object":"model","owned_by":"Local"}"# }
            return .json(#"{"data":[\#(entries.joined(separator: ","))],"object":"list"}"#)
        }
        if request.path == "/models/loaded" {
            return .json("[\(loaded.withLock { $0 }.map { "\"\($0)\"" }.joined(separator: ","))]")
        }
        guard parts.count == 3, parts[0] == "models" else { return nil }
        guard let id = Self.variants[parts[2]] ?? (takesIDs && Self.catalogue.contains(parts[2]) ? parts[2] : nil)
        else {
            let message = "Model not found: No model matching '\(parts[2])'"
            return .json(
                #"{"error":{"code":null,"message":"\#(message)","type":"invalid_request_error"}}"#, status: 404)
        }
        return loaded.withLock { loaded in
            let was = loaded.contains(id)
            if parts[1] == "load" {
                if !was { loaded.append(id) }
                return .json(#"{"status":"\#(was ? "already_loaded" : "loaded")"}"#)
            }
            loaded.removeAll { $0 == id }
            return .json(#"{"status":"\#(was ? "unloaded" : "not_loaded")"}"#)
        }
    }
}

@Suite struct FoundryLocalTests {
    private func withFoundry(
        _ service: FoundryService = FoundryService(), _ body: (any Backend, StubServer) async throws -> Void
    ) async throws {
        try await withBackend(.foundryLocal, answer: { service.answer($0) }, body)
    }

    @Test func theCatalogueIsListedWithWhatTheNamesTell() async throws {
        try await withFoundry { backend, _ in
            let models = try await backend.models()

            #expect(models.map(\.id) == FoundryService.catalogue)
            #expect(models[1].alias == "phi")
            #expect(models[1].isLoaded == false)
            #expect(models[1].deviceType == "GPU")
            #expect(models[1].executionProvider == "CUDAExecutionProvider")
            #expect(models[1].version == "1")
            #expect(models[1].sizeBytes == nil)
            #expect(backend.capabilities.load && backend.capabilities.unload)
        }
    }

    @Test func anAliasIsLoadedAndTheVariantTold() async throws {
        try await withFoundry { backend, _ in
            let first = try await backend.load("phi")
            let second = try await backend.load("phi")

            #expect(!first.alreadyLoaded)
            #expect(first.duration != nil)
            #expect(first.variant == "phi-cuda-gpu:1")
            #expect(
                second
                    == LoadOutcome(
                        alreadyLoaded: true, duration: nil, variant: "phi-cuda-gpu:1", deviceType: "GPU",
                        executionProvider: "CUDAExecutionProvider"))
            #expect(try await backend.models().filter { $0.isLoaded == true }.map(\.id) == ["phi-cuda-gpu:1"])
        }
    }

    @Test func anIdIsTriedFirstAndThenItsAliases() async throws {
        try await withFoundry { backend, server in
            let outcome = try await backend.load("qwen-0.5b-instruct-generic-cpu:4")

            #expect(outcome.variant == "qwen-0.5b-instruct-generic-cpu:4")
            #expect(
                server.requests.filter { $0.contains("/load/") } == [
                    "GET /models/load/qwen-0.5b-instruct-generic-cpu:4", "GET /models/load/qwen-0.5b-instruct",
                    "GET /models/load/qwen-0.5b",
                ])
        }
    }

    @Test func aVariantThatIsLoadedAlreadyIsNotAskedForAgain() async throws {
        try await withFoundry { backend, server in
            _ = try await backend.load("phi")

            let outcome = try await backend.load("phi-cuda-gpu")

            #expect(
                outcome
                    == LoadOutcome(
                        alreadyLoaded: true, duration: nil, variant: "phi-cuda-gpu:1", deviceType: "GPU",
                        executionProvider: "CUDAExecutionProvider"))
            #expect(server.requests.count { $0.contains("/load/") } == 1)
        }
    }

    @Test func anotherVariantThanTheOneAskedForIsAnError() async throws {
        try await withFoundry { backend, _ in
            let error = await refusal { () throws(BackendError) in try await backend.load("phi-generic-cpu:1") }

            #expect(error?.code == .otherVariant)
            #expect(
                error?.description == "Foundry Local at \(backend.endpoint) was asked to load 'phi-generic-cpu:1' "
                    + "and loaded 'phi-cuda-gpu:1' instead.")
        }
    }

    @Test func aBuildThatTakesIdsLoadsTheVariantItself() async throws {
        try await withFoundry(FoundryService(takesIDs: true)) { backend, _ in
            let outcome = try await backend.load("phi-generic-cpu:1")

            #expect(outcome.variant == "phi-generic-cpu:1")
        }
    }

    @Test func unloadingTellsWhetherItWasLoaded() async throws {
        try await withFoundry { backend, _ in
            _ = try await backend.load("phi")

            #expect(try await backend.unload("phi-cuda-gpu:1").wasLoaded == true)
            #expect(try await backend.unload("phi").wasLoaded == false)
            #expect(try await backend.models().allSatisfy { $0.isLoaded == false })
        }
    }

    @Test func anUnknownModelIsRefusedWithTheOnesThereAre() async throws {
        try await withFoundry { backend, _ in
            let error = await refusal { () throws(BackendError) in try await backend.load("nope") }

            #expect(error?.code == .unknownModel)
            #expect(
                error?.description == "The server at \(backend.endpoint) has no model 'nope'. "
                    + "It has phi-generic-cpu:1, phi-cuda-gpu:1, qwen-0.5b-instruct-generic-cpu:4.")
        }
    }

    @Test func aModelThatIsNotDownloadedSaysWhatToDo() async throws {
        let answer: @Sendable (StubServer.Request) -> StubServer.Answer? = { request in
            switch request.path {
            case "/v1/models": .json(#"{"data":[{"id":"phi-generic-cpu:1"}]}"#)
            case "/models/loaded": .json("[]")
            case "/models/load/phi": .json(#"{"error":{"message":"Model not cached"}}"#, status: 400)
            default: nil
            }
        }
        try await withBackend(.foundryLocal, answer: answer) { backend, _ in
            let error = await refusal { () throws(BackendError) in try await backend.load("phi") }

            #expect(error?.code == .notDownloaded)
            #expect(
                error?.description == "Foundry Local at \(backend.endpoint) has not downloaded 'phi'. "
                    + "Download it first, here or with 'foundry model download'.")
        }
    }

    @Test func theFirstBuildsAnswerWithEmptyBodies() async throws {
        let loads = Mutex(0)
        let answer: @Sendable (StubServer.Request) -> StubServer.Answer? = { request in
            switch request.path {
            case "/v1/models": .json(#"{"data":[{"id":"phi-generic-cpu"}]}"#)
            case "/models/loaded": .json(loads.withLock { $0 } > 0 ? #"["phi-generic-cpu:1"]"# : "[]")
            case "/models/load/phi":
                loads.withLock {
                    $0 += 1; return .text("")
                }
            default: .text("", status: 500)
            }
        }
        try await withBackend(.foundryLocal, answer: answer) { backend, _ in
            let outcome = try await backend.load("phi-generic-cpu")

            #expect(!outcome.alreadyLoaded)
            #expect(outcome.variant == "phi-generic-cpu")
        }
    }
}
