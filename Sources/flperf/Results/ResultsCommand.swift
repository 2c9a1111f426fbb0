import ArgumentParser
import DataFolder
import Results

struct ResultsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "results",
        abstract: "Prints results of all runs, or pools those of the same thing.",
        discussion: """
            --pool combines the samples of all runs of the same model, suite, scenario and load into one result, with tighter \
            intervals. Runs that differ in what may show in the figures (the variant, the server, the host, the settings, the \
            suite's text) are not pooled, and status 1 says so, unless the difference is allowed.

            Example:
              flperf results --model phi-4-mini --scenario "Capital of France"
              flperf results --suite quick --pool
              flperf results --pool --allow flperf --allow config.seed
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var past: PastOption
    @Option(help: "Of this run: its id, the beginning of it, or 'latest'. May be given several times.") var run:
        [String] =
            []
    @Option(help: "Of this model: its alias, id or exact name.") var model: String?
    @Option(help: "Of runs of this suite.") var suite: String?
    @Option(help: "Of this scenario.") var scenario: String?
    @Option(help: "The formula set, by its name or a file; each run's own by default.") var formulas: String?
    @Flag(help: "Combine the samples of several runs of the same thing.") var pool = false
    @Option(
        help: ArgumentHelp(
            "Pool runs that differ in this, as it is named when they are refused. May be given several times.",
            valueName: "difference")) var allow: [String] = []
    @Flag(help: "Pool runs whatever differs.") var poolAnyway = false

    func validate() throws {
        guard pool || (allow.isEmpty && !poolAnyway) else {
            throw ValidationError("'--allow' and '--pool-anyway' say what is pooled: add '--pool'.")
        }
    }

    func run() async throws {
        let installation = try options.open(past)
        defer { installation.close() }
        let filter = ResultFilter(
            runs: try run.map { name in
                guard let run = try installation.run(name).value?.run else {
                    throw Failure(.failed, "Unknown run '\(name)'. `flperf runs list` shows those there are.")
                }
                return run.id
            }, model: model, suite: suite, scenario: scenario)
        let set = try formulas.map { try installation.chosenSet($0) }
        guard pool || poolAnyway else {
            let found = try installation.results(filter)
            let rows = found.value.map(\.row)
            let shown = try set.map { try installation.columns(of: rows, from: $0) } ?? rows
            if options.json {
                return try Console.json(Listing(name: "results", rows: shown, position: found.position))
            }
            guard !shown.isEmpty else { return noneFound() }
            let suites = Dictionary(
                found.value.map { ($0.row.run_id, $0.suite) }, uniquingKeysWith: { first, _ in first })
            return Console.out(ResultTable.render(shown, suites: suites, .output))
        }
        let pooling = try installation.pool(
            filter, with: set, tolerating: poolAnyway ? .all : .of(Set(allow)))
        if options.json {
            try Console.json(pooling)
        } else if pooling.results.isEmpty && pooling.refused.isEmpty {
            noneFound()
        } else if !pooling.results.isEmpty {
            Console.out(ResultTable.render(pooling.results, .output))
        }
        guard pooling.refused.isEmpty else { throw refusal(pooling.refused) }
    }

    private func noneFound() {
        Console.error("No result is so. `flperf runs list` shows the runs there are.")
    }

    private func refusal(_ refused: [RefusedPool]) -> Failure {
        let lines = refused.map { pool in
            "  \(pool.model_alias), \(pool.suite_name), \(pool.scenario), \(ResultTable.load(pool.concurrency, pool.rate)): "
                + "\(Figures.counted(pool.run_ids.count, "run", "runs")) with another "
                + pool.differences.map { difference in
                    "\(difference.what) (\(difference.values.map { $0 ?? "unknown" }.joined(separator: ", ")))"
                }.joined(separator: "; ")
        }
        return Failure(
            .failed,
            "Not pooled, as the runs differ in what may show in the figures:\n\(lines.joined(separator: "\n"))\n"
                + "Choose runs with --run, allow a difference with --allow, or all of them with --pool-anyway.")
    }
}

/// Results as rows of text.
enum ResultTable {
    private typealias Column = (String, TextTable.Alignment)

    private static let figures: [(title: String, name: String, path: KeyPath<ResultRow, Double?> & Sendable)] = [
        ("Tokens/s", "tps", \.tps), ("TTFT ms", "ttft", \.ttft), ("TPOT ms", "tpot", \.tpot),
        ("P50 ms", "latency_p50", \.latency_p50), ("P95 ms", "latency_p95", \.latency_p95),
        ("P99 ms", "latency_p99", \.latency_p99), ("Failed %", "error_rate", \.error_rate),
    ]

    /// - Parameter suites: run id → the suite's name.
    static func render(_ rows: [ResultRow], suites: [String: String], _ style: Style) -> String {
        var table = TextTable(
            [("Run", .left), ("Measured (UTC)", .left)] + place + figures.map { ($0.title, .right) }
                + [("Requests", .right)])
        for row in rows {
            table.add(
                // So much of an id tells runs a millisecond apart.
                [String(row.run_id.prefix(13)), Figures.moment(milliseconds: row.created_at)]
                    + cells(of: row, suite: suites[row.run_id] ?? "—")
                    + figures.map { Figures.adaptive(row[keyPath: $0.path]) }
                    + [Figures.number(row.total_iterations, digits: 0)])
        }
        return table.render(style)
    }

    static func render(_ results: [PooledResult], _ style: Style) -> String {
        var table = TextTable(
            place + figures.map { ($0.title, .right) } + [("Requests", .right), ("Runs", .right)])
        for pooled in results {
            let (row, intervals) = (pooled.result.row, pooled.result.intervals)
            table.add(
                cells(of: row, suite: pooled.suite_name)
                    + figures.map { Figures.adaptive(row[keyPath: $0.path], intervals[$0.name]) }
                    + [Figures.number(row.total_iterations, digits: 0), Figures.count(pooled.run_ids.count)])
        }
        let notes = results.flatMap(\.differences).map(\.what)
        guard !notes.isEmpty else { return table.render(style) }
        return table.render(style) + "\n\n"
            + style.yellow("Pooled although they differ: \(Set(notes).sorted().joined(separator: ", ")).")
    }

    /// `4 streams`, `2.5/s`.
    static func load(_ concurrency: Int?, _ rate: Double?) -> String {
        rate.map { "\(Figures.rate($0))/s" } ?? concurrency.map { $0 == 1 ? "1 stream" : "\($0) streams" } ?? "—"
    }

    private static let place: [Column] = [
        ("Model", .left), ("Suite", .left), ("Scenario", .left), ("Load", .left),
    ]

    private static func cells(of row: ResultRow, suite: String) -> [String] {
        [row.model_alias, suite, row.scenario, load(row.concurrency, row.rate)]
    }
}
