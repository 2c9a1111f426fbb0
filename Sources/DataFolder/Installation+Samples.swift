import Formulas
import ProjectionKit
import Results
import SampleColumns
import Samples
import Storage

extension Installation {
    /// The samples and readings that a result comes from, read from their columns; nil when the tables do not have it.
    ///
    /// - Parameter inputs: the columns that are wanted.
    func group(
        of row: ResultRow, inputs: Set<String>, in transaction: borrowing some Transaction & ~Copyable
    ) throws -> ResultGroup? {
        let log = log(ofSource: row.source)
        let results = try tables.live(ResultsProjection.self, of: log, in: transaction)
        guard let constants = try results.constants(of: row, in: transaction) else { return nil }
        let projection = try tables.live(SamplesProjection.self, of: log, in: transaction)
        let key = SampleGroupKey(row)
        return ResultGroup(
            samples: try projection.samples(of: key, in: transaction).table(inputs),
            resources: try projection.readings(of: key, in: transaction).table(inputs), constants: constants)
    }
}
