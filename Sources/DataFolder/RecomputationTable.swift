import Formulas
import Results
import Runs

/// The figures of a recomputation as they come in, run by run, and their ranks. A million of them take 40 MB.
struct RecomputationTable: Sendable {
    /// What figures belong to: a result, or a model of a run over all its results.
    private struct Place {
        var run: String
        var suite: String
        var model: String
        var alias: String
        var scenario: String?
        var concurrency: Int?
        var rate: Double?
        /// Places with the same number compete with each other.
        var field: Int
    }

    /// A figure of a set, and what it is held against.
    private struct Pair {
        var set: String
        var metric: FormulaSet.Metric
        /// Its place among the set's metrics of the section.
        var index: Int
        var setBefore: String?
        var metricBefore: String?
        /// The same for the same figure, whatever it is held against.
        var figure: Int
    }

    struct Cell {
        fileprivate var place: Int
        fileprivate var pair: Int
        /// NaN where there is none.
        fileprivate var before: Double
        fileprivate var after: Double
        /// From 1; 0 where there is none.
        fileprivate var rankBefore: Int32 = 0
        fileprivate var rankAfter: Int32 = 0
    }

    /// Which pairs there are for a row.
    private struct PairsKey: Hashable {
        var set: Int
        var section: FormulaSet.Section
        var own: String
        var isOpenLoop: Bool
    }

    private let sets: [FormulaSet]
    /// Names of the figures that are wanted; all when empty.
    private let wanted: Set<String>
    private var places: [Place] = []
    private var pairs: [Pair] = []
    private var pairsFor: [PairsKey: [Int]] = [:]
    private var figures: [[String]: Int] = [:]
    private var fields: [[String]: Int] = [:]
    private(set) var cells: [Cell] = []
    /// The cells to be shown, in the order in which they should be.
    private(set) var shown: [Int] = []
    private(set) var digest: OutcomeDigest
    private(set) var results = 0

    init(_ sets: [FormulaSet], _ metrics: [String]) {
        self.sets = sets
        wanted = Set(metrics)
        digest = OutcomeDigest(sets)
    }

    /// Names of a set's `result` metrics that figures are held against.
    mutating func metricsBefore(in own: FormulaSet?) -> [String] {
        let found = sets.indices.flatMap { set in
            [false, true].flatMap {
                pairs(PairsKey(set: set, section: .result, own: own?.name ?? "", isOpenLoop: $0), own)
            }
        }
        return Set(found.compactMap { pairs[$0].metricBefore }).sorted()
    }

    /// Takes in a run's results.
    ///
    /// - Parameters:
    ///   - scores: of the run's models.
    ///   - after: the values of each set, a list for each set and a value for each row.
    ///   - before: the figures that each row's are held against, by the metrics' names of `own`.
    ///   - isOwnKept: whether `own` is the run's own set, so that the scores have its values.
    mutating func add(
        _ run: RunRow, _ rows: [ResultRow], _ scores: [ScoreRow], _ after: [[ResultValues]],
        _ before: [[String: Double?]], own: FormulaSet?, isOwnKept: Bool
    ) {
        results += rows.count
        for (index, row) in rows.enumerated() {
            let place = place(of: row, run)
            for (set, values) in after.enumerated() {
                digest.add("result \(row.id) \(sets[set].name)", values[index])
                add(values[index], of: set, .result, place, own, before[index], isOpenLoop: row.rate != nil)
            }
        }
        for score in scores {
            let indices = rows.indices.filter { rows[$0].model_id == score.model_id }
            guard let first = indices.first else { continue }
            let place = place(of: score, rows[first], run)
            let figures = own.map { own in
                isOwnKept
                    ? score.metrics[own.name] ?? [:]
                    : own.evaluateModel(results: indices.map { before[$0] }).dictionary
            }
            for (set, values) in after.enumerated() {
                let value = sets[set].evaluateModel(results: indices.map { values[$0].dictionary })
                digest.add("model \(score.run_id) \(score.model_id) \(sets[set].name)", value)
                add(value, of: set, .model, place, own, figures ?? [:], isOpenLoop: false)
            }
        }
    }

    private mutating func add(
        _ values: ResultValues, of set: Int, _ section: FormulaSet.Section, _ place: Int, _ own: FormulaSet?,
        _ figures: [String: Double?], isOpenLoop: Bool
    ) {
        guard !values.values.isEmpty else { return }
        for pair in pairs(PairsKey(set: set, section: section, own: own?.name ?? "", isOpenLoop: isOpenLoop), own) {
            let before = pairs[pair].metricBefore.flatMap { figures[$0] ?? nil }
            let after = values.values[pairs[pair].index]
            // Of what neither has there is nothing to say.
            guard before != nil || after != nil else { continue }
            cells.append(Cell(place: place, pair: pair, before: before ?? .nan, after: after ?? .nan))
        }
    }

    private mutating func place(of row: ResultRow, _ run: RunRow) -> Int {
        let field = [run.suite_name, row.scenario, "\(row.concurrency ?? 0)", "\(row.rate ?? 0)"]
        places.append(
            Place(
                run: row.run_id, suite: run.suite_name, model: row.model_id, alias: row.model_alias,
                scenario: row.scenario, concurrency: row.concurrency, rate: row.rate, field: number(of: field)))
        return places.count - 1
    }

    private mutating func place(of score: ScoreRow, _ row: ResultRow, _ run: RunRow) -> Int {
        places.append(
            Place(
                run: score.run_id, suite: run.suite_name, model: score.model_id, alias: row.model_alias,
                field: number(of: [run.suite_name])))
        return places.count - 1
    }

