import Events
import Formulas
import ProjectionKit
import Storage

/// A set whose figures were applied to the results of a run.
struct AdoptedSet: Codable, Sendable, Hashable {
    var name: String
    var digest: String
    /// Ids of the models whose results have them; empty when all have.
    var models: [String]
    /// Where in the log they were applied.
    var position: UInt64
}

/// The text of a set that was adopted, and where in the log it stands.
struct AdoptedText: Codable, Sendable, Hashable {
    var name: String
    var text: String
    var position: UInt64
}

/// Figures that were computed for results which were there already, and stand in them since.
public struct RecomputationRow: Codable, Sendable, Hashable {
    /// The event's position.
    public var position: UInt64
    /// ms since the epoch.
    public var applied_at: Int64
    /// Set name → `sha256:…` of its text.
    public var sets: [String: String]
    /// As it was asked for: nothing is left out by an empty list, or by null.
    public var runs: [String]
    public var models: [String]
    @Nullable public var suite: String?
    /// ms since the epoch.
    @Nullable public var since: Int64?
    /// The runs that it came to.
    public var run_ids: [String]
    /// How many results got the figures.
    public var results: Int
    /// `sha256:…` over the sets and every figure.
    public var outcome_digest: String

    init(_ event: RecomputationApplied, at position: UInt64, _ milliseconds: Int64) {
        let selection = event.selection
        self.position = position
        applied_at = milliseconds
        sets = Dictionary(event.sets.map { ($0.name, $0.digest) }, uniquingKeysWith: { $1 })
        (runs, models) = (selection.runs, selection.models)
        suite = selection.suite.isEmpty ? nil : selection.suite
        since = selection.hasSinceUnixNs ? selection.sinceUnixNs / 1_000_000 : nil
        run_ids = event.runIds
        results = Int(event.results)
        outcome_digest = event.outcomeDigest
    }
}

extension RunPlan {
    /// Takes over that the sets' figures are to stand in the run's results.
    mutating func take(_ event: RecomputationApplied, at position: UInt64) {
        for set in event.sets {
            adopted.append(
                AdoptedSet(name: set.name, digest: set.digest, models: event.modelIds, position: position))
        }
    }

    /// The sets that were applied to a model's results; of one name the last.
    func adopted(by model: String) -> [AdoptedSet] {
        let all = adopted.filter { $0.models.isEmpty || $0.models.contains(model) }
        return all.indices.filter { place in !all[(place + 1)...].contains { $0.name == all[place].name } }
            .map { all[$0] }
    }
}

extension ResultsProjection {
    /// Every recomputation that was applied, the newest first.
    public func recomputations(in transaction: borrowing some Transaction & ~Copyable) throws -> [RecomputationRow] {
        try recomputations.newest(.max, in: transaction)
    }

    /// The texts of the sets that were adopted, of one name the last, in order of name.
    public func adoptedTexts(
        in transaction: borrowing some Transaction & ~Copyable
    ) throws -> [(name: String, text: String)] {
        let all = try texts.all(in: transaction).sorted { $0.position < $1.position }
        return Dictionary(all.map { ($0.name, $0.text) }, uniquingKeysWith: { $1 })
            .sorted { $0.key < $1.key }.map { (name: $0.key, text: $0.value) }
    }
}
