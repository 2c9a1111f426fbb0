/// How much load one level of a run puts on a server.
public enum LoadLevel: Sendable, Hashable {
    /// Closed loop: so many requests in flight at any time; the next one starts as soon as one has ended.
    case concurrency(Int)
    /// Open loop: so many requests per second, whatever the server makes of them.
    case rate(Double)

    /// As it is recorded: requests in flight, 0 in an open loop.
    var concurrency: UInt32 { if case .concurrency(let streams) = self { UInt32(streams) } else { 0 } }

    /// As it is recorded: millionths of a request per second, 0 in a closed loop.
    var rateMillionths: UInt64 { if case .rate(let rate) = self { UInt64((rate * 1e6).rounded()) } else { 0 } }
}

/// What ends the measured requests of one scenario at one load level.
enum LoadLimit: Sendable, Equatable {
    /// This many requests have been made.
    case count(Int)
    /// This much time has passed since the first; those under way are finished.
    case duration(Duration)
}

/// What a request of a level is for.
enum LoadPart: Sendable {
    /// Warm-up: before the measured ones.
    case warmup
    case measured
    /// Cool-down: behind the measured ones, so that the load does not fall while the last of them are answered.
    case cooldown
}
