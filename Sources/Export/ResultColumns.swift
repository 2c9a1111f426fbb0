import Results

/// One column of the results table as it is exported, declared once for every format.
public struct ResultColumn: Sendable {
    /// What stands in a cell.
    public enum Cell: Sendable, Equatable {
        case null
        case text(String)
        case number(Double)
        case integer(Int64)
    }

    public let name: String
    public let cell: @Sendable (ResultRow) -> Cell

    /// The original's columns in its order, then what it did not have.
    public static let all: [ResultColumn] = [
        text("id") { $0.id }, text("run_id") { $0.run_id }, text("model_id") { $0.model_id },
        text("scenario") { $0.scenario },
        number("tps", \.tps), number("ttft", \.ttft), number("tpot", \.tpot), number("gen_tps", \.gen_tps),
        number("latency_p50", \.latency_p50), number("latency_p95", \.latency_p95),
        number("latency_p99", \.latency_p99),
        number("error_rate", \.error_rate), number("timeout_rate", \.timeout_rate), number("cpu_avg", \.cpu_avg),
        number("ram_avg", \.ram_avg), number("gpu_avg", \.gpu_avg), number("total_tokens", \.total_tokens),
        number("total_iterations", \.total_iterations), number("successful_iterations", \.successful_iterations),
        ResultColumn(name: "created_at") { .integer($0.created_at) },
        text("model_alias") { $0.model_alias }, text("model_name") { $0.model_name },
        integer("concurrency", \.concurrency),
        ResultColumn(name: "simulated") { .integer($0.simulated ? 1 : 0) },
        text("formula_set") { $0.formula_set }, text("token_source") { $0.token_source },
        number("rate", \.rate), number("reached_rate", \.reached_rate), integer("shed", \.shed),
        number("reached_concurrency", \.reached_concurrency), text("client_limited") { $0.client_limited },
        text("formula_digest") { $0.formula_digests[$0.formula_set] },
    ]

    private static func text(_ name: String, _ read: @escaping @Sendable (ResultRow) -> String?) -> ResultColumn {
        ResultColumn(name: name) { read($0).map(Cell.text) ?? .null }
    }

    private static func integer(_ name: String, _ path: KeyPath<ResultRow, Int?> & Sendable) -> ResultColumn {
        ResultColumn(name: name) { $0[keyPath: path].map { .integer(Int64($0)) } ?? .null }
    }

    private static func number(_ name: String, _ path: KeyPath<ResultRow, Double?> & Sendable) -> ResultColumn {
        ResultColumn(name: name) { $0[keyPath: path].map(Cell.number) ?? .null }
    }
}
