import Results

extension ExportTable where Row == ResultRow {
    /// The results: the original's columns in its order, then what it did not have.
    public static let results = ExportTable(
        "results",
        [
            .text("id") { $0.id }, .text("run_id") { $0.run_id }, .text("model_id") { $0.model_id },
            .text("scenario") { $0.scenario },
        ]
            + ResultRow.originalColumns.map { name, path in .number(name) { $0[keyPath: path] } }
            + [
                .integer("created_at") { $0.created_at },
                .text("model_alias") { $0.model_alias }, .text("model_name") { $0.model_name },
                .integer("concurrency") { $0.concurrency }, .flag("simulated") { $0.simulated },
                .text("formula_set") { $0.formula_set }, .text("token_source") { $0.token_source },
                .number("rate") { $0.rate }, .number("reached_rate") { $0.reached_rate },
                .integer("shed") { $0.shed }, .number("reached_concurrency") { $0.reached_concurrency },
                .text("client_limited") { $0.client_limited },
                .text("formula_digest") { $0.formula_digests[$0.formula_set] }, .text("source") { $0.source },
            ],
        json: { try RowJSON.bytes(of: $0) })

    /// The table of the original's database. Its `raw_data`, every request as JSON, is null: the table `samples` has them.
    static let originalResults = ExportTable(
        "benchmark_results",
        results.only(
            ["id", "run_id", "model_id", "scenario", "tps", "ttft", "tpot", "gen_tps", "latency_p50", "latency_p95"]
                + ["latency_p99", "error_rate", "timeout_rate", "cpu_avg", "ram_avg", "gpu_avg"],
            as: "benchmark_results"
        ).columns + [Column("raw_data", .text) { _ in .null }])
}

/// One figure of one result by one formula set.
struct FigureRow {
    var result: ResultRow
    var set: String
    var metric: String
    var value: Double?
}

extension ExportTable where Row == FigureRow {
    /// Every figure of every set that a result keeps, a row each.
    static let figures = ExportTable(
        "figures",
        [
            .text("result_id") { $0.result.id }, .text("formula_set") { $0.set }, .text("metric") { $0.metric },
            .number("value") { $0.value },
        ])
}
