import Testing

@testable import Orchestrator

@Suite struct ModelNameTests {
    @Test(arguments: [
        ("phi-4", "phi-4"),
        ("Phi-4-generic-cpu", "phi-4-generic-cpu:1"),
        ("phi-4-generic-cpu:1", "Phi-4-generic-cpu"),
        ("llama3", "llama3:latest"),
        ("smollm2", "/models/smollm2.gguf"),
        ("microsoft/phi-4", "phi-4"),
        ("HuggingFaceTB/SmolLM2", "HuggingFaceTB/SmolLM2@main"),
        ("C:\\models\\phi.gguf", "phi"),
    ])
    func harmlessDifferencesAreAllowed(_ asked: String, _ served: String) {
        #expect(sameModel(asked: asked, served: served))
        #expect(sameModel(asked: served, served: asked))
    }

    @Test(arguments: [
        ("phi-4-generic-cpu:1", "phi-4-generic-gpu:1"),
        ("phi-4-generic-cpu:1", "phi-4-generic-cpu:2"),
        ("llama3:8b", "llama3:70b"),
        ("llama3", "llama3:70b"),
        ("llama3:8b", "llama3:latest"),
        ("phi-4", "phi-4-mini"),
        ("phi-4", "phi-4-generic-cpu:1"),
        ("microsoft/phi-4", "other/phi-4"),
        ("phi-4", ""),
        ("", ""),
    ])
    func anotherModelIsNotTakenForTheOneAsked(_ asked: String, _ served: String) {
        #expect(!sameModel(asked: asked, served: served))
        #expect(!sameModel(asked: served, served: asked))
    }

    @Test(arguments: [("gpt-4o", "gpt-4o-2024-08-06"), ("claude-3-5-haiku", "claude-3-5-haiku-20241022")])
    func theLatestOfAHostedModelMayAnswerForAll(_ asked: String, _ served: String) {
        #expect(sameModel(asked: asked, served: served))
        #expect(!sameModel(asked: served, served: asked))
        #expect(!sameModel(asked: asked, served: served + "-mini"))
    }

    @Test func aNameFindsItsIdBeforeAnAliasAndAnAliasBeforeALikeness() {
        let models = [
            AvailableModel(id: "phi-generic-cpu:1", alias: "phi"), AvailableModel(id: "phi-cuda-gpu:1", alias: "phi"),
            AvailableModel(id: "phi:3"),
        ]

        #expect(models.matching("phi:3").map(\.id) == ["phi:3"])
        #expect(models.matching("PHI").map(\.id) == ["phi-generic-cpu:1", "phi-cuda-gpu:1"])
        #expect(models.matching("phi-cuda-gpu").map(\.id) == ["phi-cuda-gpu:1"])
        #expect(models.matching("ph").isEmpty)
    }
}
