import Charts
import Formulas
import Foundation
import Results
import Runs

/// One run as people read it: what Markdown and HTML show, columns and facts declared once for both.
public struct RunDocument: Sendable {
    let run: RunRow
    let results: [ResultDetail]
    let scores: [ScoreRow]
    let set: FormulaSet
    let findings: [ThresholdFinding]

    /// - Parameters:
    ///   - results: with the set's figures in the original's columns, and their intervals.
    ///   - findings: what came of the conditions that the run was held against.
    public init(
        run: RunRow, results: [ResultDetail], scores: [ScoreRow], set: FormulaSet, findings: [ThresholdFinding] = []
    ) {
        (self.run, self.results, self.scores, self.set, self.findings) = (run, results, scores, set, findings)
    }

    /// One column of a table for people.
    struct Column<Row> {
        var title: String
        var isNumber = true
        var cell: (Row) -> String
    }

    var title: String { "Run \(run.id): \(run.status.rawValue)" }

    /// What was measured where and when, a sentence or less each.
    var facts: [String] {
        let started =
            "suite \(run.suite_name), started \(Figures.moment(milliseconds: run.started_at ?? run.created_at)) UTC"
        let took = run.completed_at.flatMap { end in
            run.started_at.map { "took \(Figures.duration(Double(end - $0) / 1000))" }
        }
        let hardware = run.hardware_info.map { hardware in
            [
                hardware.cpu.brand, hardware.cpu.cores.map { "\($0) cores" }, hardware.memory.total,
                hardware.gpu?.model,
                [hardware.os.distro, hardware.os.release].compactMap(\.self).joined(separator: " "),
            ].compactMap(\.self).filter { !$0.isEmpty }.joined(separator: " · ")
        }
        return [[started, took].compactMap(\.self).joined(separator: ", "), hardware].compactMap(\.self)
    }

    /// What a reader must know to read the figures rightly.
    var notes: [String] {
        (run.simulated ? ["Simulated: a simulator was measured, not a model."] : [])
            + [run.reason].compactMap(\.self)
            + run.phases.compactMap { phase in
                phase.reason.map { "\(phase.alias): \(phase.status.rawValue): \($0)" }
            } + run.warnings
            + results.compactMap { result in
                result.row.client_limited.map { "\(result.row.place(namingLoad: true)): \($0)" }
            }
    }

    var footing: String {
        "\(set.name), events \(run.first_position)–\(run.last_position) of log \(run.source)"
            + (results.contains { !$0.intervals.isEmpty } ? "; ± reaches to the farther end of the 95 % interval" : "")
    }

    /// The models, best first.
    var models: [(phase: PhaseRow, score: Double?)] {
        run.phases.map { phase in
            (phase, scores.first { $0.model_id == phase.model_id }?.metrics[set.name]?["score"] ?? nil)
        }.sorted { ($0.score ?? -1) > ($1.score ?? -1) }
    }

    var modelColumns: [Column<(phase: PhaseRow, score: Double?)>] {
        [
            Column(title: "Model", isNumber: false) { $0.phase.alias },
            Column(title: "Measured", isNumber: false) { $0.phase.model_name },
            Column(title: "Served by", isNumber: false) { $0.phase.backend },
            Column(title: "Score of 100") { Figures.number($0.score, digits: 0) },
        ]
    }

    var resultColumns: [Column<ResultDetail>] {
        let rows = results.map(\.row)
        var columns: [Column<ResultDetail>] = []
        if Set(rows.map(\.model_id)).count > 1 {
            columns.append(Column(title: "Model", isNumber: false) { $0.row.model_alias })
        }
        columns.append(Column(title: "Scenario", isNumber: false) { $0.row.scenario })
        if rows.contains(where: { $0.rate != nil }) {
            columns.append(Column(title: "Rate/s") { $0.row.rate.map(Figures.rate) ?? "—" })
        }
        if Set(rows.map(\.concurrency)).count > 1 {
            columns.append(Column(title: "Streams") { $0.row.concurrency.map { Figures.count($0) } ?? "—" })
        }
        columns += [
            figure("Tokens/s", "tps", \.tps), figure("TTFT ms", "ttft", \.ttft), figure("TPOT ms", "tpot", \.tpot),
            figure("P50 ms", "latency_p50", \.latency_p50), figure("P95 ms", "latency_p95", \.latency_p95),
            figure("P99 ms", "latency_p99", \.latency_p99),
            Column(title: "Errors %") { Figures.number($0.row.error_rate) },
            Column(title: "Timeouts %") { Figures.number($0.row.timeout_rate) },
            Column(title: "Requests") { $0.row.total_iterations.map { Figures.count(Int($0)) } ?? "—" },
        ]
        return columns
    }

    var findingColumns: [Column<ThresholdFinding>] {
        [
            Column(title: "", isNumber: false) { finding in
                switch finding.outcome {
                case .passed: "✅"
                case .failed: "❌"
                case .unknown: "❔"
                }
            },
            Column(title: "Fails on", isNumber: false) { $0.condition },
            Column(title: "Where", isNumber: false) { $0.place },
            Column(title: "Value") { $0.shown },
        ]
    }

    /// The figures that say most, a bar a model for each scenario and load. Not those of many results, which no chart can show.
    var charts: [BarChart] {
        guard (1...Self.mostBars).contains(results.count) else { return [] }
        let slots = run.model_ids
        func chart(
            _ title: String, _ question: String, _ axis: String, _ name: String,
            _ path: KeyPath<ResultRow, Double?> & Sendable
        ) -> BarChart {
            var groups: [BarChart.Group] = []
            for result in results {
                let row = result.row
                let value = row[keyPath: path].flatMap { $0.isFinite ? $0 : nil }
                let bar = BarChart.Bar(
                    Series(row.model_alias, slot: slots.firstIndex(of: row.model_id) ?? 0), value,
                    result.intervals[name].flatMap { $0.upperBound.isFinite ? $0 : nil })
                let place = row.load.map { isOfSeveralLoads ? "\(row.scenario), \($0)" : row.scenario } ?? row.scenario
                if let index = groups.firstIndex(where: { $0.name == place }) {
                    groups[index].bars.append(bar)
                } else {
                    groups.append(BarChart.Group(place, [bar]))
                }
            }
            return BarChart(title: title, question: question, axis: axis, groups: groups)
        }
        return [
            chart("Throughput", "How many tokens come per second?", "tokens per second", "tps", \.tps),
            chart("Time to first token", "How long until the answer begins?", "ms", "ttft", \.ttft),
            chart(
                "Latency", "How long until the answer is whole, for half of the requests?", "ms", "latency_p50",
                \.latency_p50),
        ]
    }

    private static let mostBars = 60
    private var isOfSeveralLoads: Bool { Set(results.map(\.row.load)).count > 1 }

    private func figure(
        _ title: String, _ name: String, _ path: KeyPath<ResultRow, Double?> & Sendable
    ) -> Column<ResultDetail> {
        Column(title: title) { Figures.adaptive($0.row[keyPath: path], $0.intervals[name]) }
    }
}