    private mutating func number(of field: [String]) -> Int {
        if let known = fields[field] { return known }
        fields[field] = fields.count
        return fields.count - 1
    }

    /// The figures of a set, each with what says the same in the other: what fills the same column of the original, else what has
    /// the same name.
    private mutating func pairs(_ key: PairsKey, _ own: FormulaSet?) -> [Int] {
        if let known = pairsFor[key] { return known }
        let set = sets[key.set]
        var found: [Int] = []
        for (index, metric) in set.metrics.filter({ $0.section == key.section }).enumerated()
        where wanted.isEmpty || wanted.contains(metric.name) {
            let name = own.flatMap { set.counterpart(of: metric, in: $0, openLoop: key.isOpenLoop) }
            let figure = [set.name, key.section.rawValue, metric.name]
            figures[figure] = figures[figure] ?? figures.count
            pairs.append(
                Pair(
                    set: set.name, metric: metric, index: index, setBefore: name.flatMap { _ in own?.name },
                    metricBefore: name, figure: figures[figure]!))
            found.append(pairs.count - 1)
        }
        pairsFor[key] = found
        return found
    }

    // MARK: Ranks

    /// Gives every figure its places, and chooses what is shown.
    mutating func rank() {
        var fields: [Int: [Int]] = [:]
        for index in cells.indices where pairs[cells[index].pair].metric.better != .none {
            fields[pairs[cells[index].pair].figure * self.fields.count + places[cells[index].place].field, default: []]
                .append(index)
        }
        for competing in fields.values {
            let isHigher = pairs[cells[competing[0]].pair].metric.better == .higher
            rank(competing, \.before, \.rankBefore, isHigher)
            rank(competing, \.after, \.rankAfter, isHigher)
        }
        let ordered = self.fields.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        let order = Dictionary(uniqueKeysWithValues: ordered.enumerated().map { ($1.value, $0) })
        let keys = cells.map { cell in
            (
                order[places[cell.place].field] ?? 0, pairs[cell.pair].figure,
                cell.rankAfter == 0 ? Int32.max : cell.rankAfter, cell.place
            )
        }
        shown = cells.indices.filter { !wanted.isEmpty || isChanged(cells[$0]) }.sorted { keys[$0] < keys[$1] }
    }

    /// The best has 1, equals the same; what is not known has none.
    private mutating func rank(
        _ competing: [Int], _ value: KeyPath<Cell, Double>, _ rank: WritableKeyPath<Cell, Int32>, _ isHigher: Bool
    ) {
        let known = competing.filter { !cells[$0][keyPath: value].isNaN }.sorted { first, second in
            let (a, b) = (cells[first][keyPath: value], cells[second][keyPath: value])
            return isHigher ? a > b : a < b
        }
        for (place, index) in known.enumerated() {
            let isEqual = place > 0 && cells[known[place - 1]][keyPath: value] == cells[index][keyPath: value]
            cells[index][keyPath: rank] = isEqual ? cells[known[place - 1]][keyPath: rank] : Int32(place + 1)
        }
    }

    /// Whether the two are other figures than a computer's rounding makes of one, or another place.
    private func isChanged(_ cell: Cell) -> Bool {
        guard !cell.before.isNaN, !cell.after.isNaN else { return true }
        return abs(cell.before - cell.after) > 1e-12 * max(abs(cell.before), abs(cell.after))
            || cell.rankBefore != cell.rankAfter
    }

    func figure(_ index: Int) -> RecomputedFigure {
        let cell = cells[index]
        let (place, pair) = (places[cell.place], pairs[cell.pair])
        let before = cell.before.isNaN ? nil : cell.before
        let after = cell.after.isNaN ? nil : cell.after
        let ranks = (cell.rankBefore == 0 ? nil : Int(cell.rankBefore), cell.rankAfter == 0 ? nil : Int(cell.rankAfter))
        let change = before.flatMap { before in
            before == 0 ? nil : after.map { ($0 - before) / abs(before) }
        }
        return RecomputedFigure(
            formula_set: pair.set, metric: pair.metric.name, unit: pair.metric.unit,
            better: pair.metric.better.rawValue, run_id: place.run, suite_name: place.suite, model_id: place.model,
            model_alias: place.alias, scenario: place.scenario, concurrency: place.concurrency, rate: place.rate,
            formula_set_before: pair.setBefore, metric_before: pair.metricBefore, before: before, after: after,
            change: change, rank_before: ranks.0, rank_after: ranks.1,
            rank_change: ranks.0.flatMap { before in ranks.1.map { before - $0 } })
    }
}

extension FormulaSet {
    /// The metric of another set that says the same as this one of ours: what fills the same column of the original, else what has
    /// the same name and unit; nil when there is none.
    fileprivate func counterpart(of metric: Metric, in other: FormulaSet, openLoop: Bool) -> String? {
        let names = Set(other.metrics.lazy.filter { $0.section == metric.section }.map(\.name))
        let filled = metric.section == .result ? FormulaSet.originalColumns.filter { columns[$0] == metric.name } : []
        for column in filled {
            guard let name = other.columns[column] else { continue }
            // In an open loop latencies count from the intended start, where the set has them so.
            let scheduled = "scheduled_\(name)"
            return openLoop && names.contains(scheduled) ? scheduled : name
        }
        return other.metrics.first { $0.section == metric.section && $0.name == metric.name && $0.hasUnit(of: metric) }?
            .name
    }
}
