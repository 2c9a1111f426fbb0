import Foundation
import Streaming
import Testing

@testable import Simulator

struct LMStudioTests {
    private func loaded(_ server: Asking) async -> [String] {
        let models = await server.get("/api/v1/models")["models"] as? [[String: Any]] ?? []
        return models.filter { ($0["loaded_instances"] as? [Any])?.isEmpty == false }.compactMap {
            $0["key"] as? String
        }
    }

    @Test func aModelIsLoadedAndUnloadedByItsInstance() async throws {
        let models = [SimulatedModel.with("a/b") { $0.loadTime = .milliseconds(50) }, SimulatedModel("c/d")]
        try await withServer(as: .lmStudio, models) { server in
            #expect(await loaded(server) == [])

            let load = await server.post("/api/v1/models/load", #"{"model":"a/b"}"#)

            #expect(load["instance_id"] as? String == "a/b" && load["status"] as? String == "loaded")
            #expect(load["load_time_seconds"] as? Double == 0.05)
            #expect(await loaded(server) == ["a/b"])
            let unload = await server.post("/api/v1/models/unload", #"{"instance_id":"a/b"}"#)
            #expect(unload["instance_id"] as? String == "a/b")
            #expect(await loaded(server) == [])
            #expect(await server.post("/api/v1/models/unload", #"{"instance_id":"a/b"}"#).status == 404)
            #expect(await server.post("/api/v1/models/load", #"{"model":"nobody"}"#).status == 404)
        }
    }

    @Test func aDownloadIsAJobThatIsAskedFor() async throws {
        let models = [
            SimulatedModel.with("slow") {
                $0.isDownloaded = false; $0.downloadTime = .seconds(3600)
            },
            SimulatedModel.with("quick") {
                $0.isDownloaded = false; $0.downloadTime = .milliseconds(20)
            },
            SimulatedModel.with("bad") {
                $0.isDownloaded = false; $0.downloadFails = true
            },
        ]
        try await withServer(as: .lmStudio, models) { server in
            func order(_ id: String) async -> Asking.Answer {
                await server.post("/api/v1/models/download", #"{"model":"\#(id)"}"#)
            }
            let slow = await order("slow")
            #expect(slow["status"] as? String == "downloading" && slow["bytes_per_second"] is Double)
            #expect(await server.ids("/v1/models") == [])

            let path = "/api/v1/models/download/status/\(await order("quick")["job_id"] as? String ?? "")"
            #expect(await eventually { await server.get(path)["status"] as? String == "completed" })
            #expect(await server.get(path)["downloaded_bytes"] as? Int == 800_000_000)
            #expect(await server.ids("/v1/models") == ["quick"])
            #expect(await order("quick")["status"] as? String == "already_downloaded")

            #expect(await order("bad")["status"] as? String == "failed")
            #expect(await server.get("/api/v1/models/download/status/job_9").status == 404)
        }
    }

    @Test func itsOwnChatsTellItsTimes() async throws {
        try await withServer(as: .lmStudio, [SimulatedModel("a/b")]) { server in
            let whole = await server.post("/api/v1/chat", #"{"model":"a/b","input":"Hello there"}"#)
            let stream = await server.post("/api/v1/chat", #"{"model":"a/b","input":"Hello there","stream":true}"#)
            let old = await server.post(
                "/api/v0/chat/completions", #"{"model":"a/b","messages":[{"content":"Hello there"}]}"#)

            let stats = try #require(whole["stats"] as? [String: Double])
            #expect(stats["time_to_first_token_seconds"] == 0.005 && stats["total_output_tokens"] == 20)
            #expect(stats["tokens_per_second"] == 1000)
            let types = stream.text.matches(of: /event: (\S+)/).map { String($0.1) }
            #expect(types.first == "chat.start" && types.last == "chat.end")
            #expect(types.count { $0 == "message.delta" } == 20)
            #expect((old["stats"] as? [String: Any])?["time_to_first_token"] as? Double == 0.005)
            #expect(await loaded(server) == ["a/b"], "a chat loads it")
        }
    }

    @Test func anUnknownPathIsASuccessWithAnError() async throws {
        try await withServer(as: .lmStudio) { server in
            let answer = await server.get("/nothing")
            #expect(answer.status == 200 && (answer["error"] as? String)?.contains("GET /nothing") == true)
        }
    }
}
