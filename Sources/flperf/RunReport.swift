import DataFolder
import Formulas
import Foundation
import Results
import Runs

/// A run as the command line shows it: the scores, then every result.
struct RunReport: Encodable {
    var run: RunRow
    var results: [ResultRow]
    var scores: [ScoreRow]
    var formula_set: String

    /// - Throws: `Failure` naming the sets there are.
    init(_ detail: RunDetail, formulas: String? = nil) throws {
        run = detail.run
        scores = detail.scores
        formula_set = formulas ?? detail.run.formula_set
        guard let set = FormulaSet.named(formula_set) else {
            throw Failure(
                .usage,
                "Unknown formula set '\(formula_set)'. There are: \(FormulaSet.builtIn.map(\.name).joined(separator: ", "))."
            )
        }
        results = detail.results.compactMap { $0.columns(from: set.name, names: set.columns) }
    }

    func text(_ style: Style) -> String {
        ([heading(style)] + [scoreTable(style), resultTable(style)].filter { !$0.isEmpty } + [footing(style)]).joined(
            separator: "\n\n")
    }

    private func heading(_ style: Style) -> String {
        var lines = ["\(style.bold("Run \(run.id)"))  \(run.statusInWords)"]
        if run.simulated { lines.append(style.yellow("Simulated: the built-in simulator was measured, not a model.")) }
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
        let several = Set(results.map(\.model_id)).count > 1
        let levels = levelColumns
        var columns: [(String, TextTable.Alignment)] = several ? [("Model", .left)] : []
        columns.append(("Scenario", .left))
        columns += levels.map { ($0.title, .right) }
        columns += [
            ("Tokens/s", .right), ("TTFT ms", .right), ("TPOT ms", .right), ("P50 ms", .right), ("P95 ms", .right),
            ("P99 ms", .right), ("Failed %", .right), ("CPU %", .right), ("Tokens", .right), ("Requests", .right),
        ]
        var table = TextTable(columns)
        for row in results {
            let place = (several ? [row.model_alias] : []) + [row.scenario] + levels.map { $0.cell(row) }
            table.add(
                place + [
                    Figures.adaptive(row.tps), Figures.adaptive(row.ttft), Figures.adaptive(row.tpot),
                    Figures.adaptive(row.latency_p50), Figures.adaptive(row.latency_p95),
                    Figures.adaptive(row.latency_p99),
                    Figures.number(failedPercent(row), digits: 1), Figures.number(row.cpu_avg, digits: 0),
                    row.total_tokens.map { Figures.count(Int($0)) } ?? "—",
                    row.total_iterations.map { Figures.count(Int($0)) } ?? "—",
                ])
        }
        return table.render(style)
    }

    /// What tells the levels apart; of an open loop, what was reached beside what was asked for.
    private var levelColumns: [(title: String, cell: (ResultRow) -> String)] {
        if results.contains(where: { $0.rate != nil }) {
            return [
                ("Rate/s", { $0.rate.map(Figures.rate) ?? "—" }), ("Sent/s", { Figures.adaptive($0.reached_rate) }),
                ("Shed", { $0.shed.map { Figures.count($0) } ?? "—" }),
            ]
        }
        guard Set(results.map(\.concurrency)).count > 1 else { return [] }
        return [("Streams", { $0.concurrency.map { "\($0)" } ?? "—" })]
    }

    /// Errors and timeouts together, in percent; nil when neither is known. A set has them apart.
    private func failedPercent(_ row: ResultRow) -> Double? {
        row.error_rate == nil && row.timeout_rate == nil ? nil : (row.error_rate ?? 0) + (row.timeout_rate ?? 0)
    }

    private func footing(_ style: Style) -> String {
        let sources = Set(results.compactMap(\.token_source))
        let tokens =
            sources == ["server_usage"]
            ? "tokens as the server counts them"
            : sources == ["chunks"]
                ? "tokens are content chunks: the server gave no counts"
                : sources.isEmpty ? "no token was counted" : "token counts of different sources: see token_source"
        let isScheduled = results.contains { row in
            row.rate != nil && row.metrics[formula_set]?.keys.contains { $0.hasPrefix("scheduled_") } == true
        }
        let latency = isScheduled ? "; latencies count from the intended start" : ""
        let leftOut = run.config.cooldown > 0 ? "warm-up and cool-down" : "warm-up"
        return style.dim(
            "\(formula_set), events \(run.first_position)–\(run.last_position); \(tokens)\(latency); \(leftOut) left out"
        )
    }
}

extension RunConfigRow {
    /// How long each level was, and how an open loop's requests were spread.
    fileprivate var lengthInWords: String {
        let length =
            duration.map { "\(Figures.duration(Double($0) / 1000)) a level" } ?? "\(iterations ?? 0) iterations"
        return length + (arrivals.map { ", open loop (\($0) arrivals)" } ?? "")
    }
}
