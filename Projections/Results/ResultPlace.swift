import Foundation

/// A row of which only what tells it apart is read, and some figures of one set.
struct ResultPlace: Decodable {
    struct Figures: Sendable {
        var set: String
        var metrics: [String]
    }

    /// Where a decoder finds which figures are wanted.
    static let figures = CodingUserInfoKey(rawValue: "figures")!

    let row: ResultRow

    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
        init(_ name: String) { stringValue = name }
    }

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Key.self)
        func text(_ name: String) throws -> String { try members.decode(String.self, forKey: Key(name)) }
        func position(_ name: String) throws -> UInt64 { try members.decode(UInt64.self, forKey: Key(name)) }
        var metrics: [String: [String: Double?]] = [:]
        if let wanted = decoder.userInfo[Self.figures] as? Figures, !wanted.metrics.isEmpty {
            let sets = try members.nestedContainer(keyedBy: Key.self, forKey: Key("metrics"))
            if sets.contains(Key(wanted.set)) {
                let values = try sets.nestedContainer(keyedBy: Key.self, forKey: Key(wanted.set))
                metrics[wanted.set] = Dictionary(
                    try wanted.metrics.map { ($0, try values.decodeIfPresent(Double.self, forKey: Key($0))) },
                    uniquingKeysWith: { first, _ in first })
            }
        }
        row = ResultRow(
            id: try text("id"), run_id: try text("run_id"), model_id: try text("model_id"),
            scenario: try text("scenario"), tps: nil, ttft: nil, tpot: nil, gen_tps: nil, latency_p50: nil,
            latency_p95: nil, latency_p99: nil, error_rate: nil, timeout_rate: nil, cpu_avg: nil, ram_avg: nil,
            gpu_avg: nil, total_tokens: nil, total_iterations: nil, successful_iterations: nil,
            created_at: try members.decode(Int64.self, forKey: Key("created_at")),
            model_alias: try text("model_alias"), model_name: try text("model_name"),
            concurrency: try members.decodeIfPresent(Int.self, forKey: Key("concurrency")),
            rate: try members.decodeIfPresent(Double.self, forKey: Key("rate")), reached_concurrency: nil,
            reached_rate: nil, shed: try members.decodeIfPresent(Int.self, forKey: Key("shed")), client_limited: nil,
            simulated: try members.decode(Bool.self, forKey: Key("simulated")),
            formula_set: try text("formula_set"), metrics: metrics, formula_digests: [:], token_source: nil,
            samples: try members.decode(Int.self, forKey: Key("samples")), source: try text("source"),
            first_position: try position("first_position"), last_position: try position("last_position"))
    }
}
