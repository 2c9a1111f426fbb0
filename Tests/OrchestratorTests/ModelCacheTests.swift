import TestSupport
import Testing

@testable import Orchestrator

struct ModelCacheTests {
    static let answers: [(BackendKind, [String: String], String?)] = [
        (.foundryLocal, ["GET /status": #"{"modelCachePath":"/models","pid":1}"#], "/models"),
        (.foundryLocalLegacy, ["GET /openai/status": #"{"ModelDirPath":"/old"}"#], "/old"),
        (.foundryLocalLegacy, ["GET /openai/status": #"{"modelDirPath":"/older"}"#], "/older"),
        (.foundryLocal, [:], nil), (.llamaCpp, [:], nil),
    ]

    @Test(arguments: answers)
    func theFolderOfTheModelsIsToldWhereTheServerTellsIt(kind: BackendKind, answers: [String: String], folder: String?)
        async throws
    {
        try await withBackend(kind, answers) { backend, _ in
            #expect(await backend.modelCacheLocation() == folder)
        }
    }
}
