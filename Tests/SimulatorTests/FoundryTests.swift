import Foundation
import Streaming
import Testing

@testable import Simulator

struct FoundryTests {
    @Test func loadsTakeTheAliasAndChatsTheID() async throws {
        try await withServer(as: .foundry) { server in
            let id = "qwen2.5-0.5b-instruct-cuda-gpu:4"
            #expect(await server.get("/status")["modelCachePath"] is String)
            #expect(await server.ids("/v1/models")?.count == 3)
            #expect(await server.ids("/models/loaded") == [])
            #expect(await server.chat(id).0.status == 400)

            let first = await server.get("/models/load/qwen2.5-0.5b")
            let second = await server.get("/models/load/qwen2.5-0.5b")

            #expect(first["status"] as? String == "loaded" && second["status"] as? String == "already_loaded")
            #expect(await server.ids("/models/loaded") == [id])
            #expect(await server.chat(id).1.finishReason == "stop")
            #expect(await server.chat("qwen2.5-0.5b").0.status == 404)
            #expect(await server.get("/models/load/\(id)").status == 404)
            #expect(await server.get("/v1/models/\(id)")["id"] as? String == id)
            #expect(await server.get("/v1/models/qwen2.5-0.5b-instruct-cuda-gpu%3A4").status == 404, "decodes nothing")
            #expect(await server.get("/models/unload/qwen2.5-0.5b")["status"] as? String == "unloaded")
            #expect(await server.get("/models/unload/qwen2.5-0.5b")["status"] as? String == "not_loaded")
            #expect(await server.get("/models/unload/nobody").status == 404)
        }
    }

    @Test func whatCannotBeLoadedIsTold() async throws {
        let models = [
            SimulatedModel.with("a-generic-cpu:1") { $0.isDownloaded = false },
            SimulatedModel.with("b-generic-cpu:1") { $0.loadFails = true },
            SimulatedModel.with("c-generic-cpu:1") { $0.loadsInstead = "c-cuda-gpu:1" },
            SimulatedModel("c-cuda-gpu:1"),
        ]
        try await withServer(as: .foundry, models) { server in
            let uncached = await server.get("/models/load/a")
            #expect(uncached.status == 400 && uncached.text.contains("Model not cached"))
            #expect(await server.get("/models/load/b").status == 500)
            #expect(await server.get("/models/load/nobody").status == 404)
            #expect(await server.get("/models/load/c")["status"] as? String == "loaded")
            #expect(await server.ids("/models/loaded") == ["c-cuda-gpu:1"])
        }
    }

    @Test func theRoleComesBeforeThePromptIsRead() async throws {
        let models = [
            SimulatedModel.with("a-generic-cpu:1") {
                $0.isLoaded = true; $0.ttft = .seconds(3600)
            }
        ]
        try await withServer(as: .foundry, models) { server in
            let outcome = await server.abandonedChat("a-generic-cpu:1")

            #expect(ChatCompletion(outcome).eventCount == 1)
            #expect(String(decoding: outcome.body, as: UTF8.self).contains(#""role":"assistant","content":"""#))
        }
    }

    @Test func aModelThatVanishesIsNoLongerListed() async throws {
        let models = [
            SimulatedModel.with("a-generic-cpu:1") {
                $0.isLoaded = true; $0.vanishesAfter = 2
            },
            SimulatedModel("b-generic-cpu:1"),
        ]
        try await withServer(as: .foundry, models) { server in
            for _ in 0..<2 { #expect(await server.chat("a-generic-cpu:1").1.failure == nil) }

            #expect(await server.chat("a-generic-cpu:1").0.status == 404)
            #expect(await server.ids("/v1/models") == ["b-generic-cpu:1"])
            #expect(await server.ids("/models/loaded") == [])
        }
    }
}
