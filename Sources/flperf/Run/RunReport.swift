import DataFolder
import Export
import Formulas
import Foundation
import Results
import Runs

/// A run as the command line shows it: the scores, then every result.
struct RunReport: Encodable {
    var run: RunRow
    var results: [ResultDetail]
    var scores: [ScoreRow]
    var formula_set: String
    /// What came of the conditions that the run was held against.
    var conditions: [ThresholdFinding]
    private let set: FormulaSet
    private let failures: FormulaSet.FailedRequests

    private enum CodingKeys: CodingKey { case run, results, scores, formula_set, conditions }

    init(_ evaluated: EvaluatedRun, conditions: [ThresholdFinding] = []) {
        self.conditions = conditions
        run = evaluated.run
        results = evaluated.results
        scores = evaluated.scores
        set = evaluated.set
        formula_set = set.name
        failures = evaluated.failures
    }

    func text(_ style: Style) -> String {
        let tables = [scoreTable(style), resultTable(style), sweepText(style), notes(style)]
        return ([heading(style)] + tables.filter { !$0.isEmpty } + [footing(style)]).joined(separator: "\n\n")
    }

    private func heading(_ style: Style) -> String {
        var lines = ["\(style.bold("Run \(run.id)"))  \(run.statusInWords)"]
        if run.simulated { lines.append(style.yellow("Simulated: a simulator was measured, not a model.")) }
        if let reason = run.reason { lines.append(style.red(reason)) }
        lines.append(
            "suite \(run.suite_name), \(run.config.lengthInWords), "
                + "started \(Figures.moment(milliseconds: run.started_at ?? run.created_at)) UTC"
                + (seconds.map { ", took \(Figures.duration($0))" } ?? ""))
        if let hardware = run.hardware_info {
            let parts: [String?] = [
                hardware.cpu.brand, hardware.cpu.cores.map { "\($0) cores" }, hardware.memory.total,
                hardware.gpu?.model,
                [hardware.os.distro, hardware.os.release].compactMap(\.self).joined(separator: " "),
            ]
            lines.append(parts.compactMap(\.self).filter { !$0.isEmpty }.joined(separator: " · "))
        }
        for warning in run.warnings { lines.append(style.yellow("Note: \(warning)")) }
        for phase in run.phases {
            if let figures = phase.server?.inWords { lines.append(style.dim("\(phase.alias)'s server: \(figures)")) }
            // Of a single model the run's own reason has said it.
            guard let reason = phase.reason, run.reason?.hasSuffix(reason) != true else { continue }
            lines.append(style.red("\(phase.alias): \(phase.status.rawValue): \(reason)"))
        }
        return lines.joined(separator: "\n")
    }

    private var seconds: Double? {
        guard let started = run.started_at, let completed = run.completed_at else { return nil }
        return Double(completed - started) / 1000
    }

    private func scoreTable(_ style: Style) -> String {
        guard !scores.isEmpty else { return "" }
        var table = TextTable([("Model", .left), ("Measured", .left), ("Served by", .left), ("Score", .right)])
        let ranked = run.phases.map { phase in
            (phase, scores.first { $0.model_id == phase.model_id }?.metrics[formula_set]?["score"] ?? nil)
        }.sorted { ($0.1 ?? -1) > ($1.1 ?? -1) }
        for (phase, score) in ranked {
            table.add([
                phase.alias, phase.model_name, phase.endpoint.map { "\(phase.backend) \($0)" } ?? phase.backend,
                score.map { "\(Figures.number($0, digits: 0)) / 100" } ?? "—",
            ])
        }
        return table.render(style)
    }

    private func resultTable(_ style: Style) -> String {
        guard !results.isEmpty else { return "" }
        var table = TextTable(columns.map { ($0.title, $0.alignment) })
        for result in rows { table.add(columns.map { $0.cell(result) }) }
        return table.render(style)
    }

    /// What would mislead a reader of the table who did not know it.
    private func notes(_ style: Style) -> String {
        var lines = results.compactMap { result in
            result.row.client_limited.map { "\(place(of: result)): \($0)" }
        }
        if let aim = run.config.min_precision { lines += precision(aim) }
        return lines.map { style.yellow("Note: \($0)") }.joined(separator: "\n")
    }

