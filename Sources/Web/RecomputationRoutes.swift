import DataFolder
import EventStore
import Events
import Formulas
import Foundation
import Hummingbird
import Orchestrator
import ProjectionKit
import Results
import Synchronization

/// The body of `POST /api/recomputations`.
private struct RecomputationOrder: Decodable {
    /// Names of formula sets.
    var formulas: [String]?
    /// The text of one that has no name here yet.
    var text: String?
    var runs: [String]?
    var models: [String]?
    var suite: String?
    /// Runs requested then or later: ms since the epoch.
    var since: Int64?
    /// The figures that are wanted; those that change when absent.
    var metrics: [String]?
    /// The set that the figures are held against; each run's own when absent.
    var before: String?
    /// The digest of the outcome that is to be applied; nothing is recorded without it.
    var expect: String?
    /// How many figures the answer has at most.
    var limit: Int?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case formulas, text, runs, models, suite, since, metrics, before, expect, limit
    }
    private struct AnyKey: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let known = CodingKeys.allCases.map(\.rawValue)
        for key in try decoder.container(keyedBy: AnyKey.self).allKeys where !known.contains(key.stringValue) {
            throw Problem.badRequest(
                "The request's body has an unknown member '\(key.stringValue)'."
                    + Guess.sentence(for: key.stringValue, among: known) + " Known are: "
                    + "\(known.joined(separator: ", ")).")
        }
        let members = try decoder.container(keyedBy: CodingKeys.self)
        formulas = try members.decodeIfPresent([String].self, forKey: .formulas)
        text = try members.decodeIfPresent(String.self, forKey: .text)
        runs = try members.decodeIfPresent([String].self, forKey: .runs)
        models = try members.decodeIfPresent([String].self, forKey: .models)
        suite = try members.decodeIfPresent(String.self, forKey: .suite)
        since = try members.decodeIfPresent(Int64.self, forKey: .since)
        metrics = try members.decodeIfPresent([String].self, forKey: .metrics)
        before = try members.decodeIfPresent(String.self, forKey: .before)
        expect = try members.decodeIfPresent(String.self, forKey: .expect)
        limit = try members.decodeIfPresent(Int.self, forKey: .limit)
    }

    static let mostFigures = 10_000

    func sets(_ installation: Installation) throws -> [FormulaSet] {
        var sets = try (formulas ?? []).map { try installation.formulaSet($0) }
        if let text {
            do throws(FormulaError) {
                sets.append(try FormulaSet(text: text, file: "text"))
            } catch {
                throw Problem.badRequest(error.description)
            }
        }
        guard !sets.isEmpty else {
            throw Problem.badRequest(
                "The request's body must have 'formulas', a list of sets' names, or 'text', a set. GET /api/formulas lists those "
                    + "there are.")
        }
        return sets
    }

    func selection() throws -> ResultSelection {
        let (nanoseconds, isTooFar) = (since ?? 0).multipliedReportingOverflow(by: 1_000_000)
        guard !isTooFar else { throw Problem.badRequest("'since' must be milliseconds since the epoch.") }
        return .init(
            runs: runs ?? [], models: models ?? [], suite: suite, since: since.map { _ in nanoseconds })
    }

    func figureLimit() throws -> Int {
        guard let limit else { return 1_000 }
        guard (0...Self.mostFigures).contains(limit) else {
            throw Problem.badRequest("'limit' must be from 0 to \(Self.mostFigures), found \(limit).")
        }
        return limit
    }
}

/// A recomputation that goes on, or has ended.
private struct RecomputationJob: Codable {
    enum Status: String, Codable { case running, completed, failed }

    var id: String
    var status = Status.running
    /// Runs that are done, and how many there are.
    var done = 0
    var of = 0
    /// Why it failed; null when it did not.
    @Nullable var error: String?
    /// Null until it is there.
    @Nullable var outcome: RecomputationOutcome?
}

/// What was ordered of late.
private final class RecomputationJobs: Sendable {
    /// Those that are remembered.
    private static let limit = 16

