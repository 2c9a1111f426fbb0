import Formulas
import Results
import Statistics

/// How one metric changed from one group of samples to another.
struct MetricChange {
    var metric: FormulaSet.Metric
    var before: Double?
    var after: Double?
    var change: Change?
    var p: Double?
    var test: String?

    func row(of first: ResultRow, _ second: ResultRow) -> Comparison.Row {
        Comparison.Row(
            model_before: first.model_id, model_after: second.model_id, scenario: first.scenario,
            concurrency: first.concurrency, rate: first.rate, metric: metric.name, unit: metric.unit,
            better: metric.better.rawValue, before: before, after: after, change: change?.relative,
            change_low: change?.interval?.lowerBound, change_high: change?.interval?.upperBound, p: p, test: test,
            verdict: .unknown)
    }
}

extension FormulaSet {
    /// The metrics that are compared unless others are named: the original's figures of speed and failures, in its order.
    /// `gen_tps` says what `tpot` does.
    ///
    /// - Parameter openLoop: latencies count from the intended start then, where the set has them so.
    func compared(openLoop: Bool) -> [String] {
        let all = Set(metrics.lazy.filter { $0.section == .result }.map(\.name))
        return ["tps", "ttft", "tpot", "latency_p50", "latency_p95", "latency_p99", "error_rate", "timeout_rate"]
            .map { columns[$0] ?? $0 }.map { openLoop && all.contains("scheduled_\($0)") ? "scheduled_\($0)" : $0 }
            .filter(all.contains)
    }

    /// How these `result` metrics changed from one group to another; without those that neither has a value of.
    func changes(of names: [String], _ first: ResultGroup, _ second: ResultGroup) -> [MetricChange] {
        let before = evaluate(samples: first.samples, resources: first.resources, constants: first.constants)
            .dictionary
        let after = evaluate(samples: second.samples, resources: second.resources, constants: second.constants)
            .dictionary
        // From different seeds: the same draws would make chance move both alike.
        let drawnBefore = resamples(
            of: names, samples: first.samples, resources: first.resources, constants: first.constants, seed: 1)
        let drawnAfter = resamples(
            of: names, samples: second.samples, resources: second.resources, constants: second.constants, seed: 2)
        return names.compactMap { name in
            guard let metric = metrics.first(where: { $0.section == .result && $0.name == name }) else { return nil }
            var result = MetricChange(metric: metric, before: before[name] ?? nil, after: after[name] ?? nil)
            // Of what neither side has, as a percentile of too few requests, there is nothing to say.
            guard result.before != nil || result.after != nil else { return nil }
            guard let a = result.before, let b = result.after else { return result }
            let change = Change(
                from: a, to: b, beforeOutcomes: drawnBefore.outcomes[name] ?? [],
                afterOutcomes: drawnAfter.outcomes[name] ?? [], rows: min(drawnBefore.rows, drawnAfter.rows),
                bootstrap: drawnBefore.bootstrap)
            result.change = change
            guard a != b else { return result }
            if let p = rankTest(of: name, first, second) {
                (result.p, result.test) = (p, "mann_whitney")
            } else if let p = change.bootstrapP {
                (result.p, result.test) = (p, "bootstrap")
            }
            return result
        }
    }

    /// Mann and Whitney's test over the requests' own values, for a metric that is their middle or mean: one that is named as
    /// the `sample` metric is, or that with `_mean`, `_median` or `_p50` behind it. Nil for any other.
    private func rankTest(of name: String, _ first: ResultGroup, _ second: ResultGroup) -> Double? {
        let suffix = ["_mean", "_median", "_p50"].first(where: name.hasSuffix) ?? ""
        let column = String(name.dropLast(suffix.count))
        return MannWhitney.pValue(
            values(of: column, samples: first.samples, constants: first.constants),
            values(of: column, samples: second.samples, constants: second.constants))
    }
}
