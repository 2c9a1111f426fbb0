import Foundation
import Streaming

/// How a run is carried out. A value set nowhere comes from here.
public struct RunSettings: Sendable, Equatable {
    /// Requests per scenario and load level, warm-up and cool-down not counted.
    public var iterations = 5
    /// In place of `iterations`: how long measured requests are started, per scenario and load level.
    public var duration: Duration?
    /// Closed loop: requests in flight at once, one load level each, one after another.
    public var concurrency = [1]
    /// Open loop: requests per second, one load level each, one after another. Empty for a closed loop.
    public var rates: [Double] = []
    /// Open loop: how the requests' starts are spread. Drawn from `seed`, from 0 without one.
    public var arrivals: ArrivalSchedule.Distribution = .poisson
    /// Open loop: a request that would be one more than this is not sent.
    public var maxInFlight = 512
    /// Requests before the measured ones of each scenario and level; kept, marked and left out of the figures.
    public var warmup = 1
    /// Requests behind the measured ones of each scenario and level; kept, marked and left out of the figures.
    public var cooldown = 0
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
    public var resourceInterval: Duration = .milliseconds(250)

    public static let iterationsAllowed = 1...100_000
    public static let concurrencyAllowed = 1...1_024
    public static let ratesAllowed = 0.001...10_000
    public static let maxInFlightAllowed = 1...StreamingClient.requestLimit
    public static let timeoutMillisecondsAllowed = 100...3_600_000
    public static let temperatureAllowed = 0.0...2.0

    public init() {}

    /// Takes what a suite's `default_config`, or the body of a request for a run, says; what it leaves out stays.
    mutating func take(from object: JSONDocument.Object) throws(SuiteError) {
        if let value = try object.optionalInteger("iterations", in: Self.iterationsAllowed) { iterations = value }
        if let values = try object.optionalIntegers("concurrency", in: Self.concurrencyAllowed) { concurrency = values }
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
    }
}
