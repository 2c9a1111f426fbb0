import Foundation
import Streaming
import Testing

@testable import Simulator

struct LlamaCppTests {
    @Test func everyAnswerIs503WhileTheModelLoads() async throws {
        try await withServer(as: .llamaCpp, [SimulatedModel.with("m") { $0.loadTime = .seconds(3600) }]) { server in
            let health = await server.get("/health")
            #expect(health.status == 503 && health.text.contains("Loading model"))
            #expect(await server.chat("m").0.status == 503)
        }
        try await withServer(as: .llamaCpp, [SimulatedModel.with("m") { $0.loadTime = .milliseconds(50) }]) { server in
            #expect(await eventually { await server.get("/health").status == 200 })
            #expect(await server.chat("m").1.failure == nil)
        }
    }

    @Test func theEndOfAStreamTellsTheServersTimes() async throws {
        try await withServer(as: .llamaCpp, [SimulatedModel("m")]) { server in
            let (outcome, counted) = await server.chat("m", more: #","stream_options":{"include_usage":true}"#)
            let (_, plain) = await server.chat("m")

            for completion in [counted, plain] {
                #expect(completion.server?.prompt == 5_000_000 && completion.server?.decode == 19_000_000)
            }
            #expect(counted.usage?.completion == 20 && plain.usage?.completion == nil)
            #expect(String(decoding: outcome.body, as: UTF8.self).contains(#""role":"assistant","content":null"#))
        }
    }

    @Test func anyNameIsServedAndTheAnswerNamesTheModel() async throws {
        try await withServer(as: .llamaCpp, [SimulatedModel("m")]) { server in
            #expect(await server.chat("another").1.model == "m")
        }
        try await withServer(as: .llamaCpp, [SimulatedModel("m")], { $0.quirks.remove(.servesUnknownModels) }) {
            #expect(await $0.chat("another").0.status == 404)
        }
    }

    @Test func itsFiguresCountWhatItServed() async throws {
        try await withServer(as: .llamaCpp, [SimulatedModel("m")]) { server in
            _ = await server.chat("m")
            #expect(
                await eventually {
                    await server.get("/metrics").text.contains("llamacpp:tokens_predicted_total 20\n")
                })
            #expect(await server.get("/props")["build_info"] is String)
        }
    }

    private func status(_ server: Asking, _ id: String) async -> [String: Any] {
        let models = await server.get("/models")["data"] as? [[String: Any]]
        return models?.first { $0["id"] as? String == id }?["status"] as? [String: Any] ?? [:]
    }

    @Test func aRouterLoadsAndUnloadsWithoutWaiting() async throws {
        let models = [
            SimulatedModel.with("slow") { $0.loadTime = .seconds(3600) },
            SimulatedModel.with("quick") { $0.loadTime = .milliseconds(20) },
            SimulatedModel.with("broken") { $0.loadFails = true }, SimulatedModel("asked"),
        ]
        try await withServer(as: .llamaCpp, models, { $0.isRouter = true }) { server in
            func order(_ verb: String, _ id: String) async -> Asking.Answer {
                await server.post("/models/\(verb)", #"{"model":"\#(id)"}"#)
            }
            #expect(await status(server, "slow")["value"] as? String == "unloaded")
            #expect(await order("load", "slow")["success"] as? Bool == true)
            #expect(await status(server, "slow")["value"] as? String == "loading")
            #expect(await order("load", "quick")["success"] as? Bool == true)
            #expect(await eventually { await status(server, "quick")["value"] as? String == "loaded" })
            #expect(await order("load", "quick").status == 400)

            #expect(await order("load", "broken")["success"] as? Bool == true)
            #expect(await status(server, "broken")["failed"] as? Bool == true)
            #expect(await server.chat("broken").0.status == 500)

            #expect(await server.chat("asked").1.model == "asked", "a chat loads it")
            #expect(await status(server, "asked")["value"] as? String == "loaded")
            #expect(await order("unload", "asked")["success"] as? Bool == true)
            #expect(await status(server, "asked")["value"] as? String == "unloaded")
            #expect(await order("unload", "asked").status == 400)
        }
    }

    @Test func aRouterDownloadsInTheBackground() async throws {
        let models = [
            SimulatedModel.with("slow") {
                $0.isDownloaded = false; $0.downloadTime = .seconds(3600)
            },
            SimulatedModel.with("quick") {
                $0.isDownloaded = false; $0.downloadTime = .milliseconds(20)
            },
        ]
        try await withServer(
            as: .llamaCpp, models,
            {
                $0.isRouter = true; $0.quirks = []
            }
        ) { server in
            #expect(await server.ids("/models") == [])
            #expect(await server.chat("slow").0.status == 404)
            for id in ["slow", "quick"] {
                #expect(await server.post("/models", #"{"model":"\#(id)"}"#)["success"] as? Bool == true)
            }
            #expect(await status(server, "slow")["value"] as? String == "downloading")
            #expect(await eventually { await status(server, "quick")["value"] as? String == "unloaded" })
        }
    }
}
