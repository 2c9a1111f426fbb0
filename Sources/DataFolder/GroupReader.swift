import Formulas
import ProjectionKit
import Results
import SampleColumns
import Samples
import Storage

/// Reads what formulas are evaluated over, one result after another, from one snapshot of the tables.
final class GroupReader {
    private let installation: Installation
    private let tables: TablesStore
    private let inputs: Set<String>
    private let readsResources: Bool
    /// Of what was read last: neighbours are mostly of one log, of one run, and of one load.
    private var last: LogTables?
    private var objective: (run: String, limits: [String: Double]?)?
    private var constants: (concurrency: Int?, shed: Int?, values: [String: Double])?

    /// The tables of one log. A class, since to hand them on costs a count for each of the tables otherwise.
    private final class LogTables {
        let source: String
        let results: ResultsProjection
        let samples: SamplesProjection

        init(_ source: String, _ results: ResultsProjection, _ samples: SamplesProjection) {
            (self.source, self.results, self.samples) = (source, results, samples)
        }
    }

    /// - Parameters:
    ///   - tables: of that installation; as they are, or as they were.
    ///   - inputs: the columns that are wanted.
    init(_ installation: Installation, _ tables: TablesStore, _ inputs: Set<String>) {
        self.installation = installation
        self.tables = tables
        self.inputs = inputs
        readsResources = InputCatalogue.all.contains { $0.shape == .reading && inputs.contains($0.name) }
    }

    private func projections(of row: ResultRow, in transaction: borrowing ReadTransaction) throws -> LogTables {
        if let last, last.source == row.source { return last }
        let log = installation.log(ofSource: row.source)
        let found = LogTables(
            row.source, try tables.live(ResultsProjection.self, of: log, in: transaction),
            try tables.live(SamplesProjection.self, of: log, in: transaction))
        last = found
        return found
    }

    /// What is the same for all samples of a result; nil when the tables do not know its run.
    func constants(of row: ResultRow, in transaction: borrowing ReadTransaction) throws -> [String: Double]? {
        if objective?.run != row.run_id {
            let results = try projections(of: row, in: transaction).results
            objective = (row.run_id, try results.objective(of: row.run_id, in: transaction))
            constants = nil
        }
        if let constants, constants.concurrency == row.concurrency, constants.shed == row.shed {
            return constants.values
        }
        guard let limits = objective?.limits else { return nil }
        let values = row.constants(objective: limits)
        constants = (row.concurrency, row.shed, values)
        return values
    }

    /// The samples of a result. Good until the transaction ends.
    func samples(of row: ResultRow, in transaction: borrowing ReadTransaction) throws -> PackedSamples {
        try projections(of: row, in: transaction).samples.samples(of: SampleGroupKey(row), in: transaction)
    }

    /// The readings of a result, as far as they are wanted.
    func readings(of row: ResultRow, in transaction: borrowing ReadTransaction) throws -> ResourceTable {
        guard readsResources else { return ResourceTable(count: 0) }
        return try projections(of: row, in: transaction).samples.readings(of: SampleGroupKey(row), in: transaction)
            .table(inputs)
    }

    /// All of it, the columns that are wanted copied; nil when the tables do not have the result.
    func group(of row: ResultRow, in transaction: borrowing ReadTransaction) throws -> ResultGroup? {
        guard let constants = try constants(of: row, in: transaction) else { return nil }
        return ResultGroup(
            samples: try samples(of: row, in: transaction).table(inputs),
            resources: try readings(of: row, in: transaction), constants: constants)
    }
}
