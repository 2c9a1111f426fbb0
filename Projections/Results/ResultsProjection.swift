import EventStore
import Events
import Formulas
import ProjectionKit
import SampleColumns
import Storage

/// The results table: one row per run × model × scenario × load level, computed by evaluating formula sets over its samples.
///
/// - `plans`: run id → `RunPlan` as JSON, what a row needs to know of its run.
/// - `groups`: run, model, scenario, level → `GroupPositions`: where the row's samples stand in the log.
/// - `rows`: the same key → `ResultRow` as JSON.
/// - `scores`: run, model → `ScoreRow` as JSON.
/// - `texts`: digest → `AdoptedText` as JSON: every set that the log has the text of.
/// - `recomputations`: position → `RecomputationRow` as JSON.
/// - `deleted`: run id → when it was deleted, ms since the epoch. Its rows stay, so that it can be restored.
public struct ResultsProjection: Projection {
    public static let name = "results"
    public static let version: UInt32 = 5
    public static let handles: Set<EventType> = [
        .runRequested, .runImported, .modelPhaseStarted, .inferenceSampled, .resourceSampled, .runCompleted, .runFailed,
        .runCancelled,
        .runInterrupted, .runDeleted, .runRestored, .formulaSetAdopted, .recomputationApplied,
    ]

    let rows: RowTable<ResultRow>
    let scores: RowTable<ScoreRow>
    let plans: RowTable<RunPlan>
    let groups: Table<RowKey, [UInt8]>
    let texts: RowTable<AdoptedText>
    let recomputations: RowTable<RecomputationRow>
    let deleted: RowTable<Int64>

    /// The inputs of the sets that every result keeps the figures of.
    private let inputs = Self.inputs(of: FormulaSet.stored)
    /// Groups of runs that go on, and those that this batch touched. A cache: `groups` and the log hold the same.
    private var memory = GroupMemory()
    var known: [String: RunPlan] = [:]
    private var ended: Set<String> = []
    /// Runs whose results get the figures of another set with this batch.
    private var recomputed: Set<String> = []
    /// The adopted sets by digest; nil for a text that this version of the language does not read.
    var compiled: [String: FormulaSet?] = [:]

    public init(_ space: TableSpace) {
        rows = RowTable(space.table("rows"))
        scores = RowTable(space.table("scores"))
        plans = RowTable(space.table("plans"))
        groups = Table(space.table("groups"))
        texts = RowTable(space.table("texts"))
        recomputations = RowTable(space.table("recomputations"))
        deleted = RowTable(space.table("deleted"))
    }

    /// The sets that a run's results keep the figures of: those of every result, and of an imported run its tool's own.
    private static func sets(of plan: RunPlan) -> [FormulaSet] {
        guard !FormulaSet.stored.contains(where: { $0.name == plan.formulaSet }),
            let own = FormulaSet.named(plan.formulaSet)
        else { return FormulaSet.stored }
        return FormulaSet.stored + [own]
    }

    private static func inputs(of sets: [FormulaSet]) -> Set<String> {
        sets.reduce(into: ReachedLoad.inputs) { $0.formUnion($1.inputsNeeded) }
    }

    /// What is kept of the samples of a run with this plan; without one, which memory may have lost, what all have in common.
    private static func inputs(of plan: RunPlan?, _ common: Set<String>) -> Set<String> {
        guard let plan, plan.formulaSet != "standard/1" else { return common }
        return inputs(of: sets(of: plan))
    }

    public mutating func fold(
        _ recorded: RecordedEvent, from source: SourceID, in transaction: borrowing WriteTransaction
    ) throws {
        switch recorded.event {
        case .runRequested(let event):
            known[event.runID] = RunPlan(event)
            try plans.put(event.runID, RunPlan(event), in: transaction)
        case .runImported(let event):
            guard var plan = try plan(of: event.runID, in: transaction) else { return }
            plan.take(event)
            known[event.runID] = plan
            try plans.put(event.runID, plan, in: transaction)
        case .modelPhaseStarted(let event) where event.hasModel:
            guard var plan = try plan(of: event.runID, in: transaction) else { return }
            plan.take(event.model)
            known[event.runID] = plan
            try plans.put(event.runID, plan, in: transaction)
        case .resourceSampled(let event):
            guard let key = GroupKey(event) else { return }
            let place = memory.index.place(of: key)
            makeRoom(for: place)
            memory.groups[place].add(event, at: recorded.position)
        case .runCompleted(let event): ended.insert(event.runID)
        case .runFailed(let event): ended.insert(event.runID)
        case .runCancelled(let event): ended.insert(event.runID)
        case .runInterrupted(let event): ended.insert(event.runID)
        case .runDeleted(let event): try deleted.put(event.runID, recorded.occurredMilliseconds, in: transaction)
        case .runRestored(let event): try deleted.delete(event.runID, in: transaction)
        case .formulaSetAdopted(let event):
            let text = AdoptedText(name: event.name, text: event.text, position: recorded.position)
            try texts.put(event.digest, text, in: transaction)
        case .recomputationApplied(let event):
            let row = RecomputationRow(event, at: recorded.position, recorded.occurredMilliseconds)
            try recomputations.put(RowKey(recorded.position), row, in: transaction)
            for run in event.runIds {
                guard var plan = try plan(of: run, in: transaction) else { continue }
                plan.take(event, at: recorded.position)
                known[run] = plan
                try plans.put(run, plan, in: transaction)
                recomputed.insert(run)
            }
        default: break
        }
    }

