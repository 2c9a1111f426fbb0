import ArgumentParser
import Benchmarking
import Foundation

/// How much load a run puts on the servers, and for how long.
struct LoadOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "Measured requests per scenario and load level.") var iterations: Int?
    @Option(
        help: ArgumentHelp(
            "In place of --iterations: how long measured requests are started, such as 30s.", valueName: "duration"))
    var duration: TimeSpan?
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Requests in flight at once (closed loop): a number, or several levels such as 1,4,16.",
            valueName: "levels"))
    var concurrency: String?
    @Option(
        help: ArgumentHelp(
            """
            Requests started per second, whatever the server makes of them (open loop): a number, or several levels such \
            as 0.5,1,2.
            """, valueName: "levels"))
    var rate: String?
    @Option(
        help: ArgumentHelp(
            "With --rate: poisson (the default; drawn from --seed) or constant gaps between the starts.",
            valueName: "spread"))
    var arrivals: ArrivalSchedule.Distribution?
    @Option(
        help: ArgumentHelp(
            "With --rate: a request that would be one more in flight is not sent but counted as shed (default: 512).",
            valueName: "requests"))
    var maxInFlight: Int?
    @Option(help: "Requests before the measured ones, marked and left out of the figures.") var warmup: Int?
    @Option(help: "Requests right behind the measured ones, marked and left out of the figures.") var cooldown: Int?

    /// Sets what was asked for; the rest stays.
    ///
    /// - Throws: `Failure` when a value is out of its limits, or two options exclude each other.
    func apply(to settings: inout RunSettings) throws {
        if let warmup { settings.warmup = try Limits.within(0...10_000, warmup, "--warmup") }
        if let cooldown { settings.cooldown = try Limits.within(0...10_000, cooldown, "--cooldown") }
        try applyLimit(to: &settings)
        if let concurrency {
            settings.concurrency = try Self.levels(concurrency).map { text in
                guard let level = Int(text) else {
                    throw Failure(.usage, "'--concurrency' takes whole numbers such as 1,4,16, found '\(text)'.")
                }
                return try Limits.within(RunSettings.concurrencyAllowed, level, "--concurrency")
            }
        }
        try applyRate(to: &settings)
    }

    private func applyLimit(to settings: inout RunSettings) throws {
        guard iterations == nil || duration == nil else {
            throw Failure(
                .usage, "'--iterations' and '--duration' exclude each other: one counts requests, the other time.")
        }
        if let iterations {
            settings.iterations = try Limits.within(RunSettings.iterationsAllowed, iterations, "--iterations")
        }
        if let duration {
            settings.duration = try Limits.aboveZero(duration, "--duration", "no request starts in no time")
        }
    }

    private func applyRate(to settings: inout RunSettings) throws {
        guard let rate else {
            for (option, isGiven) in [("--arrivals", arrivals != nil), ("--max-in-flight", maxInFlight != nil)]
            where isGiven {
                throw Failure(.usage, "'\(option)' is for an open loop: give '--rate' too.")
            }
            return
        }
        guard concurrency == nil else {
            throw Failure(
                .usage,
                """
                '--rate' and '--concurrency' exclude each other: an open loop starts requests by the clock, a closed one \
                when others have ended.
                """)
        }
        settings.rates = try Self.levels(rate).map { text in
            guard let level = Double(text), level.isFinite else {
                throw Failure(.usage, "'--rate' takes requests per second such as 2 or 0.5,1,2, found '\(text)'.")
            }
            let allowed = RunSettings.ratesAllowed
            guard allowed.contains(level) else {
                let limits = "\(Figures.rate(allowed.lowerBound)) to \(Figures.rate(allowed.upperBound))"
                throw Failure(.usage, "'--rate' must be from \(limits) requests per second, found \(text).")
            }
            return level
        }
        if let arrivals { settings.arrivals = arrivals }
        if let maxInFlight {
            settings.maxInFlight = try Limits.within(RunSettings.maxInFlightAllowed, maxInFlight, "--max-in-flight")
        }
    }

    private static func levels(_ text: String) -> [String] {
        text.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
    }
}

extension ArrivalSchedule.Distribution: ExpressibleByArgument {}

/// Checks of options' values.
enum Limits {
    /// - Throws: `Failure` naming the option, its limits and the value.
    static func within(_ allowed: ClosedRange<Int>, _ value: Int, _ option: String) throws -> Int {
        guard allowed.contains(value) else {
            throw Failure(
                .usage, "'\(option)' must be from \(allowed.lowerBound) to \(allowed.upperBound), found \(value).")
        }
        return value
    }

    /// - Throws: `Failure` naming the option and the reason.
    static func aboveZero(_ span: TimeSpan, _ option: String, _ reason: String) throws -> Duration {
        guard span.duration > .zero else {
            throw Failure(.usage, "'\(option)' must be longer than 0: \(reason).")
        }
        return span.duration
    }
}
