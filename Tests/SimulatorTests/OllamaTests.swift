import Foundation
import Streaming
import Testing

@testable import Simulator

struct OllamaTests {
    private func names(_ server: Asking, _ path: String) async -> [String]? {
        (await server.get(path)["models"] as? [[String: Any]])?.compactMap { $0["model"] as? String }
    }

    private func stream(_ server: Asking, _ path: String, _ body: String) async -> (StreamOutcome, ChatCompletion) {
        let outcome = await server.client.perform(
            StreamRequest(url: server.url + path, body: Array(body.utf8), framing: .ndjson))
        return (outcome, ChatCompletion(outcome))
    }

    @Test func theLastObjectTellsItsTimesInNanoseconds() async throws {
        let models = [SimulatedModel.with("llama3.2:1b") { $0.loadTime = .milliseconds(40) }]
        try await withServer(as: .ollama, models) { server in
            let body =
                #"{"model":"llama3.2:1b","messages":[{"role":"user","content":"a b"}],"options":{"num_predict":7}}"#
            let (_, cold) = await stream(server, "/api/chat", body)
            let (_, warm) = await stream(server, "/api/chat", body)

            #expect(cold.failure == nil && cold.chunks.count == 7 && cold.finishReason == "length")
            #expect(cold.usage == TokenUsage(prompt: 3, completion: 7))
            #expect(
                cold.server == ServerTimes(total: 51_000_000, load: 40_000_000, prompt: 5_000_000, decode: 6_000_000))
            #expect(warm.server == ServerTimes(total: 11_000_000, load: 0, prompt: 5_000_000, decode: 6_000_000))
        }
    }

    @Test func anEmptyPromptLoadsAndKeepAliveUnloads() async throws {
        try await withServer(as: .ollama) { server in
            #expect(await server.get("/").text == "Ollama is running")
            #expect(await names(server, "/api/tags") == ["llama3.2:1b", "qwen2.5:7b"])
            #expect(await names(server, "/api/ps") == [])

            let load = await server.post("/api/generate", #"{"model":"llama3.2:1b"}"#)
            #expect(load["done"] as? Bool == true && load["done_reason"] as? String == "load")
            #expect(await names(server, "/api/ps") == ["llama3.2:1b"])
            let unload = await server.post("/api/generate", #"{"model":"llama3.2:1b","keep_alive":0.0}"#)
            #expect(unload["done_reason"] as? String == "unload")
            #expect(await names(server, "/api/ps") == [])

            _ = await server.post("/api/generate", #"{"model":"llama3.2:1b","keep_alive":"300ms"}"#)
            #expect(await eventually { await names(server, "/api/ps") == [] }, "its time to live ends")
        }
    }

    @Test func aPullTellsBytesAndAFailedOneItsReason() async throws {
        let models = [
            SimulatedModel.with("good:1b") {
                $0.isDownloaded = false; $0.sizeBytes = 4000
            },
            SimulatedModel.with("bad:1b") {
                $0.isDownloaded = false; $0.downloadFails = true
            },
        ]
        try await withServer(as: .ollama, models) { server in
            let good = await server.post("/api/pull", #"{"model":"good:1b"}"#).lines
            let bad = await server.post("/api/pull", #"{"model":"bad:1b"}"#).lines
            let unknown = await server.post("/api/pull", #"{"model":"nobody"}"#)

            let completed = good.compactMap { $0["completed"] as? Int }
            #expect(completed == completed.sorted() && completed.last == 4000)
            #expect(good.first?["status"] as? String == "pulling manifest")
            #expect(good.last?["status"] as? String == "success")
            #expect(bad.last?["error"] is String)
            #expect(unknown.status == 500 && unknown["error"] is String)
            #expect(await names(server, "/api/tags") == ["good:1b"])
            #expect(await server.ask("DELETE", "/api/delete", #"{"model":"good:1b"}"#).status == 200)
            #expect(await names(server, "/api/tags") == [])
        }
    }

    @Test func plainTextAndNamesWithoutATagAreTaken() async throws {
        try await withServer(as: .ollama, [SimulatedModel("phi:latest")]) { server in
            let (outcome, _) = await stream(server, "/api/generate", #"{"model":"phi","prompt":"a"}"#)
            let lines = Asking.Answer(outcome: outcome).lines
            let whole = await server.post("/api/generate", #"{"model":"phi","prompt":"a","stream":false}"#)

            #expect(lines.count == 21 && lines.last?["done"] as? Bool == true)
            #expect(lines.compactMap { $0["response"] as? String }.joined() == whole["response"] as? String)
            #expect(await server.chat("phi").1.model == "phi:latest")
            #expect(await server.post("/api/show", #"{"model":"phi"}"#)["details"] is [String: Any])
        }
    }

    @Test func faultsAreWordedAsOllamaDoes() async throws {
        let models = [SimulatedModel.with("a:1b") { $0.loadFails = true }]
        try await withServer(as: .ollama, models) { server in
            let body = #"{"model":"a:1b","messages":[{"content":"x"}]}"#
            #expect(await server.post("/api/chat", body).status == 500)
            #expect(await server.post("/api/generate", #"{"model":"a:1b"}"#).status == 500)
            let unknown = await server.post("/api/chat", #"{"model":"x","messages":[{"content":"x"}]}"#)
            #expect(unknown.status == 404 && unknown["error"] as? String == "model 'x' not found")
        }
        try await withServer(as: .ollama, [SimulatedModel("a:1b")], { $0.streamErrorRate = 1 }) { server in
            let (_, completion) = await stream(server, "/api/chat", #"{"model":"a:1b","messages":[{"content":"x"}]}"#)
            #expect(completion.failure?.kind == .streamError && completion.chunks.count == 10)
        }
    }
}
