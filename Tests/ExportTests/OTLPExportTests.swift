import Export
import Foundation
import Testing

struct OTLPExportTests {
    private func lines(_ world: ExportWorld) throws -> [[String: Any]] {
        var bytes: [UInt8] = []
        _ = try OTLPExport().write(world.source()) { bytes += $0 }
        return try bytes.split(separator: 10).map {
            try #require(try JSONSerialization.jsonObject(with: Data($0)) as? [String: Any])
        }
    }

    private func metrics(_ request: [String: Any]) throws -> [[String: Any]] {
        let resource = try #require((request["resourceMetrics"] as? [[String: Any]])?.first)
        let scope = try #require((resource["scopeMetrics"] as? [[String: Any]])?.first)
        return try #require(scope["metrics"] as? [[String: Any]])
    }

    private func points(_ metric: [String: Any]) throws -> [[String: Any]] {
        try #require((metric["histogram"] as? [String: Any])?["dataPoints"] as? [[String: Any]])
    }

    private func attributes(_ point: [String: Any]) -> [String: String] {
        let list = point["attributes"] as? [[String: Any]] ?? []
        return Dictionary(
            uniqueKeysWithValues: list.map { member in
                ((member["key"] as? String) ?? "", "\((member["value"] as? [String: Any])?.values.first ?? "")")
            })
    }

    @Test func aLineIsARunWithTheConventionsNames() async throws {
        try await ExportWorld.with { world in
            let lines = try lines(world)

            #expect(lines.count == 2)
            #expect(
                try metrics(lines[0]).compactMap { $0["name"] as? String } == [
                    "gen_ai.server.time_to_first_token", "gen_ai.server.time_per_output_token",
                    "gen_ai.server.request.duration", "gen_ai.client.operation.duration", "gen_ai.client.token.usage",
                ])
            let point = try #require(try points(metrics(lines[0])[0]).first)
            let attributes = attributes(point)
            #expect(attributes["gen_ai.request.model"] == "phi-4-generic-cpu:1")
            #expect(attributes["gen_ai.provider.name"] == "llama.cpp")
            #expect(attributes["server.port"] == "8080")
        }
    }

    /// Sum by count is the mean that the formula set has, and the buckets hold as many.
    @Test func itsFiguresAreThoseOfTheStandardSet() async throws {
        try await ExportWorld.with { world in
            let metrics = try metrics(lines(world)[0])
            let names = [(0, "ttft_mean"), (1, "tpot_mean"), (2, "e2e_mean")]
            for result in try world.installation.results(run: "r1").value {
                for (index, name) in names {
                    let point = try #require(
                        try points(metrics[index]).first {
                            let found = attributes($0)
                            return found["flperf.scenario"] == result.scenario
                                && found["flperf.concurrency"] == result.concurrency.map { "\($0)" }
                        })
                    let count = try #require((point["count"] as? String).flatMap { Double($0) })
                    let mean = try #require(point["sum"] as? Double) / count * 1000
                    let expected = try #require(result.metrics["standard/1"]?[name] ?? nil)
                    #expect(abs(mean - expected) < 1e-9 * expected, "\(name)")
                    #expect(count == result.successful_iterations)
                    let buckets = try #require(point["bucketCounts"] as? [String])
                    #expect(buckets.count == (point["explicitBounds"] as? [Double]).map { $0.count + 1 })
                    #expect(buckets.compactMap { Double($0) }.reduce(0, +) == count)
                }
            }
        }
    }

    @Test func failedRequestsHaveTheirClass() async throws {
        try await ExportWorld.with { world in
            let durations = try points(metrics(lines(world)[0])[3])

            let errors = durations.compactMap { attributes($0)["error.type"] }
            #expect(errors == ["stream_error"])
        }
    }
}
