import EventStore
import Events
import Formulas
import ProjectionKit
import Results
import Runs

extension Installation {
    /// Combines the samples of all runs of the same thing, that is of one model, suite, scenario and load, into one result each.
    ///
    /// What differed between such runs and may show in the figures (the variant, the server, the host, the settings, the
    /// suite's text) keeps them from being pooled, unless it is tolerated.
    /// - Parameter set: whose figures are wanted; each run's own when nil, `standard/1` where the runs have several.
    public func pool(_ filter: ResultFilter, with set: FormulaSet? = nil, tolerating: PoolTolerance = .of([])) throws
        -> Pooling
    {
        let answer = try results(filter)
        let runs = Dictionary(try self.runs().value.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var pooling = Pooling(results: [], refused: [], position: answer.position)
        var groups: [[String]: [ResultRow]] = [:]
        var order: [[String]] = []
        for (row, suite) in answer.value {
            let key = [row.model_id, suite, row.scenario, "\(row.concurrency ?? 0)", "\(row.rate ?? 0)"]
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(row)
        }
        for key in order {
            try Task.checkCancellation()
            guard let rows = groups[key], let newest = rows.first else { continue }
            let differences = try self.differences(rows, runs)
            let ids = rows.map(\.run_id)
            guard differences.allSatisfy(tolerating.allows) else {
                pooling.refused.append(
                    RefusedPool(
                        model_id: newest.model_id, model_alias: newest.model_alias, suite_name: key[1],
                        scenario: newest.scenario, concurrency: newest.concurrency, rate: newest.rate, run_ids: ids,
                        differences: differences))
                continue
            }
            let own = Set(rows.map(\.formula_set))
            let wanted = try set ?? formulaSet(own.count == 1 ? newest.formula_set : "standard/1")
            guard let result = try pooled(rows, wanted) else { continue }
            pooling.results.append(
                PooledResult(result: result, suite_name: key[1], run_ids: ids, differences: differences))
        }
        return pooling
    }

    /// One result over the samples of several.
    private func pooled(_ rows: [ResultRow], _ set: FormulaSet) throws -> ResultDetail? {
        // In the order of time, as if they had been measured one after the other.
        let rows = rows.sorted { $0.first_position < $1.first_position }
        guard var row = rows.last else { return nil }
        let inputs = set.inputsNeeded.union(SampleTable.inputsToFollow)
        let groups = try tables.store.read { transaction in
            let reader = GroupReader(self, tables, inputs)
            return try rows.compactMap { try reader.group(of: $0, in: transaction) }
        }
        guard var constants = groups.last?.constants else { return nil }
        if constants["shed"] != nil { constants["shed"] = groups.compactMap { $0.constants["shed"] }.reduce(0, +) }
        row.id = EventID(deterministicFrom: "pool/" + rows.map(\.id).joined(separator: "/")).description
        row.samples = rows.map(\.samples).reduce(0, +)
        if row.shed != nil { row.shed = rows.compactMap(\.shed).reduce(0, +) }
        row.first_position = rows.map(\.first_position).min() ?? row.first_position
        row.last_position = rows.map(\.last_position).max() ?? row.last_position
        (row.reached_concurrency, row.reached_rate, row.client_limited) = (nil, nil, nil)
        (row.metrics, row.formula_digests) = ([:], [set.name: set.digest])
        let group = ResultGroup(
            samples: .following(groups.map(\.samples)), resources: ResourceTable(count: 0), constants: constants)
        return ResultDetail(row, group, set: set, failures: .leftOut)
    }

    private func differences(_ rows: [ResultRow], _ runs: [String: RunRow]) throws -> [PoolDifference] {
        guard rows.count > 1 else { return [] }
        let facts = try rows.map { row in
            var facts = try runs[row.run_id].map { try self.facts(of: $0, model: row.model_id) } ?? [:]
            facts["tokens counted by"] = row.token_source
            return facts.filter { name, _ in
                !Self.amounts.contains { name == $0 || name.hasPrefix($0 + ".") }
            }
        }
        return Set(facts.flatMap(\.keys)).sorted().compactMap { what in
            let values = Set(facts.map { $0[what] })
            guard values.count > 1 else { return nil }
            return PoolDifference(what: what, values: values.sorted { ($0 ?? "") < ($1 ?? "") })
        }
    }

    /// Facts that say how much was measured, beside what, and what was kept of it: none of it shows in a request.
    private static let amounts = [
        "scenarios", "config.iterations", "config.iterations_limit", "config.min_precision", "config.duration",
        "config.concurrency", "config.rate", "config.sweep", "config.keep_output", "hardware.unavailable",
    ]
}
