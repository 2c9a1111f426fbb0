import Synchronization
import TestSupport
import Testing

@testable import Orchestrator

@Suite struct FoundryLocalLegacyTests {
    static let catalogue = """
        [{"name":"Phi-4-generic-cpu","displayName":"Phi 4","alias":"phi-4","version":"7","publisher":"Microsoft",
          "license":"MIT","task":"chat-completion","fileSizeMb":2048,
          "runtime":{"deviceType":"CPU","executionProvider":"CPUExecutionProvider"}},
         {"name":"Phi-4-cuda-gpu","alias":"phi-4","version":7,"fileSizeMb":4096,
          "runtime":{"deviceType":"GPU","executionProvider":"CUDAExecutionProvider"}}]
        """

    private func withLegacy(_ body: (any Backend, StubServer) async throws -> Void) async throws {
        let loaded = Mutex<[String]>([])
        let answer: @Sendable (StubServer.Request) -> StubServer.Answer? = { request in
            switch request.path {
            case "/foundry/list": return .json(Self.catalogue)
            case "/openai/models": return .json(#"["Phi-4-generic-cpu","my-own"]"#)
            case "/openai/loadedmodels":
                return .json("[\(loaded.withLock { $0 }.map { "\"\($0)\"" }.joined(separator: ","))]")
            case "/openai/load/Phi-4-generic-cpu?ttl=3600&ep=":
                loaded.withLock { $0.append("Phi-4-generic-cpu") }
                return .text("")
            case "/openai/unload/Phi-4-generic-cpu?force=true":
                loaded.withLock { $0.removeAll() }
                return .text("")
            default: return nil
            }
        }
        try await withBackend(.foundryLocalLegacy, answer: answer, body)
    }

    @Test func theCatalogueIsListedWithItsDetails() async throws {
        try await withLegacy { backend, _ in
            let models = try await backend.models()

            #expect(models.map(\.id) == ["Phi-4-generic-cpu", "Phi-4-cuda-gpu", "my-own"])
            #expect(models.map(\.version) == ["7", "7", nil])
            #expect(models.map(\.isDownloaded) == [true, false, true])
            #expect(models[0].alias == "phi-4")
            #expect(models[0].sizeBytes == 2 << 30)
            #expect(models[0].description == "Phi 4")
            #expect(models[1].executionProvider == "CUDAExecutionProvider")
        }
    }

    @Test func aCatalogueInsideAnObjectIsTheSame() async throws {
        let answers = [
            "GET /foundry/list": "{\"models\":\(Self.catalogue)}", "GET /openai/models": "[]",
            "GET /openai/loadedmodels": "[]",
        ]
        try await withBackend(.foundryLocalLegacy, answers) { backend, _ in
            let models = try await backend.models()

            #expect(models.count == 2)
        }
    }

    @Test func anAliasLoadsTheVariantOnTheDiskAndUnloadsIt() async throws {
        try await withLegacy { backend, _ in
            let first = try await backend.load("phi-4")
            let second = try await backend.load("phi-4")
            let unloaded = try await backend.unload("phi-4")

            #expect(first.variant == "Phi-4-generic-cpu")
            #expect(!first.alreadyLoaded)
            #expect(second.alreadyLoaded)
            #expect(unloaded.wasLoaded == true)
            #expect(try await backend.models().allSatisfy { $0.isLoaded == false })
        }
    }

    @Test func aVariantThatIsNotDownloadedIsNotLoaded() async throws {
        try await withLegacy { backend, server in
            let error = await refusal { () throws(BackendError) in try await backend.load("Phi-4-cuda-gpu") }

            #expect(error?.code == .notDownloaded)
            #expect(!server.requests.contains { $0.contains("/load/") })
        }
    }
}
