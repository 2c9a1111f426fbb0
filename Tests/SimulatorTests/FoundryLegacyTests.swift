import Foundation
import Streaming
import Testing

@testable import Simulator

struct FoundryLegacyTests {
    private let cpu = "phi-4-mini-instruct-generic-cpu:5"

    @Test func theCatalogueHasEveryFieldThatTheSDKAsksFor() async throws {
        try await withServer(as: .foundryLegacy) { server in
            let answer = await server.get("/foundry/list")
            let status = await server.get("/openai/status")

            let models = try #require(answer.json as? [[String: Any]])
            let texts = [
                "name", "displayName", "modelType", "providerType", "uri", "version", "publisher", "task", "alias",
                "license", "licenseDescription", "parentModelUri",
            ]
            for model in models {
                #expect(texts.allSatisfy { model[$0] is String }, "\(model)")
                #expect(model["promptTemplate"] is [String: Any] && model["modelSettings"] is [String: Any])
                #expect(model["fileSizeMb"] is Int && model["maxOutputTokens"] is Int)
                #expect(model["supportsToolCalling"] is Bool)
                let runtime = model["runtime"] as? [String: String]
                #expect(["CPU", "GPU"].contains(runtime?["deviceType"]))
                #expect(runtime?["executionProvider"]?.hasSuffix("ExecutionProvider") == true)
            }
            #expect(models.map { $0["alias"] as? String } == ["qwen2.5-0.5b", "qwen2.5-0.5b", "phi-4-mini"])
            #expect(models.map { $0["version"] as? String } == ["4", "4", "5"])
            #expect(status["modelDirPath"] is String && status["endpoints"] as? [String] == [server.url])
        }
    }

    @Test func aDownloadTellsItsProgressAndThenTheModelIsThere() async throws {
        try await withServer(as: .foundryLegacy) { server in
            #expect(await server.ids("/openai/models")?.contains(cpu) == false)

            let answer = await server.post("/openai/download", #"{"model":{"Name":"\#(cpu)"}}"#)

            let percents = answer.text.matches(of: /(\d+\.\d+)%/).compactMap { Double($0.1) }
            #expect(percents.count == 21 && percents == percents.sorted())
            #expect(percents.first! < 10 && percents.last == 100)
            #expect(answer.lines.last?["success"] as? Bool == true)
            #expect(await server.ids("/openai/models")?.contains(cpu) == true)
        }
    }

    @Test func aDownloadThatFailsStopsHalfwayWithTheReason() async throws {
        let models = [
            SimulatedModel.with(cpu) {
                $0.isDownloaded = false
                $0.downloadFails = true
                $0.downloadTime = .milliseconds(20)
            }
        ]
        try await withServer(as: .foundryLegacy, models) { server in
            let answer = await server.post("/openai/download", #"{"model":{"Name":"\#(cpu)"}}"#)

            #expect(answer.text.matches(of: /(\d+\.\d+)%/).compactMap { Double($0.1) }.last == 50)
            #expect(answer.lines.last?["success"] as? Bool == false)
            #expect((answer.lines.last?["errorMessage"] as? String)?.isEmpty == false)
            #expect(await server.ids("/openai/models") == [])
        }
    }

    @Test func aLoadTakesItsTimeAndItsTimeToLiveEndsIt() async throws {
        let models = [SimulatedModel.with(cpu) { $0.loadTime = .milliseconds(60) }]
        try await withServer(as: .foundryLegacy, models) { server in
            #expect(await server.ids("/openai/loadedmodels") == [])

            let load = await server.get("/openai/load/\(cpu)?ttl=600&ep=")

            #expect(load.status == 200 && load.text.isEmpty)
            #expect(load.outcome.ended - load.outcome.started >= 60_000_000)
            #expect(await server.ids("/openai/loadedmodels") == [cpu])
            _ = await server.get("/openai/load/\(cpu)?ttl=1&ep=")
            #expect(await eventually { await server.ids("/openai/loadedmodels") == [] })
        }
    }

    @Test func anUnloadEmptiesTheList() async throws {
        try await withServer(as: .foundryLegacy, [SimulatedModel.with(cpu) { $0.isLoaded = true }]) { server in
            #expect(await server.ids("/openai/loadedmodels") == [cpu])

            let unload = await server.get("/openai/unload/phi-4-mini-instruct-generic-cpu%3A5?force=False")

            #expect(unload.status == 200 && unload.text.isEmpty)
            #expect(await server.ids("/openai/loadedmodels") == [])
        }
    }

    @Test func faultsOfALoadAreTold() async throws {
        let gpu = "phi-4-mini-instruct-cuda-gpu:5"
        let models = [
            SimulatedModel.with(cpu) { $0.loadsInstead = gpu }, SimulatedModel.with(gpu) { $0.loadFails = true },
            SimulatedModel.with("missing:1") { $0.isDownloaded = false },
        ]
        try await withServer(as: .foundryLegacy, models) { server in
            let other = await server.get("/openai/load/\(cpu)?ttl=600")
            let loaded = await server.ids("/openai/loadedmodels")
            _ = await server.get("/openai/unload/\(gpu)")
            let failed = await server.get("/openai/load/\(gpu)?ttl=600")
            let missing = await server.get("/openai/load/missing:1?ttl=600")

            #expect(other.status == 200 && loaded == [gpu], "another variant than asked")
            #expect(failed.status == 500 && failed.text.contains(gpu))
            #expect(await server.ids("/openai/loadedmodels") == [])
            #expect(missing.status == 500 && missing.text.contains("No OpenAIService provider found for modelName"))
        }
    }

    @Test func aStreamHasNoUsageNoReasonAndNoRoleOfItsOwn() async throws {
        try await withServer(as: .foundryLegacy, [SimulatedModel(cpu)]) { server in
            let (outcome, completion) = await server.chat(cpu, more: #","stream_options":{"include_usage":true}"#)
            let alias = await server.chat("phi-4-mini", stream: false)

            #expect(completion.chunks.count == 20 && completion.eventCount == 21 && completion.sawDone)
            #expect(completion.usage == nil && completion.finishReason == nil)
            let text = String(decoding: outcome.body, as: UTF8.self)
            #expect(text.contains(#""IsDelta":true"#) && text.contains(#""message":{"role":"assistant""#))
            #expect(alias.0.status == 400)
        }
    }
}