    private func footing(_ style: Style) -> String {
        let rows = results.map(\.row)
        let leftOut = run.config.cooldown > 0 ? "warm-up and cool-down" : "warm-up"
        let isScheduled = rows.contains { row in
            row.rate != nil && row.metrics[formula_set]?.keys.contains { $0.hasPrefix("scheduled_") } == true
        }
        var parts = [
            formula_set + ", events \(run.first_position)–\(run.last_position)",
            tokensInWords(Set(rows.compactMap(\.token_source))),
            isScheduled ? "latencies count from the intended start" : nil,
            "\(leftOut) left out", failuresInWords,
        ].compactMap(\.self)
        if results.contains(where: { !$0.intervals.isEmpty }) {
            parts.append("± reaches to the farther end of the 95 % interval (bootstrap over the requests)")
        }
        if rows.contains(where: { $0.latency_p50 != nil && $0.latency_p99 == nil }) {
            parts.append("P95 takes 20 requests, P99 100")
        }
        return (lines(of: parts) + [promptLengthsInWords].compactMap(\.self)).map(style.dim).joined(separator: "\n")
    }

    /// Parts put together with semicolons, broken into lines between them.
    private func lines(of parts: [String]) -> [String] {
        parts.reduce(into: []) { lines, part in
            if let last = lines.last, last.count + part.count < 118 {
                lines[lines.count - 1] += "; " + part
            } else {
                if !lines.isEmpty { lines[lines.count - 1] += ";" }
                lines.append(part)
            }
        }
    }

    private func tokensInWords(_ sources: Set<String>) -> String {
        switch sources {
        case ["server_usage"]: "tokens as the server counts them"
        case ["chunks"]: "tokens are content chunks: the server gave no counts"
        case []: "no token was counted"
        case _ where sources.contains("mixed"):
            "where the server counted some answers' tokens only, figures of tokens are left out: see token_source"
        default: "token counts of different sources: see token_source"
        }
    }

    /// Nil of a set that makes no difference.
    private var failuresInWords: String? {
        switch failures {
        case .leftOut: "failed requests are in no latency"
        case .infinite:
            set.inputsNeeded.contains("failures_infinite")
                ? "failed requests count as infinite latency"
                : "failed requests are in no latency: the set knows no other way"
        }
    }

    /// Whether the figures came to be as precise as was asked for.
    private func precision(_ aim: Double) -> [String] {
        let wide = results.compactMap { result -> String? in
            let widths = [
                ("tokens/s", result.relativeWidth("tps", result.row.tps)),
                ("TTFT", result.relativeWidth("ttft", result.row.ttft)),
            ].compactMap { name, width in width.flatMap { $0 > aim ? "\(name) ±\(percent($0))" : nil } }
            // Without an interval nothing is known to be precise.
            let unknown = result.intervals["tps"] == nil && result.intervals["ttft"] == nil
            guard unknown || !widths.isEmpty else { return nil }
            return "\(place(of: result)) (\(unknown ? "no interval" : widths.joined(separator: ", ")))"
        }
        guard !wide.isEmpty else { return ["The precision asked for, ±\(percent(aim)), was reached."] }
        return ["The precision asked for, ±\(percent(aim)), was not reached by \(wide.joined(separator: ", "))."]
    }

    private func percent(_ share: Double) -> String { "\(Figures.adaptive(share * 100)) %" }

    /// Which row of the table it is.
    private func place(of result: ResultDetail) -> String {
        let row = result.row
        let several = Set(results.map(\.row.model_id)).count > 1
        let level =
            row.rate.map { "\(Figures.rate($0))/s" } ?? row.concurrency.flatMap { $0 > 1 ? "\($0) streams" : nil }
        return [several ? row.model_alias : nil, row.scenario, level].compactMap(\.self).joined(separator: " · ")
    }
}

// MARK: - Columns

extension RunReport {
    private struct Column {
        var title: String
        var alignment = TextTable.Alignment.right
        var cell: (ResultDetail) -> String
    }

