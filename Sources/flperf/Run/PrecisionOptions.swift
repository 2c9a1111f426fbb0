import ArgumentParser
import Benchmarking
import Formulas
import Foundation

/// How precise a run's figures are to be.
struct PrecisionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Go on until the 95 % intervals of the median TTFT and of tokens/s are at most so wide, half of one by its value: \
            2% means ±2 %. --iterations are then the fewest, and --duration limits it too.
            """, valueName: "percent"))
    var minPrecision: Percent?
    @Option(
        help: ArgumentHelp(
            "With --min-precision: measured requests at most, per scenario and load level (default: 1000).",
            valueName: "requests"))
    var maxIterations: Int?

    /// - Throws: `Failure` when a value is out of its limits, or `--max-iterations` stands alone.
    func apply(to settings: inout RunSettings) throws {
        guard let minPrecision else {
            guard maxIterations == nil else {
                throw Failure(.usage, "'--max-iterations' is for '--min-precision': give that too.")
            }
            return
        }
        let allowed = RunSettings.precisionAllowed
        guard allowed.contains(minPrecision.share) else {
            throw Failure(
                .usage,
                "'--min-precision' must be from \(Figures.rate(allowed.lowerBound * 100))% to "
                    + "\(Figures.rate(allowed.upperBound * 100))%, found \(Figures.rate(minPrecision.share * 100))%.")
        }
        guard settings.sweep == nil else {
            throw Failure(
                .usage,
                "'--min-precision' and '--sweep' exclude each other: a level that is cut short may hide a growing queue."
            )
        }
        settings.minPrecision = minPrecision.share
        if let maxIterations {
            settings.iterationsLimit = try Limits.within(
                max(settings.iterations, 1)...RunSettings.iterationsAllowed.upperBound, maxIterations,
                "--max-iterations")
        }
    }
}

/// `2%` or `0.5%`.
struct Percent: ExpressibleByArgument, Sendable {
    let share: Double

    init?(argument: String) {
        guard argument.hasSuffix("%"), let number = Double(argument.dropLast()), number.isFinite else { return nil }
        share = number / 100
    }
}

/// What failed requests are to the latencies that are shown.
struct FailuresOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            What failed requests are to the latencies shown: left-out (the default), or infinite: then a percentile that \
            falls on one is ∞.
            """, valueName: "rule"))
    var failures = FormulaSet.FailedRequests.leftOut
}

extension FormulaSet.FailedRequests: ExpressibleByArgument {}
