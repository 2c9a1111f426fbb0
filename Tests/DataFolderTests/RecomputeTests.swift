import DataFolder
import EventStore
import Events
import Formulas
import Foundation
import TestSupport
import Testing

/// Figures of other formulas for runs that were measured before the formulas were thought of.
struct RecomputeTests {
    /// Two runs of two models; `slow` waits longer for its first token.
    static func with(_ body: (Installation) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let installation = try Installation(folder: folder)
            defer { installation.close() }
            for (id, suite, waits) in [("r1", "quick", [50.0, 80]), ("r2", "long", [60, 40])] {
                var requested = RunRequested.fixture(id: id, models: ["fast", "slow"])
                requested.suiteName = suite
                var events: [Event] = [.runRequested(requested), .runStarted(.with { $0.runID = id })]
                for (model, wait) in zip(["fast", "slow"], waits) {
                    events += (0..<5).map {
                        .inferenceSampled(
                            .fixture(
                                run: id, model: model, iteration: UInt32($0), start: Double($0) * 200,
                                ttft: wait + Double($0), completionTokens: 5))
                    }
                }
                events.append(.runCompleted(.with { $0.runID = id }))
                _ = try await installation.log.append(events.map { NewEvent($0) }, to: .run(id))
            }
            try installation.projector.catchUp()
            try await body(installation)
        }
    }

    /// A set of one figure that has a column of the original's, one that is new, and a model's value.
    static func set(_ name: String = "mine", version: Int = 1, patience: Double = 55) throws -> FormulaSet {
        try FormulaSet(
            text: """
                set: \(name)
                version: \(version)
                constants: {patience: {value: \(patience), unit: ms}}
                sample: {wait: {expr: first_content - sent, unit: ms}}
                result:
                  ttft: {expr: max(wait), unit: ms, better: lower}
                  patient: {expr: count(where wait < patience) / count(), unit: share, better: higher}
                  never: {expr: mean(wait where failed), unit: ms, better: lower}
                model: {overall: {expr: mean(patient), unit: share, better: higher}}
                """, file: "mine.yaml")
    }

    private static func value(_ name: String, of set: String, _ run: String, _ model: String, _ all: Installation)
        throws -> Double?
    {
        let row = try #require(try all.results(run: run).value.first { $0.model_id == model })
        return row.metrics[set]?[name] ?? nil
    }

    @Test func aDryRunShowsFiguresAndRanksAndRecordsNothing() async throws {
        try await Self.with { installation in
            let before = try installation.log.lastPosition()

            let outcome = try installation.recompute(with: [Self.set()], over: .init(runs: ["r1"]))

            #expect(try installation.log.lastPosition() == before)
            #expect(outcome.results == 2)
            #expect(outcome.runIDs == ["r1"])
            let figures = outcome.figures()
            let fast = try #require(figures.first { $0.metric == "ttft" && $0.model_id == "fast" })
            #expect(fast.metric_before == "ttft_p50")
            #expect(fast.formula_set_before == "standard/1")
            #expect((fast.before, fast.after) == (52, 54))
            #expect(abs(try #require(fast.change) - 2.0 / 52) < 1e-12)
            #expect((fast.rank_before, fast.rank_after, fast.rank_change) == (1, 1, 0))
            let slow = try #require(figures.first { $0.metric == "patient" && $0.model_id == "slow" })
            #expect((slow.before, slow.after, slow.metric_before) == (nil, 0, nil))
            #expect((slow.rank_before, slow.rank_after) == (nil, 2))
            let overall = try #require(figures.first { $0.metric == "overall" && $0.model_id == "fast" })
            #expect((overall.scenario, overall.after, overall.rank_after) == (nil, 1, 1))
            // What neither has is no figure.
            #expect(!figures.contains { $0.metric == "never" })
        }
    }

    @Test func appliedFiguresStandBesideTheOldAndARebuildGivesTheSame() async throws {
        try await Self.with { installation in
            let old = try installation.results().value
            let outcome = try installation.recompute(with: [Self.set()])
            let applied = try await installation.apply(outcome, expecting: outcome.digest)
            try installation.projector.catchUp()

            let set = try Self.set()
            for (row, before) in zip(try installation.results().value, old) {
                #expect(row.metrics["standard/1"] == before.metrics["standard/1"])
                #expect(row.formula_digests["mine/1"] == set.digest)
                #expect(row.metrics["mine/1"]?.count == 3)
                #expect(row.ttft == before.ttft)
                #expect(row.last_position == applied.position)
            }
            #expect(try Self.value("ttft", of: "mine/1", "r2", "fast", installation) == 64)
            let scores = try #require(try installation.run("r1").value).scores
            #expect(scores.first { $0.model_id == "fast" }?.metrics["mine/1"] == ["overall": 1])
            #expect(try installation.projector.check().isEmpty)
            // The set can be read from the log alone.
            let row = try #require(try installation.results(run: "r1").value.first)
            let logged = try installation.formulaSet("mine/1")
            #expect(try installation.columns(of: [row], from: logged).first?.ttft == 54)

            try installation.projector.rebuild()
            #expect(try Self.value("patient", of: "mine/1", "r1", "slow", installation) == 0)
            let listed = try #require(try installation.recomputations().value.first)
            #expect(listed.position == applied.position)
            #expect(listed.sets == ["mine/1": set.digest])
            #expect((listed.results, listed.outcome_digest) == (4, outcome.digest))
        }
    }

    @Test func applyingTwiceIsOneEvent() async throws {
        try await Self.with { installation in
            let first = try installation.recompute(with: [Self.set()])
            let applied = try await installation.apply(first, expecting: first.digest)
            try installation.projector.catchUp()
            let again = try await installation.apply(
                installation.recompute(with: [Self.set()]), expecting: first.digest)

            #expect(again.position == applied.position)
            #expect(again.wasAlreadyThere && !applied.wasAlreadyThere)
            #expect(try installation.log.lastPosition() == applied.position)
        }
    }

    @Test func severalSetsAreAppliedSideBySide() async throws {
        try await Self.with { installation in
            let sets = [try Self.set("zeta"), try Self.set("alpha", patience: 10)]
            let outcome = try installation.recompute(with: sets)
            #expect(try installation.recompute(with: sets.reversed()).digest == outcome.digest)
            _ = try await installation.apply(outcome, expecting: outcome.digest)
            try installation.projector.catchUp()

            #expect(try Self.value("patient", of: "alpha/1", "r1", "fast", installation) == 0)
            #expect(try Self.value("patient", of: "zeta/1", "r1", "fast", installation) == 1)
            #expect(try installation.projector.check().isEmpty)
        }
    }

    @Test func onlyWhatWasSelectedIsRecomputed() async throws {
        try await Self.with { installation in
            let outcome = try installation.recompute(
                with: [Self.set()], over: .init(models: ["slow"], suite: "long"))
            #expect((outcome.runIDs, outcome.modelIDs, outcome.results) == (["r2"], ["slow"], 1))
            _ = try await installation.apply(outcome, expecting: outcome.digest)
            try installation.projector.catchUp()

            #expect(try Self.value("ttft", of: "mine/1", "r2", "slow", installation) == 44)
            #expect(try Self.value("ttft", of: "mine/1", "r2", "fast", installation) == nil)
            #expect(try Self.value("ttft", of: "mine/1", "r1", "slow", installation) == nil)
            #expect(try installation.projector.check().isEmpty)
            let future = Int64(Date(timeIntervalSinceNow: 60).timeIntervalSince1970 * 1e9)
            #expect(throws: RecomputationError.nothingSelected) {
                try installation.recompute(with: [Self.set()], over: .init(since: future))
            }
        }
    }

    @Test func figuresThatAreAskedForAreThereWhetherTheyChangeOrNot() async throws {
        try await Self.with { installation in
            let standard = try installation.formulaSet("standard/1")
            let same = try installation.recompute(with: [standard])
            #expect(same.changed == 0 && same.unchanged > 20)

            let asked = try installation.recompute(with: [standard], metrics: ["ttft_p50"])
            #expect((asked.changed, asked.unchanged) == (4, 0))
            #expect(asked.figures(3).count == 3)
        }
    }

    @Test func twoSetsCanBeHeldAgainstEachOther() async throws {
        try await Self.with { installation in
            let outcome = try installation.recompute(
                with: [Self.set(version: 2, patience: 53)], over: .init(runs: ["r1"]), before: Self.set())
            let fast = try #require(outcome.figures().first { $0.metric == "patient" && $0.model_id == "fast" })
            #expect((fast.before, fast.after) == (1, 0.6))
            #expect(fast.formula_set_before == "mine/1")
            let overall = try #require(outcome.figures().first { $0.metric == "overall" && $0.model_id == "fast" })
            #expect((overall.before, overall.after) == (1, 0.6))
            // Of the same value nothing is shown.
            #expect(!outcome.figures().contains { $0.metric == "ttft" })
        }
    }

    @Test func anotherOutcomeIsNotApplied() async throws {
        try await Self.with { installation in
            let outcome = try installation.recompute(with: [Self.set()])
            let position = try installation.log.lastPosition()

            let error = await #expect(throws: RecomputationError.self) {
                try await installation.apply(outcome, expecting: "sha256:00")
            }

            #expect(error == .otherOutcome(expected: "sha256:00", found: outcome.digest))
            #expect(error?.description.contains("--dry-run") == true)
            #expect(try installation.log.lastPosition() == position)
        }
    }

    @Test func aNameKeepsItsText() async throws {
        try await Self.with { installation in
            let outcome = try installation.recompute(with: [Self.set()])
            _ = try await installation.apply(outcome, expecting: outcome.digest)
            try installation.projector.catchUp()

            let other = try installation.recompute(with: [Self.set(patience: 70)])
            let error = await #expect(throws: RecomputationError.self) {
                try await installation.apply(other, expecting: other.digest)
            }
            #expect(error?.description.contains("Raise the set's version") == true)
            let taken = try FormulaSet(
                text: "set: standard\nversion: 1\nresult: {n: {expr: count(), unit: '1'}}", file: "s")
            let ours = try installation.recompute(with: [taken])
            await #expect(throws: RecomputationError.builtInName("standard/1")) {
                try await installation.apply(ours, expecting: ours.digest)
            }
            // Looked at, the other text is what counts, whatever the tables keep under the name.
            #expect(other.figures().first { $0.metric == "patient" && $0.model_id == "fast" }?.after == 1)
        }
    }

    @Test(arguments: [
        (ResultSelection(runs: ["r9"]), [], "Unknown run 'r9'"),
        (ResultSelection(models: ["fats"]), [], "Did you mean 'fast'?"),
        (ResultSelection(suite: "quik"), [], "Did you mean 'quick'?"),
        (ResultSelection(), ["pateint"], "Did you mean 'patient'?"),
    ])
    func whatIsNotThereIsNamed(selection: ResultSelection, metrics: [String], sentence: String) async throws {
        try await Self.with { installation in
            let error = #expect(throws: RecomputationError.self) {
                try installation.recompute(with: [Self.set()], over: selection, metrics: metrics)
            }
            #expect(error?.description.contains(sentence) == true, "\(String(describing: error))")
        }
    }

    @Test func aRunThatGoesOnIsLeftOut() async throws {
        try await Self.with { installation in
            let events: [Event] = [
                .runRequested(.fixture(id: "r3")), .inferenceSampled(.fixture(run: "r3", completionTokens: 5)),
            ]
            _ = try await installation.log.append(events.map { NewEvent($0) }, to: .run("r3"))
            try installation.projector.catchUp()

            #expect(try installation.recompute(with: [Self.set()]).runIDs.sorted() == ["r1", "r2"])
            #expect(throws: RecomputationError.runGoesOn("r3")) {
                try installation.recompute(with: [Self.set()], over: .init(runs: ["r3"]))
            }
        }
    }

    @Test func samplesThatComeAfterwardsCountInAppliedFiguresToo() async throws {
        try await Self.with { installation in
            let outcome = try installation.recompute(with: [Self.set()])
            _ = try await installation.apply(outcome, expecting: outcome.digest)
            try installation.projector.catchUp()

            let late = InferenceSampled.fixture(run: "r1", model: "fast", iteration: 9, start: 5000, ttft: 90)
            _ = try await installation.log.append([NewEvent(.inferenceSampled(late))], to: .run("r1"))
            try installation.projector.catchUp()

            #expect(try Self.value("ttft", of: "mine/1", "r1", "fast", installation) == 90)
            #expect(try installation.projector.check().isEmpty)
        }
    }

    @Test func aTextThatIsNotReadAnyMoreLeavesTheTablesWhole() async throws {
        try await Self.with { installation in
            let events: [Event] = [
                .formulaSetAdopted(.with { ($0.name, $0.text, $0.digest) = ("old/1", "set: old", "sha256:07") }),
                .recomputationApplied(
                    .with {
                        $0.sets = [.with { ($0.name, $0.digest) = ("old/1", "sha256:07") }]
                        $0.runIds = ["r1", "gone"]
                    }),
            ]
            _ = try await installation.log.append(events.map { NewEvent($0) }, to: .system)
            try installation.projector.catchUp()

            #expect(try Self.value("ttft_p50", of: "standard/1", "r1", "fast", installation) == 52)
            #expect(try installation.adoptedSets().isEmpty)
            #expect(try installation.projector.check().isEmpty)
        }
    }
}