    private var columns: [Column] {
        var columns: [Column] = []
        if Set(results.map(\.row.model_id)).count > 1 {
            columns.append(Column(title: "Model", alignment: .left) { $0.row.model_alias })
        }
        columns.append(Column(title: "Scenario", alignment: .left) { $0.row.scenario })
        columns += levelColumns
        columns += [
            figure("Tokens/s", "tps", \.tps), figure("TTFT ms", "ttft", \.ttft), figure("TPOT ms", "tpot", \.tpot),
            figure("P50 ms", "latency_p50", \.latency_p50), figure("P95 ms", "latency_p95", \.latency_p95),
            figure("P99 ms", "latency_p99", \.latency_p99),
            Column(title: "Failed %") { [formula_set] result in
                Figures.adaptive(
                    result.row.metrics[formula_set]?["failure_rate"] ?? result.row.error_rate,
                    result.intervals["failure_rate"] ?? result.intervals["error_rate"], digits: 1)
            },
        ]
        if results.contains(where: { $0.good != nil }) {
            columns.append(Column(title: "In SLO %") { Figures.number($0.good, digits: 1) })
        }
        columns += [
            Column(title: "CPU %") { Figures.number($0.row.cpu_avg, digits: 0) },
            Column(title: "Tokens") { $0.row.total_tokens.map { Figures.count(Int($0)) } ?? "—" },
            Column(title: "Requests") { $0.row.total_iterations.map { Figures.count(Int($0)) } ?? "—" },
        ]
        if results.contains(where: { $0.row.client_limited != nil }) {
            columns.append(Column(title: "Limit") { $0.row.client_limited == nil ? "" : "client" })
        }
        if !run.sweeps.isEmpty {
            columns.append(Column(title: "", alignment: .left) { isKnee($0.row) ? "◄ knee" : "" })
        }
        return columns
    }

    private func figure(
        _ title: String, _ name: String, _ path: KeyPath<ResultRow, Double?> & Sendable
    ) -> Column {
        Column(title: title) { Figures.adaptive($0.row[keyPath: path], $0.intervals[name]) }
    }

    /// What tells the levels apart, and what was reached beside what was asked for.
    private var levelColumns: [Column] {
        let rows = results.map(\.row)
        let inFlight = Column(title: "In flight") { Figures.adaptive($0.row.reached_concurrency) }
        if rows.contains(where: { $0.rate != nil }) {
            return [
                Column(title: "Rate/s") {
                    $0.row.rate.map(Figures.rate) ?? $0.row.concurrency.map { _ in "1 stream" } ?? "—"
                },
                Column(title: "Sent/s") { Figures.adaptive($0.row.reached_rate) },
                Column(title: "Shed") { $0.row.shed.map { Figures.count($0) } ?? "—" }, inFlight,
            ]
        }
        guard Set(rows.map(\.concurrency)).count > 1 || rows.contains(where: \.missedItsLevel) else { return [] }
        return [
            Column(title: "Streams") { $0.row.concurrency.map { "\($0)" } ?? "—" }, inFlight,
            Column(title: "Requests/s") { Figures.adaptive($0.row.reached_rate) },
        ]
    }
}

extension ResultDetail {
    /// Percent of the requests that met the run's objective; nil when it has none.
    fileprivate var good: Double? { row.metrics[row.formula_set]?["good_share"] ?? nil }

    /// Half of an interval by its value.
    fileprivate func relativeWidth(_ name: String, _ value: Double?) -> Double? {
        guard let value, value > 0, let interval = intervals[name] else { return nil }
        return (interval.upperBound - interval.lowerBound) / 2 / value
    }
}

extension ResultRow {
    /// Whether the requests in flight were on average at least a twentieth fewer than those asked for.
    fileprivate var missedItsLevel: Bool {
        guard let concurrency, let reached_concurrency, rate == nil else { return false }
        return reached_concurrency < 0.95 * Double(concurrency)
    }
}

extension ServerFigures {
    /// What is known of them; nil when nothing is.
    fileprivate var inWords: String? {
        let parts = [
            requests_running_max.map { "at most \(Figures.counted(Int($0), "request", "requests")) at work" },
            requests_waiting_max.map { "at most \(Figures.number($0, digits: 0)) waiting" },
            kv_cache_percent_max.map { "KV cache at most \(Figures.number($0, digits: 0)) % full" },
            prefix_cache_hit_percent.map { "\(Figures.number($0, digits: 0)) % of prompt tokens from its cache" },
            preemptions.flatMap { $0 > 0 ? "\(Figures.number($0, digits: 0)) requests put off" : nil },
            queue_ms_mean.map { "\(Figures.adaptive($0)) ms in its queue on average" },
        ].compactMap(\.self)
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
}
