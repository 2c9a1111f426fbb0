import Formulas
import Results
import Runs

/// One run with the figures of one formula set, evaluated anew from its samples, and how sure they are.
public struct EvaluatedRun: Sendable {
    public var run: RunRow
    public var results: [ResultDetail]
    /// The models' scores by those figures.
    public var scores: [ScoreRow]
    public var set: FormulaSet
    /// What failed requests are to the latencies.
    public var failures: FormulaSet.FailedRequests
}

extension Installation {
    /// Reads a run's samples again and evaluates a set over them, with 95 % intervals.
    ///
    /// Costs what `FormulaSet.intervals` does for each result: tens of milliseconds for a run of ordinary size.
    public func evaluate(
        _ detail: RunDetail, with set: FormulaSet, failures: FormulaSet.FailedRequests = .leftOut
    ) throws -> EvaluatedRun {
        let results = try tables.store.read { transaction in
            let projection = try tables.live(ResultsProjection.self, in: transaction)
            return try detail.results.compactMap {
                try projection.detail(of: $0, set: set, failures: failures, in: transaction, log: log)
            }
        }
        let scores = detail.scores.map { score in
            var score = score
            let values = results.filter { $0.row.model_id == score.model_id }.compactMap { $0.row.metrics[set.name] }
            score.metrics[set.name] = set.evaluateModel(results: values).dictionary
            return score
        }
        return EvaluatedRun(run: detail.run, results: results, scores: scores, set: set, failures: failures)
    }

    /// Results with this set's figures in the original's columns. Figures that the tables keep cost nothing; others are evaluated
    /// from the samples, read again from the log.
    public func columns(of rows: [ResultRow], from set: FormulaSet) throws -> [ResultRow] {
        try tables.store.read { transaction in
            let projection = try tables.live(ResultsProjection.self, in: transaction)
            return try rows.compactMap { try projection.row($0, from: set, in: transaction, log: log) }
        }
    }
}
