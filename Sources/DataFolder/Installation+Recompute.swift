import EventStore
import Events
import Formulas
import Results
import Runs

extension Installation {
    /// Evaluates formula sets over the samples of results that are there. Records nothing.
    ///
    /// - Parameters:
    ///   - before: what the figures are held against; each run's own set when nil.
    ///   - metrics: the figures that are wanted, changed or not; when empty, those of all that change.
    ///   - progress: told how many runs are done, of how many.
    /// - Throws: `RecomputationError`, `CancellationError` when the task is cancelled, and what reading throws.
    public func recompute(
        with sets: [FormulaSet], over selection: ResultSelection = .init(), before: FormulaSet? = nil,
        metrics: [String] = [], progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) throws -> Recomputation {
        let sets = sets.sorted { $0.name < $1.name }
        guard !sets.isEmpty else { throw RecomputationError.noSets }
        for (set, next) in zip(sets, sets.dropFirst()) where set.name == next.name {
            throw RecomputationError.sameName(set.name)
        }
        try Self.check(metrics, sets)
        let (runs, models) = try chosen(selection)
        var table = RecomputationTable(sets, metrics)
        for first in stride(from: 0, to: runs.count, by: Self.runsAtOnce) {
            progress(first, runs.count)
            let chunk = Array(runs[first..<min(first + Self.runsAtOnce, runs.count)])
            let own = chunk.map { before ?? FormulaSet.named($0.formula_set) }
            let kept = own.map { before == nil ? table.metricsBefore(in: $0) : [] }
            let found = try inParallel(chunk.count) { index in
                try places(of: chunk[index], models, keeping: kept[index], of: own[index])
            }
            let rows = found.flatMap(\.rows)
            let after = try sets.map { try evaluate($0, of: rows) }
            let old =
                try before.map { try evaluate($0, of: rows).map(\.dictionary) }
                ?? rows.map { $0.metrics[$0.formula_set] ?? [:] }
            var next = 0
            for (index, places) in found.enumerated() {
                let range = next..<(next + places.rows.count)
                table.add(
                    chunk[index], places.rows, places.scores, after.map { Array($0[range]) }, Array(old[range]),
                    own: own[index], isOwnKept: before == nil)
                next = range.upperBound
            }
        }
        progress(runs.count, runs.count)
        guard table.results > 0 else { throw RecomputationError.nothingSelected }
        table.rank()
        return Recomputation(
            sets: sets, selection: selection, runIDs: runs.map(\.id), modelIDs: models, results: table.results,
            digest: table.digest.text, table: table)
    }

    /// Records that the figures stand in the results from now on. Does nothing when these very figures do already.
    ///
    /// - Parameter digest: of the outcome that was looked at.
    /// - Returns: where the log says so, and whether it said so before.
    /// - Throws: `RecomputationError` when the outcome is another one, or a name would get a second meaning; `LogError`.
    public func apply(
        _ recomputation: Recomputation, expecting digest: String
    ) async throws -> AppliedRecomputation {
        guard recomputation.digest == digest else {
            throw RecomputationError.otherOutcome(expected: digest, found: recomputation.digest)
        }
        for set in recomputation.sets {
            if let ours = FormulaSet.named(set.name), ours.digest != set.digest {
                throw RecomputationError.builtInName(set.name)
            }
            do {
                _ = try await log.append([set.adoption], to: .system, expecting: .any)
            } catch let error as LogError {
                guard case .duplicateIDWithOtherBytes(_, let position) = error.code else { throw error }
                throw RecomputationError.otherText(set.name, position: position)
            }
        }
        let event = RecomputationApplied(recomputation)
        // The same figures for the same question are the same event, however often they are applied.
        let text = try String(decoding: Event.recomputationApplied(event).json(), as: UTF8.self)
        let id = EventID(deterministicFrom: "recomputation/" + text)
        let appended = try await log.append([NewEvent(.recomputationApplied(event), id: id)], to: .system)
        return AppliedRecomputation(position: appended.last, wasAlreadyThere: appended.wasAlreadyThere)
    }

    /// Every recomputation that was applied, the newest first.
    public func recomputations() throws -> Answer<[RecomputationRow]> {
        try answer { try tables.live(ResultsProjection.self, in: $0).recomputations(in: $0) }
    }

