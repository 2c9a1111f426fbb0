import ProjectionKit
import Storage

extension ResultsProjection {
    /// The results of a run, in the order of its models, scenarios and levels; empty when there is none.
    public func results(of run: String, in transaction: borrowing some Transaction & ~Copyable) throws -> [ResultRow] {
        let found = try rows.all(under: RowKey(run), in: transaction)
        guard let plan = try plans.get(run, in: transaction) else { return found }
        let models = Dictionary(plan.models.enumerated().map { ($1.id, $0) }, uniquingKeysWith: min)
        let scenarios = Dictionary(plan.scenarios.enumerated().map { ($1, $0) }, uniquingKeysWith: min)
        let place = { (row: ResultRow) in
            (models[row.model_id] ?? .max, scenarios[row.scenario] ?? .max, row.concurrency ?? 0, row.rate ?? 0)
        }
        return found.sorted { place($0) < place($1) }
    }

    /// Every result of every run.
    public func all(in transaction: borrowing some Transaction & ~Copyable) throws -> [ResultRow] {
        try rows.all(in: transaction)
    }

    /// The scores of a run's models, in no promised order.
    public func scores(of run: String, in transaction: borrowing some Transaction & ~Copyable) throws -> [ScoreRow] {
        try scores.all(under: RowKey(run), in: transaction)
    }
}
