import EventStore
import Events
import Formulas
import ProjectionKit
import Storage

/// A result with one set's figures, evaluated anew from its samples, and how sure they are.
///
/// Its JSON is that of the row with three members more: `intervals`, `failures` and `infinite`.
public struct ResultDetail: Encodable, Sendable {
    /// The row, the set's figures in the original's columns. A figure may be infinite when failures count so.
    public let row: ResultRow
    /// 95 % intervals by the columns' names, `failure_rate` among them; a column without one is not there.
    public let intervals: [String: ClosedRange<Double>]
    /// What failed requests are to the latencies.
    public let failures: FormulaSet.FailedRequests

    private enum Keys: String, CodingKey { case intervals, failures, infinite }

    private struct Interval: Encodable {
        @Nullable var low: Double?
        /// Null where it is infinite.
        @Nullable var high: Double?
    }

    /// JSON has no infinity: what is infinite is null there, and named in `infinite`.
    public func encode(to encoder: any Encoder) throws {
        var finite = row
        finite.metrics = row.metrics.mapValues { $0.mapValues { $0?.isFinite == true ? $0 : nil } }
        var infinite: [String] = []
        for (column, path) in ResultRow.originalColumns where row[keyPath: path] == .infinity {
            finite[keyPath: path] = nil
            infinite.append(column)
        }
        try finite.encode(to: encoder)
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(failures.rawValue, forKey: .failures)
        try container.encode(infinite, forKey: .infinite)
        try container.encode(
            intervals.mapValues {
                Interval(
                    low: $0.lowerBound.isFinite ? $0.lowerBound : nil,
                    high: $0.upperBound.isFinite ? $0.upperBound : nil)
            }, forKey: .intervals)
    }
}

extension ResultsProjection {
    /// A result of the tables with this set's figures and their intervals, read again from the log.
    ///
    /// Costs a read of the result's samples, and as many evaluations as there are resamples (`Bootstrap`).
    public func detail(
        of row: ResultRow, set: FormulaSet, failures: FormulaSet.FailedRequests,
        in transaction: borrowing some Transaction & ~Copyable, log: EventLog
    ) throws -> ResultDetail? {
        guard let group = try group(of: row, inputs: set.inputsNeeded, in: transaction, log: log) else { return nil }
        let (samples, resources, constants) = (group.samples, group.resources, group.constants)
        var evaluated = row
        evaluated.metrics[set.name] =
            set.evaluate(samples: samples, resources: resources, constants: constants, failures: failures).dictionary
        guard let filled = evaluated.columns(from: set.name, names: set.columns) else { return nil }
        var metrics = ["failure_rate": "failure_rate"]
        for (column, _) in ResultRow.originalColumns {
            metrics[column] = filled.metric(of: column, from: set.name, names: set.columns)
        }
        let found = set.intervals(
            of: Set(metrics.values).sorted(), samples: samples, resources: resources, constants: constants,
            failures: failures)
        return ResultDetail(row: filled, intervals: metrics.compactMapValues { found[$0] }, failures: failures)
    }
}

/// What formulas are evaluated over for one result.
public struct ResultGroup: Sendable {
    public var samples: SampleTable
    public var resources: ResourceTable
    /// Such as `concurrency`.
    public var constants: [String: Double]
}

extension ResultsProjection {
    /// The samples and readings that a result comes from, read again from the log; nil when the tables do not have it.
    ///
    /// - Parameter inputs: the columns that are wanted.
    public func group(
        of row: ResultRow, inputs: Set<String>, in transaction: borrowing some Transaction & ~Copyable, log: EventLog
    ) throws -> ResultGroup? {
        let key = GroupKey(row)
        guard let plan = try plans.get(row.run_id, in: transaction),
            let positions = try groups.get(key.rowKey, in: transaction).flatMap(GroupPositions.init)
        else { return nil }
        let group = try SampleGroup(positions, inputs: inputs, log: log)
        return ResultGroup(
            samples: group.sampleTable, resources: group.resourceTable,
            constants: plan.constants(of: key, shed: group.arrivals.shed))
    }

    /// A result of the tables with this set's figures in the original's columns: those that it keeps, else evaluated from its
    /// samples, read again from the log.
    public func row(
        _ row: ResultRow, from set: FormulaSet, in transaction: borrowing some Transaction & ~Copyable, log: EventLog
    ) throws -> ResultRow? {
        if let kept = row.columns(from: set.name, names: set.columns) { return kept }
        guard let group = try group(of: row, inputs: set.inputsNeeded, in: transaction, log: log) else { return nil }
        var evaluated = row
        evaluated.metrics[set.name] =
            set.evaluate(samples: group.samples, resources: group.resources, constants: group.constants).dictionary
        evaluated.formula_digests[set.name] = set.digest
        return evaluated.columns(from: set.name, names: set.columns)
    }
}

extension SampleGroup {
    /// Reads a group's events from the log.
    init(_ positions: GroupPositions, inputs: Set<String>, log: EventLog) throws {
        self.init(inputs: inputs)
        for position in positions.samples {
            try log.scan(from: position, through: position) { raw in
                if let sample = try raw.sample() { add(sample, at: position, recordedAt: raw.recordedAt) }
                return true
            }
        }
        for position in positions.resources {
            guard let recorded = try log.event(at: position), case .resourceSampled(let event) = recorded.event else {
                continue
            }
            add(event, at: position)
        }
    }
}
