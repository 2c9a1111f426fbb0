import Foundation
import Streaming

/// How a run is carried out. A value set nowhere comes from here.
public struct RunSettings: Sendable, Equatable {
    /// Requests per scenario and load level, warm-up and cool-down not counted.
    public var iterations = 5
    /// In place of `iterations`: how long measured requests are started, per scenario and load level.
    public var duration: Duration?
    /// Each level goes on until the 95 % intervals of its median TTFT and its throughput are at most so wide: half of one by its
    /// value, such as 0.02. `iterations` are then the fewest, `iterationsLimit` the most, and `duration` limits it too.
    public var minPrecision: Double?
    /// With `minPrecision`: measured requests of a level at most.
    public var iterationsLimit = 1_000
    /// Closed loop: requests in flight at once, one load level each, one after another.
    public var concurrency = [1]
    /// Open loop: requests per second, one load level each, one after another. Empty for a closed loop.
    public var rates: [Double] = []
    /// In place of `concurrency` and `rates`: levels that are chosen while the run goes on.
    public var sweep: Sweep?
    /// Requests that are repeated: when they start, and where the trace says so, how long they are.
    public var trace: Trace?
    /// Open loop: how the requests' starts are spread. Drawn from `seed`, from 0 without one.
    public var arrivals: ArrivalSchedule.Distribution = .poisson
    /// Open loop: a request that would be one more than this is not sent.
    public var maxInFlight = 512
    /// How long the load of each scenario and level rises evenly to what it is to be, before the measured requests. Those
    /// started meanwhile count as warm-up.
    public var ramp: Duration?
    /// Requests before the measured ones of each scenario and level; kept, marked and left out of the figures.
    public var warmup = 1
    /// Requests behind the measured ones of each scenario and level; kept, marked and left out of the figures.
    public var cooldown = 0
    /// What a request must keep to in order to count as good.
    public var objective: Objective?
    /// Limit of one request from start to end.
    public var timeout: Duration = .seconds(60)
    /// Limit of the wait for the first content; nil for none but `timeout`.
    public var firstTokenTimeout: Duration?
    /// Sampling temperature; 0 is sent as 0. Nil leaves it to the server.
    public var temperature: Double? = 0
    public var seed: UInt64?
    public var streaming = true
    /// Overrides the scenarios' own limits.
    public var maxTokens: Int?
    /// Whether the answers' text is kept in the log; its digest always is.
    public var keepOutput = true
    /// Time from one reading of the host's resources to the next.
    public var resourceInterval: Duration = .milliseconds(250)
    /// What is done about prompts whose beginning the server has worked out before.
    public var prefixCache: PrefixCache = .defeat

    /// What becomes of a server's cache of prompts' beginnings.
    public enum PrefixCache: String, Sendable, CaseIterable {
        /// Every request, or every conversation, begins with a short text of its own, so that nothing is found there.
        case defeat
        /// Requests go out as the suite has them.
        case keep
    }
    /// Whether each request goes over a new connection, so that connecting is measured too. Else those of a load level are
    /// opened before its first request, and kept.
    public var freshConnections = false
    /// Models that are measured at the same time; 1 for one after another.
    public var parallelModels = 1
    /// Whether each model is unloaded when its part is over, on servers that can.
    public var unloadBetween = false
    /// How often each server that stops answering is started again.
    public var restartOnFailure = 0

    public static let iterationsAllowed = 1...100_000
    public static let precisionAllowed = 0.001...0.5
    public static let concurrencyAllowed = 1...1_024
    public static let ratesAllowed = 0.001...10_000
    public static let durationMillisecondsAllowed = 1...86_400_000
    public static let maxInFlightAllowed = 1...StreamingClient.requestLimit
    public static let timeoutMillisecondsAllowed = 100...3_600_000
    public static let resourceIntervalAllowed = Duration.milliseconds(50)...Duration.seconds(60)
    public static let parallelModelsAllowed = 1...64
    public static let restartsAllowed = 0...100
    public static let temperatureAllowed = 0.0...2.0

    public init() {}

    /// Takes what a suite's `default_config`, or the body of a request for a run, says; what it leaves out stays.
    mutating func take(from object: JSONDocument.Object) throws(SuiteError) {
        try takeLoad(from: object)
        if let value = try object.optionalInteger("warmup", in: 0...10_000) { warmup = value }
        if let value = try object.optionalInteger("timeout", in: Self.timeoutMillisecondsAllowed) {
            timeout = .milliseconds(value)
        }
        if let value = try object.optionalInteger("first_token_timeout", in: Self.timeoutMillisecondsAllowed) {
            firstTokenTimeout = .milliseconds(value)
        }
        if let value = try object.optionalNumber("temperature", in: Self.temperatureAllowed) { temperature = value }
        if let value = try object.optionalInteger("seed", in: 0...Int.max) { seed = UInt64(value) }
        if let value = try object.optionalBool("streaming") { streaming = value }
        if let value = try object.optionalInteger("max_tokens", in: 1...1_000_000) { maxTokens = value }
        if let value = try object.optionalBool("keep_output") { keepOutput = value }
        if let name = try object.optionalString("cache", "defeat or keep") {
            guard let value = PrefixCache(rawValue: name) else {
                throw object.error("cache", "must be defeat or keep, found '\(name)'")
            }
            prefixCache = value
        }
        if let value = try object.optionalInteger("parallel_models", in: Self.parallelModelsAllowed) {
            parallelModels = value
        }
        if let value = try object.optionalBool("unload_between") { unloadBetween = value }
        if let value = try object.optionalInteger("restart_on_failure", in: Self.restartsAllowed) {
            restartOnFailure = value
        }
        if let way = try object.optionalChoice("connect", of: ["reused", "fresh"]) {
            freshConnections = way == "fresh"
        }
        try takeGoals(from: object)
    }

    private mutating func takeLoad(from object: JSONDocument.Object) throws(SuiteError) {
        func milliseconds(_ key: String) throws(SuiteError) -> Duration? {
            try object.optionalInteger(key, in: Self.durationMillisecondsAllowed).map { .milliseconds($0) }
        }
        let count = try object.optionalInteger("iterations", in: Self.iterationsAllowed)
        let time = try milliseconds("duration")
        guard count == nil || time == nil else {
            throw object.error("duration", "stands beside 'iterations': one of them ends a level, time or a count")
        }
        if let count { (iterations, duration) = (count, nil) }
        if let time { duration = time }
        let streams = try object.optionalIntegers("concurrency", in: Self.concurrencyAllowed)
        let perSecond = try object.optionalNumbers("rate", in: Self.ratesAllowed)
        guard streams == nil || perSecond == nil else {
            throw object.error(
                "rate", "stands beside 'concurrency': requests start by the clock, or when others have ended")
        }
        if let streams { (concurrency, rates, sweep) = (streams, [], nil) }
        if let perSecond { (rates, sweep) = (perSecond, nil) }
        let distributions = ArrivalSchedule.Distribution.allCases.map(\.rawValue)
        if let name = try object.optionalChoice("arrivals", of: distributions) {
            arrivals = ArrivalSchedule.Distribution(rawValue: name) ?? arrivals
        }
        if let value = try object.optionalInteger("max_in_flight", in: Self.maxInFlightAllowed) { maxInFlight = value }
        if let value = try milliseconds("ramp") { ramp = value }
        if let value = try object.optionalInteger("cooldown", in: 0...10_000) { cooldown = value }
    }
}
