import ArgumentParser
import Benchmarking

/// A public trace whose requests are made.
struct TraceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            In place of a suite: make the requests of a trace, a file with a line of JSON each: timestamp, input_length and \
            output_length. They start when the trace says (open loop), with prompts of the lengths that it says.
            """, valueName: "file"))
    var trace: String?
    @Option(
        help: ArgumentHelp(
            """
            With --trace: what its timestamps count, ms (as Mooncake's) or s (as Bailian's). Without it, s when any of them \
            has a fraction, else ms.
            """, valueName: "unit"))
    var traceUnit: TraceFile.Unit?
    @Option(help: ArgumentHelp("With --trace: 2 starts the requests in half the time.", valueName: "factor"))
    var speed: Double?

    /// Reads the trace, if there is one; nil when there is none.
    ///
    /// - Parameter others: options that a trace excludes, and whether they were given.
    /// - Throws: `Failure` or `SuiteError`.
    func read(excluding others: [(option: String, isGiven: Bool)]) throws -> TraceFile? {
        guard let trace else {
            for (option, isGiven) in [("--speed", speed != nil), ("--trace-unit", traceUnit != nil)] where isGiven {
                throw Failure(.usage, "'\(option)' is for a trace: give '--trace' too.")
            }
            return nil
        }
        if let other = others.first(where: \.isGiven) {
            throw Failure(
                .usage,
                "'--trace' and '\(other.option)' exclude each other: the trace says when requests start and how long they are."
            )
        }
        _ = try factor
        return try TraceFile(path: trace, unit: traceUnit)
    }

    /// How much faster than recorded.
    var factor: Double { get throws { try speed.map(Limits.speed) ?? 1 } }
}

extension TraceFile.Unit: ExpressibleByArgument {}
