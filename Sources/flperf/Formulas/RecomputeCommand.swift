import ArgumentParser
import DataFolder
import Formulas

struct RecomputeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recompute",
        abstract: "Computes the figures of other formulas for runs that were measured long ago.",
        discussion: """
            Example:
              flperf recompute --formulas mine.yaml
              flperf recompute --formulas mine.yaml --formulas vllm/1 --model phi-4-mini --since 7d --metric ttft
              flperf recompute --formulas mine.yaml --expect sha256:5f0c…

            Shows what the formulas make of the samples, beside the figures that stand there, and where they put each model among \
            the others. Nothing is recorded until --expect gives the digest of an outcome that was looked at: then the figures \
            stand in the results beside the old ones, under the set's name (`runs show --formulas mine/1`). Runs that go on are \
            left out.
            """)

    @OptionGroup var options: GlobalOptions
    @Option(help: "A formula set, by its name or a file. May be given several times.") var formulas: [String] = []
    @Option(help: "A run: its id, the beginning of it, or 'latest'. May be given several times; all runs by default.")
    var run: [String] = []
    @Option(help: "A model's alias or id. May be given several times; all models by default.") var model: [String] = []
    @Option(help: "Runs of this suite only.") var suite: String?
    @Option(
        help: ArgumentHelp("Runs requested since then: a time of RFC 3339, or a span such as 7d.", valueName: "time"))
    var since: Moment?
    @Option(help: "A figure to show, changed or not. May be given several times; by default those that change.")
    var metric: [String] = []
    @Option(help: "How many lines of the table to print; 0 prints all. --json has all.") var limit = 60
    @Flag(help: "Record nothing, whatever else is said; with --expect, tell whether the digest still holds.")
    var dryRun = false
    @Option(help: ArgumentHelp("Record the figures, if this is the digest of the outcome.", valueName: "digest"))
    var expect: String?

    func validate() throws {
        guard !formulas.isEmpty else {
            throw ValidationError(
                "'--formulas' is missing: the name of a formula set or a file. `flperf formulas list` shows the sets.")
        }
        guard limit >= 0 else { throw ValidationError("'--limit' must be 0 or more, found \(limit).") }
    }

    func run() async throws {
        let installation = try options.open()
        defer { installation.close() }
        let sets = try formulas.map { try installation.chosenSet($0) }
        let selection = ResultSelection(runs: run, models: model, suite: suite, since: since?.nanoseconds)
        let recomputation = try await recompute(sets, selection, installation)
        let applied = try await applied(recomputation, installation)
        if options.json { return try Console.json(RecomputationOutcome(recomputation, applied: applied)) }
        var report = RecomputationReport(recomputation, limit: limit == 0 ? .max : limit)
        report.applied = applied
        Console.out(report.text(.output))
        if expect == nil { Console.error("Nothing was recorded. To record it: --expect \(recomputation.digest)") }
    }

    /// Records the figures where that is what was asked for; nil where it was not.
    private func applied(
        _ recomputation: Recomputation, _ installation: Installation
    ) async throws -> AppliedRecomputation? {
        guard let expect else { return nil }
        guard dryRun else {
            let applied = try await installation.apply(recomputation, expecting: expect)
            let progress = ProgressLine("Folding the log", isQuiet: options.json)
            defer { progress.end() }
            try installation.projector.catchUp { progress.update($0, of: $1, "events") }
            return applied
        }
        guard recomputation.digest == expect else {
            throw RecomputationError.otherOutcome(expected: expect, found: recomputation.digest)
        }
        return nil
    }

    /// Ctrl-C ends it; nothing is recorded then.
    private func recompute(
        _ sets: [FormulaSet], _ selection: ResultSelection, _ installation: Installation
    ) async throws -> Recomputation {
        let progress = ProgressLine("Recomputing", isQuiet: options.json)
        defer { progress.end() }
        let task = Task {
            try installation.recompute(with: sets, over: selection, metrics: metric) {
                progress.update($0, of: $1, "runs")
            }
        }
        let signals = Interrupts { task.cancel() }
        defer { signals.stop() }
        do {
            return try await task.value
        } catch is CancellationError {
            throw Failure(.interrupted, "Interrupted: nothing was recorded.")
        }
    }
}
