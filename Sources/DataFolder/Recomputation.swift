import Crypto
import Formulas
import Foundation
import ProjectionKit
import Results

/// Which results are to be recomputed. What is empty, or nil, leaves nothing out.
public struct ResultSelection: Sendable, Equatable {
    /// Ids, beginnings of ids that only one run has, or `latest`.
    public var runs: [String]
    /// Ids, aliases or exact names.
    public var models: [String]
    public var suite: String?
    /// Runs that were requested then or later: ns since the epoch.
    public var since: Int64?

    public init(runs: [String] = [], models: [String] = [], suite: String? = nil, since: Int64? = nil) {
        (self.runs, self.models, self.suite, self.since) = (runs, models, suite, since)
    }
}

/// What some formula sets make of results that are there: figures beside those that they have, and where they put each among
/// the others. Nothing is recorded by it.
public struct Recomputation: Sendable {
    /// In order of name.
    public var sets: [FormulaSet]
    public var selection: ResultSelection
    /// The runs whose results it has, the newest first. Runs that go on are left out: their figures would be others in a moment.
    public var runIDs: [String]
    /// Ids of the models that it is limited to; empty when to none.
    public var modelIDs: [String]
    /// How many results it has.
    public var results: Int
    /// `sha256:…` over the sets' texts and every figure: equal ones put the same figures into the same results.
    public var digest: String
    /// How many figures differ from what stands there; of those that were asked for by name, all.
    public var changed: Int { table.shown.count }
    /// How many others there are.
    public var unchanged: Int { table.cells.count - table.shown.count }

    let table: RecomputationTable

    /// The figures that `changed` counts: suite by suite, scenario by scenario, the best first.
    ///
    /// - Parameter limit: how many of them at most.
    public func figures(_ limit: Int = .max) -> [RecomputedFigure] { table.shown.prefix(limit).map(table.figure) }
}

/// One figure of one result, or of one model of a run over all its results, before and after.
public struct RecomputedFigure: Codable, Sendable, Hashable {
    public var formula_set: String
    public var metric: String
    public var unit: String
    /// `higher`, `lower` or `none`.
    public var better: String
    public var run_id: String
    public var suite_name: String
    public var model_id: String
    public var model_alias: String
    /// Null of a value over all of the model's scenarios.
    @Nullable public var scenario: String?
    @Nullable public var concurrency: Int?
    @Nullable public var rate: Double?
    /// The set and the metric that stand there now; null when that set has nothing that says the same.
    @Nullable public var formula_set_before: String?
    @Nullable public var metric_before: String?
    /// Null when it can't be computed.
    @Nullable public var before: Double?
    @Nullable public var after: Double?
    /// (after − before) ÷ |before|; null when before is 0 or not known.
    @Nullable public var change: Double?
    /// Its place among the selected results of the same suite, scenario and load, the best having 1 and equals the same. Null for
    /// a value that is null, and for a figure that has no better way.
    @Nullable public var rank_before: Int?
    @Nullable public var rank_after: Int?
    /// How many places it rises; falls when negative.
    @Nullable public var rank_change: Int?
}

/// Where the log says that figures were applied.
public struct AppliedRecomputation: Sendable, Equatable {
    public var position: UInt64
    /// Whether these very figures had been applied before, and nothing was recorded now.
    public var wasAlreadyThere: Bool
}

/// What came of a recomputation, for programs.
public struct RecomputationOutcome: Codable, Sendable, Hashable {
    public struct NamedSet: Codable, Sendable, Hashable {
        public var name: String
        /// `sha256:…` of its text.
        public var digest: String
    }

    public var outcome_digest: String
    public var formula_sets: [NamedSet]
    public var run_ids: [String]
    /// Empty when it is limited to none.
    public var model_ids: [String]
    public var results: Int
    public var figures: [RecomputedFigure]
    /// How many differ, `figures` and those that a limit left out.
    public var figures_changed: Int
    public var figures_unchanged: Int
    /// The position of the event that applied it; null when it was not applied.
    @Nullable public var applied_position: UInt64?
    @Nullable public var was_already_applied: Bool?

    /// - Parameter limit: how many figures at most.
    public init(_ recomputation: Recomputation, limit: Int = .max, applied: AppliedRecomputation? = nil) {
        outcome_digest = recomputation.digest
        formula_sets = recomputation.sets.map { NamedSet(name: $0.name, digest: $0.digest) }
        (run_ids, model_ids, results) = (recomputation.runIDs, recomputation.modelIDs, recomputation.results)
        figures = recomputation.figures(limit)
        (figures_changed, figures_unchanged) = (recomputation.changed, recomputation.unchanged)
        (applied_position, was_already_applied) = (applied?.position, applied?.wasAlreadyThere)
    }
}

/// A digest of figures: a line each, numbers by their bits.
struct OutcomeDigest {
    private var hash = SHA256()

    init(_ sets: [FormulaSet]) {
        line("flperf recomputation 1")
        for set in sets { line("set \(set.name) \(set.digest)") }
    }

    mutating func add(_ what: String, _ values: ResultValues) {
        line(what)
        for (name, value) in zip(values.names, values.values) {
            line("\(name) \(value.map { String($0.bitPattern, radix: 16) } ?? "null")")
        }
    }

    var text: String { "sha256:" + hash.finalize().map { String(format: "%02x", $0) }.joined() }

    private mutating func line(_ text: String) { hash.update(data: Data((text + "\n").utf8)) }
}

/// Why figures could not be computed or applied.
public enum RecomputationError: Error, Sendable, Equatable, CustomStringConvertible {
    case noSets
    case sameName(String)
    case unknownRun(String)
    case runGoesOn(String)
    case unknownModel(String, known: [String])
    case unknownSuite(String, known: [String])
    case unknownMetric(String, sets: [String], guess: String)
    case nothingSelected
    case otherOutcome(expected: String, found: String)
    case otherText(String, position: UInt64)
    case builtInName(String)

    public var description: String {
        switch self {
        case .noSets: "Could not recompute: no formula set was named."
        case .sameName(let name):
            "Could not recompute: two of the sets are called '\(name)'. Give one of them another name or version."
        case .unknownRun(let name): "Unknown run '\(name)'. `flperf runs list` shows those there are."
        case .runGoesOn(let id): "Could not recompute run '\(id)': it is going on. Wait for its end, or cancel it."
        case .unknownModel(let name, let known):
            "No run measured a model '\(name)'.\(Guess.sentence(for: name, among: known)) Measured were: "
                + "\(known.joined(separator: ", "))."
        case .unknownSuite(let name, let known):
            "No run is of a suite '\(name)'.\(Guess.sentence(for: name, among: known)) There are runs of: "
                + "\(known.joined(separator: ", "))."
        case .unknownMetric(let name, let sets, let guess):
            "No figure '\(name)' in \(sets.joined(separator: " or ")).\(guess)"
        case .nothingSelected:
            "There is nothing to recompute: no run that has ended and was not deleted fits the selection."
        case .otherOutcome(let expected, let found):
            "Could not apply: the outcome is now \(found), and not \(expected) as was expected. Since then a formula set or "
                + "the results have changed. Look at it again with --dry-run, then give the digest that this prints."
        case .otherText(let name, let position):
            "Could not apply '\(name)': event \(position) has another text of that name, and figures of one name must mean "
                + "one thing. Raise the set's version."
        case .builtInName(let name):
            "Could not apply '\(name)': that is the name of a built-in set, with another text. Give yours another name."
        }
    }
}
