import EventStore
import Formulas
import ProjectionKit
import Storage

/// Figures of sets that were applied to results which were there already.
extension ResultsProjection {
    /// Brings the rows of a run, and its models' scores, to have the figures of the sets that were applied to it. One group's
    /// samples are in memory at a time, and of these the numbers that the sets name.
    ///
    /// - Parameter written: rows of this batch, which need not be read again.
    mutating func extend(
        _ run: String, _ written: [RowKey: ResultRow], in transaction: borrowing WriteTransaction, log: EventLog
    ) throws {
        var whole: [RowKey: ResultRow] = [:]
        for row in try rows.all(under: RowKey(run), known: written, in: transaction) {
            let key = GroupKey(row).rowKey
            let extended = try withAdoptedFigures(row, in: transaction, log: log)
            if let extended { try rows.put(key, extended, in: transaction) }
            whole[key] = extended ?? row
        }
        for model in Set(whole.values.map(\.model_id)).sorted() {
            try score(ScoreKey(run: run, model: model), whole, in: transaction)
        }
    }

    /// The row with the figures of the sets that were applied to it; nil when it has them all.
    private mutating func withAdoptedFigures(
        _ row: ResultRow, in transaction: borrowing WriteTransaction, log: EventLog
    ) throws -> ResultRow? {
        guard let plan = try plan(of: row.run_id, in: transaction) else { return nil }
        let missing = try plan.adopted(by: row.model_id)
            .filter { row.formula_digests[$0.name] != $0.digest || row.last_position < $0.position }
            .compactMap { adopted in try compiled(adopted, in: transaction).map { (adopted, $0) } }
        let inputs = missing.reduce(into: Set<String>()) { $0.formUnion($1.1.inputsNeeded) }
        let key = GroupKey(row)
        guard !missing.isEmpty, let positions = try groups.get(key.rowKey, in: transaction).flatMap(GroupPositions.init)
        else { return nil }
        let group = try SampleGroup(positions, inputs: inputs, log: log)
        let samples = group.samples.table(inputs)
        let resources = group.readings.table(inputs)
        let constants = key.constants(objective: plan.objective, shed: group.arrivals.shed)
        var row = row
        for (adopted, set) in missing {
            row.metrics[set.name] =
                set.evaluate(samples: samples, resources: resources, constants: constants).dictionary
            row.formula_digests[set.name] = set.digest
            row.last_position = max(row.last_position, adopted.position)
        }
        return row
    }

    /// An applied set, ready to be evaluated; nil when this version of the language does not read its text.
    mutating func compiled(
        _ adopted: AdoptedSet, in transaction: borrowing WriteTransaction
    ) throws -> FormulaSet? {
        if let known = compiled[adopted.digest] { return known }
        let set = try texts.get(adopted.digest, in: transaction).flatMap {
            try? FormulaSet(text: $0.text, file: adopted.name)
        }
        compiled[adopted.digest] = .some(set)
        return set
    }
}
