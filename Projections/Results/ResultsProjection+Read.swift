import Foundation
import ProjectionKit
import Storage

extension ResultsProjection {
    /// The results of a run, in the order of its models, scenarios and levels; empty when there is none or it is deleted.
    public func results(of run: String, in transaction: borrowing some Transaction & ~Copyable) throws -> [ResultRow] {
        guard try deleted.get(run, in: transaction) == nil else { return [] }
        return try sorted(rows.all(under: RowKey(run), in: transaction), of: run, in: transaction)
    }

    /// The same results with what tells them apart, and of the figures these alone; the other columns are null.
    ///
    /// Most of a row is figures: to read them all takes several times as long.
    /// - Parameters:
    ///   - metrics: of the set.
    ///   - set: by its name.
    public func places(
        of run: String, with metrics: [String], of set: String,
        in transaction: borrowing some Transaction & ~Copyable
    ) throws -> [ResultRow] {
        guard try deleted.get(run, in: transaction) == nil else { return [] }
        let decoder = JSONDecoder()
        decoder.userInfo[ResultPlace.figures] = ResultPlace.Figures(set: set, metrics: metrics)
        let found = try rows.all(under: RowKey(run), as: ResultPlace.self, by: decoder, in: transaction)
        return try sorted(found.map(\.row), of: run, in: transaction)
    }

    private func sorted(
        _ found: [ResultRow], of run: String, in transaction: borrowing some Transaction & ~Copyable
    ) throws -> [ResultRow] {
        guard let plan = try plans.get(run, in: transaction) else { return found }
        let models = Dictionary(plan.models.enumerated().map { ($1.id, $0) }, uniquingKeysWith: min)
        let scenarios = Dictionary(plan.scenarios.enumerated().map { ($1, $0) }, uniquingKeysWith: min)
        let place = { (row: ResultRow) in
            (models[row.model_id] ?? .max, scenarios[row.scenario] ?? .max, row.concurrency ?? 0, row.rate ?? 0)
        }
        return found.sorted { place($0) < place($1) }
    }

    /// Lends the same results as JSON, undecoded.
    ///
    /// - Returns: false when the run's plan does not tell their order; then some of them were lent and are to be forgotten.
    public func lend(
        of run: String, in transaction: borrowing some Transaction & ~Copyable,
        _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> Bool {
        guard try deleted.get(run, in: transaction) == nil else { return true }
        var left = 0
        try rows.lend(under: RowKey(run), in: transaction) { _ in left += 1 }
        guard left > 0 else { return true }
        guard let plan = try plans.get(run, in: transaction) else { return false }
        for model in plan.models {
            for scenario in plan.scenarios {
                try rows.lend(under: RowKey(run, model.id, scenario), in: transaction) {
                    left -= 1
                    try body($0)
                }
            }
        }
        return left == 0
    }

    /// Lends the scores of a run's models as JSON, undecoded; none when it is deleted.
    public func lendScores(
        of run: String, in transaction: borrowing some Transaction & ~Copyable,
        _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        guard try deleted.get(run, in: transaction) == nil else { return }
        try scores.lend(under: RowKey(run), in: transaction, body)
    }

    /// Every result of every run that is not deleted.
    public func all(in transaction: borrowing some Transaction & ~Copyable) throws -> [ResultRow] {
        var isDeleted: [String: Bool] = [:]
        return try rows.all(in: transaction).filter { row in
            if let known = isDeleted[row.run_id] { return !known }
            let found = try deleted.get(row.run_id, in: transaction) != nil
            isDeleted[row.run_id] = found
            return !found
        }
    }

    /// The scores of a run's models, in no promised order; none when it is deleted.
    public func scores(of run: String, in transaction: borrowing some Transaction & ~Copyable) throws -> [ScoreRow] {
        guard try deleted.get(run, in: transaction) == nil else { return [] }
        return try scores.all(under: RowKey(run), in: transaction)
    }

    /// Takes all that the results of a run are shown from, or of every run, into a stamp.
    public func add(_ run: String?, to stamp: inout Stamp, in transaction: borrowing some Transaction & ~Copyable)
        throws
    {
        let key = run.map { RowKey($0) } ?? RowKey()
        try rows.add(under: key, to: &stamp, in: transaction)
        try scores.add(under: key, to: &stamp, in: transaction)
        try deleted.add(under: key, to: &stamp, in: transaction)
    }
}