    private let jobs = Mutex<[RecomputationJob]>([])

    func add(_ id: String) { jobs.withLock { $0 = ($0 + [RecomputationJob(id: id)]).suffix(Self.limit) } }

    func remove(_ id: String) { jobs.withLock { $0.removeAll { $0.id == id } } }

    func job(_ id: String) -> RecomputationJob? { jobs.withLock { $0.first { $0.id == id } } }

    func change(_ id: String, _ change: (inout RecomputationJob) -> Void) {
        jobs.withLock { jobs in
            guard let index = jobs.firstIndex(where: { $0.id == id }) else { return }
            change(&jobs[index])
        }
    }
}

private struct RecomputationList: Codable {
    var recomputations: [RecomputationRow]
    var position: UInt64
}

/// `GET` and `POST /api/recomputations`. A `POST` is answered 202 with a `Location` that tells how it stands and what came of it.
func addRecomputationRoutes(to table: inout RouteTable, _ sources: WebSources) {
    let installation = sources.installation
    let jobs = RecomputationJobs()

    table.get(
        "/api/recomputations", "The recomputations that were applied.", answer: .json(RecomputationList.self),
        isOfTables: true
    ) { _ in
        let answer = try installation.recomputations()
        return try Response.json(RecomputationList(recomputations: answer.value, position: answer.position))
    }
    table.get(
        "/api/recomputations/{id}", "How a recomputation stands and what came of it, or what an applied one was.",
        answer: .json(JSONValue.self)
    ) { call in
        let id = try call.id
        if let job = jobs.job(id) { return try Response.json(job) }
        guard let row = try installation.recomputations().value.first(where: { "\($0.position)" == id }) else {
            throw Problem.notFound(
                "Unknown recomputation '\(id)'. GET /api/recomputations lists those that were applied; of others the last ones "
                    + "are remembered.")
        }
        return try Response.json(row)
    }
    table.delete(
        "/api/recomputations/{id}", "Cancels a recomputation that goes on.", answer: .json(Success.self)
    ) { call in
        let id = try call.id
        guard await sources.work.cancel("recomputation", id) else {
            throw Problem.conflict("Recomputation '\(id)' does not go on: there is nothing to cancel.")
        }
        return try Response.json(Success(message: "The recomputation is being cancelled; nothing is recorded."))
    }
    table.post(
        "/api/recomputations", "Evaluates formula sets over results; applies them when 'expect' is their digest.",
        body: .json(RecomputationOrder.self), answer: .json(JSONValue.self, status: .accepted)
    ) { call in
        let order = try await call.request.json(RecomputationOrder.self)
        let (sets, selection, limit) = (
            try order.sets(installation), try order.selection(), try order.figureLimit()
        )
        let before = try order.before.map { try installation.formulaSet($0) }
        let id = EventID.make().description
        jobs.add(id)
        let isBegun = try await sources.work.begin("recomputation", id) { error in
            let sentence = error is CancellationError ? "It was cancelled." : "\(error)"
            jobs.change(id) { ($0.status, $0.error) = (.failed, sentence) }
        } _: { begun in
            begun()
            let recomputation = try installation.recompute(
                with: sets, over: selection, before: before, metrics: order.metrics ?? []
            ) { done, of in
                jobs.change(id) { ($0.done, $0.of) = (done, of) }
            }
            var applied: AppliedRecomputation?
            if let expect = order.expect {
                applied = try await installation.apply(recomputation, expecting: expect)
                try installation.projector.catchUp()
            }
            let outcome = RecomputationOutcome(recomputation, limit: limit, applied: applied)
            jobs.change(id) { ($0.status, $0.outcome) = (.completed, outcome) }
        }
        guard isBegun else {
            jobs.remove(id)
            throw Problem.conflict("Another recomputation goes on. Wait for its end, or cancel it.")
        }
        let job = jobs.job(id) ?? RecomputationJob(id: id)
        return try Response.accepted(job, at: "/api/recomputations/\(id)")
    }
}
