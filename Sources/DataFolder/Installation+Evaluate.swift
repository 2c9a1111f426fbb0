import Formulas
import ProjectionKit
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
            let groups = GroupReader(self, tables, set.inputsNeeded)
            return try detail.results.compactMap { row in
                try groups.group(of: row, in: transaction).flatMap {
                    ResultDetail(row, $0, set: set, failures: failures)
                }
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

    /// Results with this set's figures in the original's columns. Figures that the tables keep of this very text cost nothing;
    /// others are evaluated from the samples.
    public func columns(of rows: [ResultRow], from set: FormulaSet) throws -> [ResultRow] {
        let kept = rows.map {
            $0.formula_digests[set.name] == set.digest ? $0.columns(from: set.name, names: set.columns) : nil
        }
        let others = zip(rows, kept).filter { $1 == nil }.map(\.0)
        var evaluated = try evaluate(set, of: others).makeIterator()
        return zip(rows, kept).compactMap { row, kept in
            if let kept { return kept }
            return evaluated.next().flatMap { $0.names.isEmpty ? nil : row.with($0, of: set) }
        }
    }

    /// The values of a set's `result` metrics over the samples of each of these rows, in their order; without values for a row
    /// that the tables do not have.
    ///
    /// - Parameter progress: told how many rows are done, of how many.
    /// - Throws: `CancellationError` when the task is cancelled, and what reading throws.
    public func evaluate(
        _ set: FormulaSet, of rows: [ResultRow], progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) throws -> [ResultValues] {
        // Other threads know nothing of the task's own tables.
        let tables = tables
        var values: [ResultValues] = []
        values.reserveCapacity(rows.count)
        while values.count < rows.count {
            try Task.checkCancellation()
            progress(values.count, rows.count)
            let first = values.count
            values += try Parallel.map(min(Self.portion, rows.count - first)) { next, put in
                try tables.store.read { transaction in
                    let evaluator = FormulaEvaluator(set)
                    let groups = GroupReader(self, tables, set.resultInputs)
                    while let place = next() {
                        // A row has many names, and to copy it would count each.
                        guard let constants = try groups.constants(of: rows[first + place], in: transaction) else {
                            put(place, ResultValues(names: [], values: []))
                            continue
                        }
                        let samples = try groups.samples(of: rows[first + place], in: transaction)
                        let readings = try groups.readings(of: rows[first + place], in: transaction)
                        put(place, evaluator.evaluate(samples: samples, resources: readings, constants: constants))
                    }
                }
            }
        }
        return values
    }

    /// So many results are evaluated between two looks at whether to go on.
    private static let portion = 8_192
}
