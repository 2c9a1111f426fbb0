import Formulas
import ProjectionKit
import Results
import Runs
import Statistics

/// One figure of a model on a scenario and load level, over all runs, in the order of time.
public struct History: Codable, Sendable {
    public var model_id: String
    public var model_alias: String
    public var suite_name: String
    public var scenario: String
    @Nullable public var concurrency: Int?
    @Nullable public var rate: Double?
    public var metric: String
    public var unit: String
    /// `higher`, `lower` or `none`.
    public var better: String
    public var points: [Point]

    /// What one run measured.
    public struct Point: Codable, Sendable {
        public var run_id: String
        /// ms since the epoch.
        public var created_at: Int64
        public var value: Double
        /// The exact name that was measured.
        public var model_name: String
        /// A new level begins here (E-Divisive, 5 %).
        public var is_change: Bool
    }
}

extension Installation {
    /// The course of a figure, a series for each model, suite, scenario and load level that was measured; those with the most
    /// runs first. Runs without a value are left out.
    ///
    /// - Parameters:
    ///   - model: by id or alias; nil for all.
    ///   - suite: by name; nil for all.
    ///   - metric: a `result` metric of the set.
    ///   - set: figures that the tables do not keep cost a read of the samples of every run.
    public func history(of metric: FormulaSet.Metric, in set: FormulaSet, model: String?, suite: String?) throws
        -> [History]
    {
        let runs = Dictionary(try runs().value.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var series: [[String]: History] = [:]
        for row in try results().value.sorted(by: { ($0.created_at, $0.id) < ($1.created_at, $1.id) }) {
            guard let run = runs[row.run_id], suite == nil || run.suite_name == suite,
                model == nil || row.model_id == model || row.model_alias == model,
                let figures = try row.formula_digests[set.name] == set.digest
                    ? row.metrics[set.name] : columns(of: [row], from: set).first?.metrics[set.name],
                let value = figures[metric.name] ?? nil, value.isFinite
            else { continue }
            let key = [row.model_id, run.suite_name, row.scenario, "\(row.concurrency ?? 0)", "\(row.rate ?? 0)"]
            series[
                key,
                default: History(
                    model_id: row.model_id, model_alias: row.model_alias, suite_name: run.suite_name,
                    scenario: row.scenario, concurrency: row.concurrency, rate: row.rate, metric: metric.name,
                    unit: metric.unit, better: metric.better.rawValue, points: [])
            ].points.append(
                .init(
                    run_id: row.run_id, created_at: row.created_at, value: value, model_name: row.model_name,
                    is_change: false))
        }
        return series.values.map { history in
            var history = history
            for place in ChangePoints().find(in: history.points.map(\.value)) {
                history.points[place].is_change = true
            }
            return history
        }.sorted { first, second in
            first.points.count != second.points.count
                ? first.points.count > second.points.count
                : (first.model_id, first.scenario) < (second.model_id, second.scenario)
        }
    }
}
