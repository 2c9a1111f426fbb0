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
            """
            Find the most load at which --slo is kept, over rate (open loop) or concurrency (closed loop). The levels are \
            chosen while the run goes on; each is 10s long unless --duration or --iterations says otherwise.
            """, valueName: "what"))
    var sweep: Sweep.Over?
    @Option(
        help: ArgumentHelp(
            "With --sweep: most levels per model and scenario (default: \(Sweep.usualLevels)).", valueName: "levels"))
    var sweepLevels: Int?
    @Option(
        help: ArgumentHelp(
            """
            What a request must keep to, and how many of them must (95% if not said), such as \
            ttft=300ms,tpot=50ms,latency=5s,share=95%. In an open loop the times count from the intended start.
            """, valueName: "limits"))
    var slo: String?
    @Option(
        help: ArgumentHelp(
            "In an open loop: poisson (the default; drawn from --seed) or constant gaps between the starts.",
            valueName: "spread"))
    var arrivals: ArrivalSchedule.Distribution?
    @Option(
        help: ArgumentHelp(
            "In an open loop: a request that would be one more in flight is not sent but counted as shed (default: 512).",
            valueName: "requests"))
    var maxInFlight: Int?
    @Option(
        help: ArgumentHelp(
            "How long the load of each level rises evenly to what it is to be; requests started meanwhile are warm-up.",
            valueName: "duration"))
    var ramp: TimeSpan?
    @Option(help: "Requests before the measured ones, marked and left out of the figures.") var warmup: Int?
    @Option(help: "Requests right behind the measured ones, marked and left out of the figures.") var cooldown: Int?
    @Option(
        help: ArgumentHelp(
            """
            reused (the default: connections are opened before a level's first request, and kept) or fresh (a new one for \
            each request, so that connecting is measured too).
            """, valueName: "way"))
    var connect: Connect?

    enum Connect: String, ExpressibleByArgument, CaseIterable { case reused, fresh }

    /// Sets what was asked for; the rest stays.
    ///
    /// - Throws: `Failure` when a value is out of its limits, or two options exclude each other.
    func apply(to settings: inout RunSettings) throws {
        if let warmup { settings.warmup = try Limits.within(0...10_000, warmup, "--warmup") }
        if let cooldown { settings.cooldown = try Limits.within(0...10_000, cooldown, "--cooldown") }
        if let connect { settings.freshConnections = connect == .fresh }
        if let ramp { settings.ramp = try Limits.aboveZero(ramp, "--ramp", "a load that does not rise needs no ramp") }
        if let slo { settings.objective = try ServiceObjectiveText.read(slo) }
        try applyLevels(to: &settings)
        try applyOpenLoop(to: &settings)
        try applyLimit(to: &settings)
    }

    private func applyLimit(to settings: inout RunSettings) throws {
        guard iterations == nil || duration == nil else {
            throw Failure(
                .usage, "'--iterations' and '--duration' exclude each other: one counts requests, the other time.")
        }
        if let iterations {
            settings.iterations = try Limits.within(RunSettings.iterationsAllowed, iterations, "--iterations")
            settings.duration = nil
        } else if let duration {
            settings.duration = try Limits.aboveZero(duration, "--duration", "no request starts in no time")
        } else if settings.sweep != nil, settings.duration == nil {
            settings.duration = Sweep.usualDuration
        }
    }

    // MARK: - Levels

    private func applyLevels(to settings: inout RunSettings) throws {
        try refuseTwoSources()
        if let concurrency {
            (settings.rates, settings.sweep) = ([], nil)
            settings.concurrency = try Self.levels(concurrency).map { text in
                guard let level = Int(text) else {
                    throw Failure(.usage, "'--concurrency' takes whole numbers such as 1,4,16, found '\(text)'.")
                }
                return try Limits.within(RunSettings.concurrencyAllowed, level, "--concurrency")
            }
        }
        if let rate { (settings.rates, settings.sweep) = (try Self.levels(rate).map(Self.rate), nil) }
        if let sweep {
            guard let objective = settings.objective else {
                throw Failure(
                    .usage,
                    "'--sweep' needs an objective to keep: give '--slo' too, such as --slo ttft=500ms,share=95%.")
            }
            settings.sweep = Sweep(over: sweep, objective: objective)
            if let sweepLevels {
                settings.sweep?.levels = try Limits.within(Sweep.levelsAllowed, sweepLevels, "--sweep-levels")
            }
        } else if sweepLevels != nil {
            throw Failure(.usage, "'--sweep-levels' is for a sweep: give '--sweep' too.")
        }
    }

    private func refuseTwoSources() throws {
        let given = [("--rate", rate != nil), ("--concurrency", concurrency != nil), ("--sweep", sweep != nil)]
            .filter(\.1).map(\.0)
        guard given.count > 1 else { return }
        throw Failure(
            .usage,
            "'\(given[0])' and '\(given[1])' exclude each other: "
                + (sweep == nil
                    ? "an open loop starts requests by the clock, a closed one when others have ended."
                    : "a sweep chooses the levels itself."))
    }

    private func applyOpenLoop(to settings: inout RunSettings) throws {
        if !settings.isOpenLoop {
            for (option, isGiven) in [("--arrivals", arrivals != nil), ("--max-in-flight", maxInFlight != nil)]
            where isGiven {
                throw Failure(.usage, "'\(option)' is for an open loop: give '--rate' too, or '--sweep rate'.")
            }
        }
        if let arrivals { settings.arrivals = arrivals }
        if let maxInFlight {
            settings.maxInFlight = try Limits.within(RunSettings.maxInFlightAllowed, maxInFlight, "--max-in-flight")
        }
    }

    private static func rate(_ text: String) throws -> Double {
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

    private static func levels(_ text: String) -> [String] {
        text.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
    }
}

extension ArrivalSchedule.Distribution: ExpressibleByArgument {}
extension Sweep.Over: ExpressibleByArgument {}

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

    /// - Throws: `Failure` naming the option, its limits and the value.
    static func speed(_ value: Double) throws -> Double {
        let allowed = Trace.speedAllowed
        guard allowed.contains(value) else {
            throw Failure(
                .usage, "'--speed' must be from \(allowed.lowerBound) to \(Int(allowed.upperBound)), found \(value).")
        }
        return value
    }
}
