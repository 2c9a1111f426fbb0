import ArgumentParser
import DataFolder
import Formulas

struct CompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Holds two runs, two models, or two formula sets against each other.",
        discussion: """
            Example:
              flperf compare 01998f2a latest
              flperf compare phi-4-mini qwen2.5-0.5b --metric ttft_p50 --metric output_tps
              flperf compare baseline.id latest --fail-on regression --min-change 2
              flperf compare latest --formulas standard/1 --formulas vllm/1

            Each change comes with its 95 % interval (bootstrap over the requests). It is called clear when chance alone would \
            seldom set the two as far apart: by Mann and Whitney's test over the requests' own values where the figure is their \
            middle or mean, else by resampling, corrected for the number of figures (Benjamini and Hochberg, 5 %).

            Of two formula sets it shows what each makes of the same samples of one run.
            """)

    /// What makes the command end with status 3.
    enum Threshold: String, ExpressibleByArgument, CaseIterable { case regression }

    @OptionGroup var options: GlobalOptions
    @OptionGroup var past: PastOption
    @Argument(help: "A run (its id, the beginning of it, or 'latest'), or a model (its alias or id).") var before:
        String
    @Argument(help: "The same kind, to be held against it; left out to compare two formula sets.") var after: String?
    @Option(help: "For two models: the run that measured both; the latest one by default.") var run: String?
    @Option(help: "The formula set, by its name or a file; the first run's own by default. Twice to compare two sets.")
    var formulas: [String] = []
    @Option(help: "A figure of the set. May be given several times; by default the original's.") var metric: [String] =
        []
    @Option(help: ArgumentHelp("A smaller change is none, however clear.", valueName: "percent")) var minChange = 1.0
    @Option(help: "regression: end with status 3 when a figure became clearly worse.") var failOn: Threshold?

    func validate() throws {
        guard (0...100).contains(minChange) else {
            throw ValidationError("'--min-change' must be from 0 to 100 percent, found \(minChange).")
        }
        guard after != nil || formulas.count == 2 else {
            throw ValidationError("A second run or model is missing; or give '--formulas' twice, to compare two sets.")
        }
        guard after == nil || formulas.count < 2 else {
            throw ValidationError(
                "Two runs are compared by one set: give '--formulas' once, or leave the second run out.")
        }
        guard after != nil || failOn == nil else {
            throw ValidationError("'--fail-on' is for two runs or models: the samples of two sets are the same.")
        }
    }

    func run() async throws {
        let installation = try options.open(past)
        defer { installation.close() }
        guard let after else { return try compareSets(installation) }
        let (first, second) = try sides(after, installation)
        let set = try installation.chosenSet(formulas.first ?? first.run.run.formula_set)
        for name in metric where !set.metrics.contains(where: { $0.section == .result && $0.name == name }) {
            let names = set.metrics.filter { $0.section == .result }.map(\.name)
            throw Failure(.usage, "'\(set.name)' has no figure '\(name)'. There are: \(names.joined(separator: ", ")).")
        }
        let comparison = try installation.compare(
            first, second, with: set, metrics: metric, leastChange: minChange / 100)
        guard !comparison.rows.isEmpty else {
            throw Failure(
                .failed,
                "There is nothing to compare: \(before) and \(after) share no model, scenario and load level that were measured."
            )
        }
        if options.json {
            try Console.json(comparison)
        } else {
            Console.out(ComparisonReport(comparison).text(.output))
        }
        if failOn == .regression, comparison.hasRegression {
            let worse = comparison.rows.count { $0.verdict == .worse }
            throw Failure(
                .threshold,
                "\(worse) of \(Figures.counted(comparison.rows.count, "figure is", "figures are")) clearly worse.")
        }
    }

    /// What two sets make of one run's samples.
    private func compareSets(_ installation: Installation) throws {
        let sets = try formulas.map { try installation.chosenSet($0) }
        let recomputation = try installation.recompute(
            with: [sets[1]], over: .init(runs: [before]), before: sets[0], metrics: metric)
        if options.json { return try Console.json(RecomputationOutcome(recomputation)) }
        var report = RecomputationReport(recomputation, limit: .max)
        report.titles = (sets[0].name, sets[1].name)
        Console.out(report.text(.output))
    }

    /// Both runs, or both models of one run.
    private func sides(
        _ after: String, _ installation: Installation
    ) throws -> (Installation.ComparedSide, Installation.ComparedSide) {
        if run == nil, let first = try installation.run(before).value {
            guard let second = try installation.run(after).value else { throw unknown(after, "run") }
            return (.init(first), .init(second))
        }
        // The newest that measured both.
        let runs =
            try run.map { name in
                guard let detail = try installation.run(name).value else { throw unknown(name, "run") }
                return [detail.run.id]
            } ?? installation.runs().value.map(\.id)
        for id in runs {
            guard let detail = try installation.run(id).value else { continue }
            let ids = [before, after].map { name in
                detail.run.phases.filter { [$0.model_id, $0.alias, $0.model_name].contains(name) }.map(\.model_id)
            }
            guard ids[0].count == 1, ids[1].count == 1 else { continue }
            return (.init(detail, model: ids[0][0]), .init(detail, model: ids[1][0]))
        }
        throw Failure(
            .failed,
            "'\(before)' and '\(after)' are no two runs, nor two models of one run\(run.map { " \($0)" } ?? ""). "
                + "`flperf runs list` shows the runs and their models.")
    }

    private func unknown(_ name: String, _ kind: String) -> Failure {
        Failure(.failed, "Unknown \(kind) '\(name)'. `flperf runs list` shows those there are.")
    }
}
