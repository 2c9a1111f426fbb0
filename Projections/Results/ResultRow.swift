import Foundation
import ProjectionKit

/// One result: the figures of one run × model × scenario × load level. The original's columns, then ours.
public struct ResultRow: Codable, Sendable, Hashable {
    /// Follows from what the row belongs to; another tool's own when it was imported.
    public var id: String
    public var run_id: String
    public var model_id: String
    public var scenario: String
    // Each of the figures below is what `formula_set` says under that name (`FormulaSet.columns`): its formula, unit and
    // source stand there. Null when it can't be computed from what was measured.

    /// Output tokens per second.
    @Nullable public var tps: Double?
    /// Time to first token, ms; null when nothing was streamed.
    @Nullable public var ttft: Double?
    /// Time per output token, ms.
    @Nullable public var tpot: Double?
    /// Output tokens per second once the first is there.
    @Nullable public var gen_tps: Double?
    /// Latency of a request, ms.
    @Nullable public var latency_p50: Double?
    /// Latency of a request, ms.
    @Nullable public var latency_p95: Double?
    /// Latency of a request, ms.
    @Nullable public var latency_p99: Double?
    /// Percent of the measured requests, 0–100.
    @Nullable public var error_rate: Double?
    /// Percent of the measured requests, 0–100.
    @Nullable public var timeout_rate: Double?
    /// Percent of all cores of the host, 0–100.
    @Nullable public var cpu_avg: Double?
    /// Percent of the host's memory, 0–100.
    @Nullable public var ram_avg: Double?
    /// Percent, 0–100; null without a GPU that tells.
    @Nullable public var gpu_avg: Double?
    /// Output tokens of all measured requests.
    @Nullable public var total_tokens: Double?
    /// Measured requests.
    @Nullable public var total_iterations: Double?
    /// Measured requests that gave a whole answer.
    @Nullable public var successful_iterations: Double?
    /// ms since the epoch.
    public var created_at: Int64

    public var model_alias: String
    /// The exact name that was measured.
    public var model_name: String
    /// Requests in flight at once, as asked for; null in an open loop.
    @Nullable public var concurrency: Int?
    /// Requests per second that an open loop was asked for; null in a closed loop.
    @Nullable public var rate: Double?
    /// Requests in flight on average from the first measured start to the last measured end; those of warm-up and cool-down
    /// that ran meanwhile count.
    @Nullable public var reached_concurrency: Double?
    /// Requests really started per second: in an open loop while the schedule went on, null for fewer than two; in a closed
    /// one from the first measured start to the last measured end.
    @Nullable public var reached_rate: Double?
    /// Measured requests that an open loop did not send, as too many were in flight; null in a closed loop. In no figure.
    @Nullable public var shed: Int?
    /// Why the client and not the server limited what was measured, a sentence; null when it did not or that is not known.
    @Nullable public var client_limited: String?
    public var simulated: Bool
    /// The set whose figures stand in the columns above.
    public var formula_set: String
    /// Every set's figures: set name → metric → value, null when it can't be computed.
    public var metrics: [String: [String: Double?]]
    /// `sha256:…` of each set's text.
    public var formula_digests: [String: String]
    /// Where the token counts come from: `server_usage`, `chunks`, `tokenizer`, `mixed`; null when none was known.
    @Nullable public var token_source: String?
    /// Samples folded, those of warm-up and cool-down and shed ones included.
    public var samples: Int
    public var source: String
    /// Of the first and last event that the figures come from.
    public var first_position: UInt64
    public var last_position: UInt64
}

extension ResultRow {
    /// The same result with another set's figures in the original's columns; nil when it was not computed with that set.
    ///
    /// In an open loop a figure counts from the intended start where the set has it so (`scheduled_…`).
    public func columns(from set: String, names: [String: String]) -> ResultRow? {
        guard let values = metrics[set] else { return nil }
        var row = self
        row.formula_set = set
        for (column, path) in Self.originalColumns {
            row[keyPath: path] = values[metric(of: column, from: set, names: names)] ?? nil
        }
        return row
    }

    /// The set's metric that fills one of the original's columns.
    public func metric(of column: String, from set: String, names: [String: String]) -> String {
        let name = names[column] ?? column
        let scheduled = "scheduled_\(name)"
        return rate != nil && metrics[set]?[scheduled] != nil ? scheduled : name
    }

    /// The figures of the original's results table by their column names, in its order.
    public static var originalColumns: [(String, WritableKeyPath<ResultRow, Double?> & Sendable)] {
        [
            ("tps", \.tps), ("ttft", \.ttft), ("tpot", \.tpot), ("gen_tps", \.gen_tps),
            ("latency_p50", \.latency_p50), ("latency_p95", \.latency_p95), ("latency_p99", \.latency_p99),
            ("error_rate", \.error_rate), ("timeout_rate", \.timeout_rate), ("cpu_avg", \.cpu_avg),
            ("ram_avg", \.ram_avg), ("gpu_avg", \.gpu_avg), ("total_tokens", \.total_tokens),
            ("total_iterations", \.total_iterations), ("successful_iterations", \.successful_iterations),
        ]
    }
}

/// A model's values over all scenarios of one run.
public struct ScoreRow: Codable, Sendable, Hashable {
    public var run_id: String
    public var model_id: String
    public var model_alias: String
    /// Set name → metric → value; `score` is 0–100.
    public var metrics: [String: [String: Double?]]
    public var last_position: UInt64
}
