import Formulas
import ProjectionKit
import Results
import Runs
import Statistics

/// Two runs, or two models of one run, held against each other: figure by figure, and what else differed.
public struct Comparison: Codable, Sendable {
    public var before: Side
    public var after: Side
    /// The set that the figures are of.
    public var formula_set: String
    /// A smaller relative change counts as none.
    public var least_change: Double
    /// What differed besides the figures; empty when nothing that is known did.
    public var differences: [Difference]
    public var rows: [Row]
    /// Results of one side that the other has none for.
    public var unmatched: [String]

    /// One of the two.
    public struct Side: Codable, Sendable {
        public var run_id: String
        /// When only one model of the run is compared.
        @Nullable public var model_id: String?
        /// ms since the epoch.
        @Nullable public var started_at: Int64?
    }

    /// Something that was not the same on both sides, so that a change of figures may be its.
    public struct Difference: Codable, Sendable, Equatable {
        /// What it is: `model_name of phi-4-mini`, `config.seed`, `hardware.cpu.brand`.
        public var what: String
        /// Null when it is not known.
        @Nullable public var before: String?
        @Nullable public var after: String?
    }

    /// One figure on both sides.
    public struct Row: Codable, Sendable {
        public var model_before: String
        public var model_after: String
        public var scenario: String
        @Nullable public var concurrency: Int?
        @Nullable public var rate: Double?
        /// The set's name of the figure.
        public var metric: String
        public var unit: String
        /// `higher`, `lower` or `none`.
        public var better: String
        @Nullable public var before: Double?
        @Nullable public var after: Double?
        /// (after − before) ÷ |before|; null when before is 0 or not known.
        @Nullable public var change: Double?
        /// The ends of its 95 % interval (bootstrap over the requests).
        @Nullable public var change_low: Double?
        @Nullable public var change_high: Double?
        /// How often chance alone would set the two as far apart, corrected for all the rows (Benjamini and Hochberg); null
        /// when they are equal or it can't be told.
        @Nullable public var p: Double?
        /// `mann_whitney` over the requests' own values, or `bootstrap`; null when there is no p.
        @Nullable public var test: String?
        public var verdict: Verdict
    }

    /// What may be said of a change.
    public enum Verdict: String, Codable, Sendable, CaseIterable {
        case better, worse
        /// Of a figure that has no better way.
        case changed
        case noClearChange = "no_clear_change"
        /// One side has no value, or too few to tell.
        case unknown
    }

    /// Whether any figure became clearly worse.
    public var hasRegression: Bool { rows.contains { $0.verdict == .worse } }
}

extension Comparison.Row {
    /// Of a change that is clear by its p-value and large enough, which way it goes.
    mutating func judge(level: Double, leastChange: Double) {
        guard let before, let after, before == after || p != nil else { return verdict = .unknown }
        guard let p, p < level, abs(change ?? .infinity) >= leastChange else { return verdict = .noClearChange }
        verdict =
            switch FormulaSet.Direction(rawValue: better) {
            case .higher: after > before ? .better : .worse
            case .lower: after < before ? .better : .worse
            default: .changed
            }
    }
}
