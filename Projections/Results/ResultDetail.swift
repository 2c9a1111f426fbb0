import EventStore
import Events
import Formulas
import ProjectionKit
import SampleColumns
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

extension ResultDetail {
    /// A result of the tables with this set's figures and their intervals; nil when the set's figures cannot be told.
    ///
    /// Costs as many evaluations as there are resamples (`Bootstrap`).
    public init?(_ row: ResultRow, _ group: ResultGroup, set: FormulaSet, failures: FormulaSet.FailedRequests) {
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
        self.init(row: filled, intervals: metrics.compactMapValues { found[$0] }, failures: failures)
    }
}

/// What formulas are evaluated over for one result.
public struct ResultGroup: Sendable {
    public var samples: SampleTable
    public var resources: ResourceTable
    /// Such as `concurrency`.
    public var constants: [String: Double]

    public init(samples: SampleTable, resources: ResourceTable, constants: [String: Double]) {
        self.samples = samples
        self.resources = resources
        self.constants = constants
    }
}

extension ResultsProjection {
    /// The limits of a run's objective, by the names of the inputs; nil when the tables do not know the run.
    public func objective(
        of run: String, in transaction: borrowing some Transaction & ~Copyable
    ) throws -> [String: Double]? {
        try plans.get(RowKey(run), as: RunObjective.self, in: transaction)?.objective
    }
}

extension ResultRow {
    /// What formulas see as the constants of the result's group.
    ///
    /// - Parameter objective: the limits of its run's.
    public func constants(objective: [String: Double]) -> [String: Double] {
        SampleGroupKey(self).constants(objective: objective, shed: shed ?? 0)
    }
}

extension ResultRow {
    /// The result with a set's figures as well, in the original's columns.
    public func with(_ values: ResultValues, of set: FormulaSet) -> ResultRow? {
        var evaluated = self
        evaluated.metrics[set.name] = values.dictionary
        evaluated.formula_digests[set.name] = set.digest
        return evaluated.columns(from: set.name, names: set.columns)
    }
}

extension SampleGroup {
    /// Passing over so many events of other groups is as fast as to begin anew behind them.
    private static let passedOver: UInt64 = 4

    /// Reads a group's events from the log.
    init(_ positions: GroupPositions, inputs: Set<String>, log: EventLog) throws {
        self.init(inputs: inputs)
        let all = (positions.samples + positions.resources).sorted()
        var next = 0
        while next < all.count {
            var last = next
            while last + 1 < all.count, all[last + 1] - all[last] <= Self.passedOver { last += 1 }
            try log.scan(from: all[next], through: all[last]) { raw in
                guard raw.position == all[next] else { return true }
                next += 1
                if let sample = try raw.sample() {
                    add(sample, at: raw.position, recordedAt: raw.recordedAt)
                } else if case .resourceSampled(let reading) = try log.decoded(raw).event {
                    add(reading, at: raw.position)
                }
                return true
            }
            next = last + 1
        }
    }
}
