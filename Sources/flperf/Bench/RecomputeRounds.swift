import DataFolder
import Formulas
import Foundation
import Results

/// Evaluates formula sets over all samples of a data folder, and prints what each took: what `bench recompute` runs as a
/// process of its own.
struct RecomputeRounds {
    let folder: String
    let ofGaps: Bool

    func run(_ rounds: Int) throws {
        let installation = try Installation(folder: folder)
        defer { installation.close() }
        // Only which group a row is of is needed; the figures that it keeps would be counted as memory of ours.
        let rows = try installation.runs().value.flatMap { run in
            try installation.results(run: run.id).value.map { row in
                var row = row
                row.metrics = [:]
                row.formula_digests = [:]
                return row
            }
        }
        let sets =
            try ofGaps
            ? [("flperf", FormulaSet(text: Self.gaps, file: "gaps.yaml"))]
            : [
                ("flperf", FormulaSet(text: Self.comparison, file: "comparison.yaml")),
                ("flperf, one new formula", FormulaSet(text: Self.oneFormula, file: "one.yaml")),
                ("flperf, all of standard/1", FormulaSet.standard),
            ]
        let threads = ProcessInfo.processInfo.activeProcessorCount
        for round in 0..<rounds {
            for (name, set) in sets {
                let (start, processor) = (ContinuousClock.now, clock())
                let values = try installation.evaluate(set, of: rows)
                let seconds = (ContinuousClock.now - start) / .seconds(1)
                let means = name == "flperf" ? Self.means(values) : ""
                let used = Double(clock() - processor) / Double(CLOCKS_PER_SEC)
                print(
                    "\(name) threads=\(threads) rep=\(round) secs=\(seconds) cpu=\(used) groups=\(values.count)\(means)"
                )
            }
        }
    }

    /// The means over all groups, as the other programs print them: times in µs.
    private static func means(_ values: [ResultValues]) -> String {
        (values.first?.names ?? []).filter { !["rows", "error_rate", "timeout_rate"].contains($0) }.map { name in
            let known = values.compactMap { $0[name] }
            return " \(name)=\(known.reduce(0, +) / Double(known.count))"
        }.joined()
    }

    /// The figures that the programs compute. Times are in ms here and in µs there.
    private static let comparison = """
        set: comparison
        version: 1
        percentile_method: linear
        sample:
          latency: {expr: ended - started, unit: ms}
          wait: {expr: first_content - started, unit: ms}
          per_token: {expr: "if(completion_tokens > 1, (latency - wait) / (completion_tokens - 1), null)", unit: ms/token}
        result:
          rows: {expr: count(), unit: "1"}
          error_rate: {expr: count(where failed) / rows, unit: "1"}
          timeout_rate: {expr: count(where timed_out) / rows, unit: "1"}
          mean: {expr: mean(latency where not failed) * 1000, unit: "?"}
          p50: {expr: p50(latency where not failed) * 1000, unit: "?"}
          p95: {expr: p95(latency where not failed) * 1000, unit: "?"}
          p99: {expr: p99(latency where not failed) * 1000, unit: "?"}
          ttft: {expr: mean(wait where not failed) * 1000, unit: "?"}
          tpot: {expr: mean(per_token where not failed), unit: "?"}
          gen_tps: {expr: 1000 / tpot, unit: "?"}
          tps: {expr: sum(completion_tokens where not failed) * 1000 / sum(latency where not failed), unit: "?"}
        """

    /// One that nobody had thought of.
    private static let oneFormula = """
        set: new
        version: 1
        percentile_method: linear
        result:
          tail_ratio: {expr: p95(ended - first_content where not failed) / median(ended - first_content where not failed), unit: "1"}
        """

    private static let gaps = """
        set: gaps
        version: 1
        percentile_method: linear
        result:
          p50: {expr: p50(gaps) * 1000, unit: "?"}
          p99: {expr: p99(gaps) * 1000, unit: "?"}
        """
}
