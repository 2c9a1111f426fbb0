import Foundation
import Streaming
import Testing

@testable import Simulator

struct VLLMTests {
    @Test func itsHistogramsCountEveryRequestAndGap() async throws {
        try await withServer(as: .vllm, [SimulatedModel("m")]) { server in
            for _ in 0..<3 { _ = await server.chat("m") }

            let labels = #"{engine="0",model_name="m"}"#
            #expect(
                await eventually {
                    await server.get("/metrics").text.contains("vllm:time_to_first_token_seconds_count\(labels) 3\n")
                })
            let text = await server.get("/metrics").text
            #expect(text.contains("vllm:inter_token_latency_seconds_count\(labels) 57\n"))
            #expect(text.contains("vllm:generation_tokens_total\(labels) 60\n"))
            #expect(text.contains("vllm:num_requests_running\(labels) 0\n"))
            #expect(text.contains(#"vllm:request_success_total{engine="0",model_name="m",finished_reason="stop"} 3"#))
            let buckets = text.matches(of: /first_token_seconds_bucket\{.*\} (\d+)/).compactMap { Int($0.1) }
            #expect(buckets == buckets.sorted() && buckets.last == 3)
        }
    }

    @Test func usageIsToldContinuouslyWhenAskedFor() async throws {
        try await withServer(as: .vllm, [SimulatedModel("m")]) { server in
            let options = #","stream_options":{"include_usage":true,"continuous_usage_stats":true}"#
            let (outcome, completion) = await server.chat("m", more: options)

            let counts = String(decoding: outcome.body, as: UTF8.self).matches(of: /"completion_tokens":(\d+)/)
                .compactMap { Int($0.1) }
            #expect(counts == Array(1...20) + [20])
            #expect(completion.failure == nil && completion.usage?.completion == 20)
        }
    }

    @Test func itListsItsModelAndIsHealthy() async throws {
        try await withServer(as: .vllm) { server in
            #expect(await server.get("/health").status == 200)
            #expect(await server.get("/version")["version"] is String)
            #expect(await server.get("/v1/models/Qwen/Qwen2.5-7B-Instruct")["owned_by"] as? String == "vllm")
        }
    }
}
