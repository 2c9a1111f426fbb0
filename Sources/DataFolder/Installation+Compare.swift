import Events
import Foundation
import Formulas
import Results
import Runs
import Statistics
import Storage

extension Installation {
    /// A run, or one model of it.
    public struct ComparedSide: Sendable {
        public var run: RunDetail
        /// Nil for all its models.
        public var model: String?

        public init(_ run: RunDetail, model: String? = nil) {
            self.run = run
            self.model = model
        }

        var results: [ResultRow] { run.results.filter { model == nil || $0.model_id == model } }
    }

    /// A change with a p-value below this is called one.
    public static let comparisonLevel = 0.05

    /// Holds two runs, or two models, against each other.
    ///
    /// Results of the same scenario and load level are compared: of the same model, or, where each side has one model alone,
    /// of these. A middle or mean of the requests' own values is tested by Mann and Whitney's test over them, any other figure
    /// by resampling; all p-values are corrected for how many there are.
    ///
    /// - Parameters:
    ///   - metrics: of the set; the original's figures when empty.
    ///   - leastChange: a smaller relative change is none, however clear.
    public func compare(
        _ before: ComparedSide, _ after: ComparedSide, with set: FormulaSet, metrics: [String] = [],
        leastChange: Double = 0
    ) throws -> Comparison {
        let pairs = Self.pairs(before.results, after.results)
        var comparison = Comparison(
            before: Self.side(before), after: Self.side(after), formula_set: set.name,
            least_change: leastChange, differences: try differences(before, after), rows: [], unmatched: [])
        try tables.store.read { transaction in
            let groups = GroupReader(self, tables, set.inputsNeeded)
            for pair in pairs.matched {
                try Task.checkCancellation()
                guard let first = try groups.group(of: pair.before, in: transaction),
                    let second = try groups.group(of: pair.after, in: transaction)
                else { continue }
                let wanted = metrics.isEmpty ? set.compared(openLoop: pair.before.rate != nil) : metrics
                comparison.rows += set.changes(of: wanted, first, second).map { $0.row(of: pair.before, pair.after) }
            }
        }
        comparison.unmatched = pairs.unmatched
        let tested = comparison.rows.indices.filter { comparison.rows[$0].p != nil }
        let adjusted = FalseDiscovery.adjusted(tested.map { comparison.rows[$0].p ?? 1 })
        for (index, p) in zip(tested, adjusted) { comparison.rows[index].p = p }
        for index in comparison.rows.indices {
            comparison.rows[index].judge(level: Self.comparisonLevel, leastChange: leastChange)
        }
        return comparison
    }

    private static func side(_ side: ComparedSide) -> Comparison.Side {
        .init(run_id: side.run.run.id, model_id: side.model, started_at: side.run.run.started_at)
    }

    private static func pairs(
        _ before: [ResultRow], _ after: [ResultRow]
    ) -> (matched: [(before: ResultRow, after: ResultRow)], unmatched: [String]) {
        let isOneModelEach = Set(before.map(\.model_id)).count == 1 && Set(after.map(\.model_id)).count == 1
        func isSame(_ a: ResultRow, _ b: ResultRow) -> Bool {
            (isOneModelEach || a.model_id == b.model_id) && a.scenario == b.scenario && a.concurrency == b.concurrency
                && a.rate == b.rate
        }
        let matched = before.compactMap { row in after.first { isSame(row, $0) }.map { (row, $0) } }
        let lonely =
            before.filter { row in !after.contains { isSame(row, $0) } }
            + after.filter { row in !before.contains { isSame(row, $0) } }
        return (matched, lonely.map { "\($0.model_alias), \($0.scenario), run \($0.run_id)" })
    }

    /// What the runs' rows tell of how they were made, member by member.
    private func differences(_ before: ComparedSide, _ after: ComparedSide) throws -> [Comparison.Difference] {
        let (first, second) = try (
            facts(of: before.run.run, model: before.model), facts(of: after.run.run, model: after.model)
        )
        return Set(first.keys).union(second.keys).sorted().compactMap { what in
            guard first[what] != second[what] else { return nil }
            return .init(what: what, before: first[what], after: second[what])
        }
    }

    /// What is known of how a run was made, by name: what a figure may depend on besides the model.
    ///
    /// - Parameter model: whose phase it is about; all of them when nil.
    func facts(of run: RunRow, model: String?) throws -> [String: String] {
        var facts: [String: String] = [
            "suite": "\(run.suite_name) \(run.suite_version)", "suite text": run.suite_digest,
            "scenarios": run.scenarios.joined(separator: ", "), "simulated": "\(run.simulated)",
        ]
        facts["flperf"] = run.software_version
        facts["tool"] = run.origin
        var identities: [ModelIdentity] = []
        if case .runRequested(let requested)? = try log.event(at: run.first_position)?.event {
            identities = requested.models
        }
        let phases = run.phases.filter { model == nil || $0.model_id == model }
        // Two models are compared as such; of one model, who served it and how belongs to the environment.
        for phase in phases {
            let place = model == nil ? " of \(phase.alias)" : ""
            facts["model" + place] = phase.model_name
            facts["server" + place] = phase.backend
            let identity = identities.first { $0.id == phase.model_id }
            facts["runtime version" + place] = identity?.runtimeVersion
            facts["execution provider" + place] = identity?.executionProvider
        }
        try Self.flatten(JSONSerialization.jsonObject(with: JSONEncoder().encode(run.config)), "config", into: &facts)
        if let hardware = run.hardware_info {
            try Self.flatten(
                JSONSerialization.jsonObject(with: JSONEncoder().encode(hardware)), "hardware", into: &facts)
        }
        return facts.filter { !$0.value.isEmpty }
    }

    private static func flatten(_ value: Any, _ path: String, into facts: inout [String: String]) {
        switch value {
        case let object as [String: Any]:
            for (key, member) in object { flatten(member, "\(path).\(key)", into: &facts) }
        case is NSNull: break
        default: facts[path] = "\(value)"
        }
    }
}