    public mutating func fold(_ sample: borrowing SampleView, at position: Position, recordedAt: Int64) {
        let place = memory.index.place(of: sample)
        makeRoom(for: place)
        memory.groups[place].add(sample, at: position, recordedAt: recordedAt)
    }

    private mutating func makeRoom(for place: Int) {
        guard place == memory.groups.count else { return }
        let run = memory.index.keys[place].run
        memory.groups.append(SampleGroup(inputs: Self.inputs(of: known[run], inputs)))
    }

    public mutating func finishBatch(in transaction: borrowing WriteTransaction, log: EventLog) throws {
        var changed: [(key: GroupKey, group: SampleGroup, plan: RunPlan)] = []
        for place in memory.groups.indices where memory.groups[place].isDirty {
            let key = memory.index.keys[place]
            let plan = try plan(of: key.run, in: transaction)
            let whole = try completed(memory.groups[place], of: key, in: transaction, log: log)
            memory.groups[place] = whole
            try groups.put(key.rowKey, whole.positions.bytes, in: transaction)
            if let plan, !whole.positions.samples.isEmpty { changed.append((key, whole, plan)) }
        }
        var touched: Set<ScoreKey> = []
        var written: [RowKey: ResultRow] = [:]
        for (place, (row, encoded)) in try rows(of: changed, source: log.source.description).enumerated() {
            let key = changed[place].key
            try rows.put(key.rowKey, encoded: encoded, in: transaction)
            written[key.rowKey] = row
            touched.insert(ScoreKey(run: key.run, model: key.model))
        }
        let extended = recomputed.union(
            written.values.map(\.run_id).filter { known[$0]?.adopted.isEmpty == false })
        for key in touched.sorted() where !extended.contains(key.run) { try score(key, written, in: transaction) }
        for run in extended.sorted() { try extend(run, written, in: transaction, log: log) }
        for run in recomputed { known[run] = nil }
        recomputed = []
        if !ended.isEmpty {
            memory.remove(runs: ended)
            for run in ended { known[run] = nil }
            ended = []
        }
    }

    /// The groups' rows, and as they are stored.
    private func rows(
        of changed: [(key: GroupKey, group: SampleGroup, plan: RunPlan)], source: String
    ) throws -> [(ResultRow, [UInt8])] {
        try Parallel.map(changed.count) { next, put in
            while let place = next() {
                let (key, group, plan) = changed[place]
                let row = Self.row(key, group, plan, source: source)
                put(place, (row, try RowTable.encode(row)))
            }
        }
    }

    public mutating func forget() {
        memory = GroupMemory()
        known = [:]
        ended = []
        recomputed = []
    }

    mutating func plan(of run: String, in transaction: borrowing WriteTransaction) throws -> RunPlan? {
        if known[run] == nil { known[run] = try plans.get(run, in: transaction) }
        return known[run]
    }

    /// The group with the samples of earlier batches before those of this one, read from the log when memory has lost them.
    private func completed(
        _ group: SampleGroup, of key: GroupKey, in transaction: borrowing WriteTransaction, log: EventLog
    ) throws -> SampleGroup {
        let inputs = Self.inputs(of: known[key.run], self.inputs)
        guard let stored = try groups.get(key.rowKey, in: transaction).flatMap(GroupPositions.init) else {
            return try group.inputs == inputs
                ? group.clean() : SampleGroup(group.positions, inputs: inputs, log: log).clean()
        }
        let held = group.positions
        let lost = GroupPositions(
            samples: stored.samples.filter { $0 < held.samples.first ?? .max },
            resources: stored.resources.filter { $0 < held.resources.first ?? .max })
        guard !lost.samples.isEmpty || !lost.resources.isEmpty || group.inputs != inputs else { return group.clean() }
        let all = GroupPositions(
            samples: (lost.samples + held.samples).sorted(), resources: (lost.resources + held.resources).sorted())
        return try SampleGroup(all, inputs: inputs, log: log).clean()
    }

