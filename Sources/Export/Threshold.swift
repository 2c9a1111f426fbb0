import Formulas
import ProjectionKit
import Results

/// A condition on a figure under which a run is not good enough: `ttft_p95>300ms`.
public struct Threshold: Sendable {
    /// As it was written.
    public let text: String
    let figure: String
    let relation: Relation
    /// In the figure's own unit.
    let limit: Double
    let unit: String
    let section: FormulaSet.Section
    let set: FormulaSet

    enum Relation: String, CaseIterable {
        case atLeast = ">="
        case atMost = "<="
        case above = ">"
        case below = "<"

        func holds(_ value: Double, _ limit: Double) -> Bool {
            switch self {
            case .atLeast: value >= limit
            case .atMost: value <= limit
            case .above: value > limit
            case .below: value < limit
            }
        }
    }

    /// Reads `NAME RELATION VALUE UNIT`. Without a unit the value is in the figure's own.
    ///
    /// The name is that of a figure of the set, for results or for models (`score`), or of one of the original's columns
    /// (`latency_p95`), which in an open loop counts from the intended start.
    /// - Throws: `ThresholdError`, whose sentence says what was expected.
    public init(_ text: String, in set: FormulaSet) throws(ThresholdError) {
        guard
            let parts = text.wholeMatch(
                of: #/\s*([\w.]+)\s*(>=|<=|>|<)\s*([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)\s*(.*?)\s*/#),
            let number = Double(parts.3), let relation = Relation(rawValue: String(parts.2))
        else {
            throw ThresholdError(
                "'\(text)' is no condition: a figure, one of > >= < <=, and a value with its unit are expected, such as "
                    + "'ttft_p95>300ms'.")
        }
        let (name, given) = (String(parts.1), String(parts.4))
        guard let metric = Self.metric(name, in: set) else {
            throw ThresholdError(
                "'\(text)': \(set.name) has no figure '\(name)'."
                    + Guess.sentence(for: name, among: Self.names(in: set))
                    + " `flperf formulas show \(set.name)` has them all.")
        }
        guard let factor = ScaledUnit.factor(from: given, to: metric.unit) else {
            throw ThresholdError(
                "'\(text)': '\(name)' is in \(metric.unit), which '\(given)' can't be converted to.")
        }
        self.text = text.filter { !$0.isWhitespace }
        figure = name
        self.relation = relation
        limit = number * factor
        unit = metric.unit
        section = metric.section
        self.set = set
    }

    private static func metric(_ name: String, in set: FormulaSet) -> FormulaSet.Metric? {
        let column = FormulaSet.originalColumns.contains(name) ? set.columns[name] : nil
        return set.metrics.first { $0.section == .result && $0.name == column ?? name }
            ?? set.metrics.first { $0.section == .model && $0.name == name }
    }

    private static func names(in set: FormulaSet) -> [String] {
        set.metrics.filter { $0.section != .sample }.map(\.name) + FormulaSet.originalColumns
    }
}

/// Why a condition can't be understood, in a sentence.
public struct ThresholdError: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}

/// What came of a condition at one result, or at one model.
public struct ThresholdFinding: Encodable, Sendable, Equatable {
    public enum Outcome: String, Encodable, Sendable {
        /// The figure is good enough.
        case passed
        /// The condition came true: the figure is not good enough.
        case failed
        /// The figure is not known, so nobody can say that it is good enough.
        case unknown
    }

    public var condition: String
    public var figure: String
    public var model_id: String
    public var model_alias: String
    /// Null when the figure is over all scenarios of a model.
    @Nullable public var scenario: String?
    /// The result's model, scenario and load, in words.
    public var place: String
    /// In `unit`; null when it is not known, and where failed requests count as infinite latency and it is.
    @Nullable public var value: Double?
    public var unit: String
    public var outcome: Outcome

    /// `phi-4, Short: ttft_p95 is 412 ms, and fails at ttft_p95>300ms.`
    public var sentence: String {
        switch outcome {
        case .passed: "\(place): \(figure) is \(shown)."
        case .failed: "\(place): \(figure) is \(shown): \(condition)."
        case .unknown: "\(place): \(figure) is not known, so '\(condition)' can't be ruled out."
        }
    }

    /// The value as people read it.
    var shown: String {
        if let value { return Figures.withUnit(value, unit) }
        return outcome == .unknown ? "not known" : "∞"
    }
}

extension Threshold {
    /// Looks at every result, or at every model where the figure is a model's.
    ///
    /// - Parameter results: with their figures of the condition's set, those of the set in the original's columns.
    public func findings(results: [ResultRow], scores: [ScoreRow]) -> [ThresholdFinding] {
        guard section == .result else {
            return scores.map { score in
                finding(
                    score.metrics[set.name]?[figure] ?? nil, score.model_id, score.model_alias, nil, score.model_alias)
            }
        }
        let severalLoads = Set(results.map(\.load)).count > 1
        return results.map { row in
            finding(
                value(of: row), row.model_id, row.model_alias, row.scenario, row.place(namingLoad: severalLoads))
        }
    }

    private func value(of row: ResultRow) -> Double? {
        if let column = ResultRow.originalColumns.first(where: { $0.0 == figure }) {
            return row.columns(from: set.name, names: set.columns)?[keyPath: column.1]
        }
        return row.metrics[set.name]?[figure] ?? nil
    }

    private func finding(
        _ value: Double?, _ model: String, _ alias: String, _ scenario: String?, _ place: String
    ) -> ThresholdFinding {
        ThresholdFinding(
            condition: text, figure: figure, model_id: model, model_alias: alias, scenario: scenario, place: place,
            // JSON has no infinity, which a failed request may count as.
            value: value.flatMap { $0.isFinite ? $0 : nil }, unit: unit,
            outcome: value.map { relation.holds($0, limit) ? .failed : .passed } ?? .unknown)
    }
}

extension ResultRow {
    /// `phi-4, Short, 16 streams`.
    func place(namingLoad: Bool) -> String {
        [model_alias, scenario, namingLoad ? load : nil].compactMap(\.self).joined(separator: ", ")
    }

    /// `16 streams`, `2.5 requests/s`; nil when it is not known.
    var load: String? {
        rate.map { "\(Figures.rate($0)) requests/s" } ?? concurrency.map { Figures.counted($0, "stream", "streams") }
    }
}