    /// The sets that the log has the text of, in order of name; without those that this version of the language does not read.
    public func adoptedSets() throws -> [FormulaSet] {
        let texts = try answer { try tables.live(ResultsProjection.self, in: $0).adoptedTexts(in: $0) }.value
        return parsedSets.withLock { parsed in
            // Reading a set takes milliseconds, and each is asked for again and again.
            parsed = Dictionary(
                texts.compactMap { entry in
                    (parsed[entry.text] ?? (try? FormulaSet(text: entry.text, file: entry.name))).map {
                        (entry.text, $0)
                    }
                }, uniquingKeysWith: { first, _ in first })
            return texts.compactMap { parsed[$0.text] }
        }
    }

    /// Runs whose results are in memory at a time: enough to keep the cores at work.
    private static let runsAtOnce = 32

    /// A run's results, with these figures of its own set, and its models' scores; of these models alone.
    private func places(
        of run: RunRow, _ models: [String], keeping metrics: [String], of set: FormulaSet?
    ) throws -> (rows: [ResultRow], scores: [ScoreRow]) {
        try answer { transaction in
            let results = try tables.live(ResultsProjection.self, in: transaction)
            let rows = try results.places(of: run.id, with: metrics, of: set?.name ?? "", in: transaction)
            let scores = try results.scores(of: run.id, in: transaction).sorted { $0.model_id < $1.model_id }
            guard !models.isEmpty else { return (rows, scores) }
            return (
                rows.filter { models.contains($0.model_id) }, scores.filter { models.contains($0.model_id) }
            )
        }.value
    }

    private static func check(_ metrics: [String], _ sets: [FormulaSet]) throws {
        let known = sets.flatMap { $0.metrics.filter { $0.section != .sample }.map(\.name) }
        for name in metrics where !known.contains(name) {
            throw RecomputationError.unknownMetric(
                name, sets: sets.map { "'\($0.name)'" }, guess: Guess.sentence(for: name, among: known))
        }
    }

    /// The runs and the models that a selection means. Runs that go on are left out, unless one is named.
    private func chosen(_ selection: ResultSelection) throws -> (runs: [RunRow], models: [String]) {
        var all = try runs().value
        if let suite = selection.suite, !all.contains(where: { $0.suite_name == suite }) {
            throw RecomputationError.unknownSuite(suite, known: Set(all.map(\.suite_name)).sorted())
        }
        let phases = all.flatMap(\.phases)
        let models = try selection.models.flatMap { name in
            let found = phases.filter { [$0.model_id, $0.alias, $0.model_name].contains(name) }.map(\.model_id)
            guard !found.isEmpty else {
                throw RecomputationError.unknownModel(name, known: Set(phases.map(\.alias)).sorted())
            }
            return found
        }
        if !selection.runs.isEmpty {
            let named = try selection.runs.map { name in
                guard let run = try run(name).value?.run else { throw RecomputationError.unknownRun(name) }
                try requireOwn(run)
                guard run.status != .running else { throw RecomputationError.runGoesOn(run.id) }
                return run.id
            }
            all = all.filter { named.contains($0.id) }
        }
        let chosen = all.filter { run in
            run.status != .running && (selection.suite == nil || run.suite_name == selection.suite)
                && (models.isEmpty || !Set(run.model_ids).isDisjoint(with: models))
                && selection.since.map { run.created_at >= $0 / 1_000_000 } ?? true
        }
        guard !chosen.isEmpty else { throw RecomputationError.nothingSelected }
        return (chosen, Set(models).sorted())
    }
}

extension RecomputationApplied {
    fileprivate init(_ recomputation: Recomputation) {
        let asked = recomputation.selection
        self = .with {
            $0.sets = recomputation.sets.map { set in .with { ($0.name, $0.digest) = (set.name, set.digest) } }
            $0.selection = .with {
                $0.runs = asked.runs
                $0.models = asked.models
                if let suite = asked.suite { $0.suite = suite }
                if let since = asked.since { $0.sinceUnixNs = since }
            }
            $0.runIds = recomputation.runIDs
            $0.modelIds = recomputation.modelIDs
            $0.results = UInt64(recomputation.results)
            $0.outcomeDigest = recomputation.digest
        }
    }
}