    private static func row(
        _ key: GroupKey, _ group: SampleGroup, _ plan: RunPlan, source: String
    ) -> ResultRow {
        let resources = group.readings.table(group.inputs)
        var metrics: [String: [String: Double?]] = [:]
        let sets = Self.sets(of: plan)
        for set in sets {
            metrics[set.name] =
                set.evaluate(
                    samples: group.samples, resources: resources,
                    constants: key.constants(objective: plan.objective, shed: group.arrivals.shed)
                ).dictionary
        }
        let reached = ReachedLoad(group.samples.table(ReachedLoad.inputs))
        let known = plan.results[key.text]
        let model = plan.models.first { $0.id == key.model }
        let base = ResultRow(
            id: known?.id ?? EventID(deterministicFrom: "result/\(key.text)").description, run_id: key.run,
            model_id: key.model,
            scenario: key.scenario, tps: nil, ttft: nil, tpot: nil, gen_tps: nil, latency_p50: nil, latency_p95: nil,
            latency_p99: nil, error_rate: nil, timeout_rate: nil, cpu_avg: nil, ram_avg: nil, gpu_avg: nil,
            total_tokens: nil, total_iterations: nil, successful_iterations: nil,
            created_at: known?.createdAt ?? group.lastRecordedAt / 1_000_000, model_alias: model?.alias ?? key.model,
            model_name: model?.name ?? key.model, concurrency: key.isOpenLoop ? nil : Int(key.level),
            rate: key.isOpenLoop ? Double(key.rateMillionths) / 1e6 : nil,
            reached_concurrency: reached.concurrency,
            reached_rate: key.isOpenLoop ? group.arrivals.sentPerSecond : reached.rate,
            shed: key.isOpenLoop ? group.arrivals.shed : nil,
            client_limited: ClientLimit.sentence(metrics[FormulaSet.standard.name] ?? [:]),
            simulated: plan.simulated,
            formula_set: plan.formulaSet, metrics: metrics,
            formula_digests: Dictionary(uniqueKeysWithValues: sets.map { ($0.name, $0.digest) }),
            token_source: group.tokenSource, samples: group.positions.samples.count, source: source,
            first_position: group.positions.first, last_position: group.positions.last)
        let columns = sets.first { $0.name == plan.formulaSet }?.columns ?? [:]
        return base.columns(from: plan.formulaSet, names: columns) ?? base
    }

    /// The model's values over all its results of this run.
    mutating func score(
        _ key: ScoreKey, _ written: [RowKey: ResultRow], in transaction: borrowing WriteTransaction
    ) throws {
        let results = try rows.all(under: RowKey(key.run, key.model), known: written, in: transaction)
        guard let any = results.first, let plan = try plan(of: key.run, in: transaction) else { return }
        var metrics: [String: [String: Double?]] = [:]
        let adopted = try plan.adopted(by: key.model).compactMap { try compiled($0, in: transaction) }
        for set in Self.sets(of: plan) + adopted {
            metrics[set.name] = set.evaluateModel(results: results.compactMap { $0.metrics[set.name] }).dictionary
        }
        try scores.put(
            RowKey(key.run, key.model),
            ScoreRow(
                run_id: key.run, model_id: key.model, model_alias: any.model_alias, metrics: metrics,
                last_position: results.map(\.last_position).max() ?? 0),
            in: transaction)
    }
}

/// What a row belongs to.
typealias GroupKey = SampleGroupKey

extension SampleGroupKey {
    /// What a result of the tables belongs to.
    public init(_ row: ResultRow) {
        self.init(
            row.run_id, row.model_id, row.scenario, UInt32(row.concurrency ?? 0),
            rateMillionths: UInt64(((row.rate ?? 0) * 1e6).rounded()))
    }

    var rowKey: RowKey {
        let level = RowKey(run, model, scenario, UInt64(level))
        return isOpenLoop ? level + RowKey(rateMillionths) : level
    }

    /// What formulas see as the group's constants.
    func constants(objective: [String: Double], shed: Int) -> [String: Double] {
        var constants = objective
        if isOpenLoop { constants["shed"] = Double(shed) } else { constants["concurrency"] = Double(level) }
        return constants
    }

    /// What the result's id follows from: as it was before there were open loops, and with the rate where there is one.
    var text: String { "\(run)/\(model)/\(scenario)/\(level)" + (isOpenLoop ? "/rate/\(rateMillionths)" : "") }
}

struct ScoreKey: Hashable, Comparable {
    var run: String
    var model: String

    static func < (a: ScoreKey, b: ScoreKey) -> Bool { (a.run, a.model) < (b.run, b.model) }
}
