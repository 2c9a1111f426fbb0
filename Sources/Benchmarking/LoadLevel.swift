import Foundation

/// How much load one level of a run puts on a server.
public enum LoadLevel: Sendable, Hashable {
    /// Closed loop: so many requests in flight at any time; the next one starts as soon as one has ended.
    case concurrency(Int)
    /// Open loop: so many requests per second, whatever the server makes of them.
    case rate(Double)

    /// A rate to three digits, since people read and write it, and within what is allowed.
    static func legible(rate: Double) -> LoadLevel {
        let scale = pow(10, 2 - log10(rate).rounded(.down))
        let allowed = RunSettings.ratesAllowed
        return .rate(min(max((rate * scale).rounded() / scale, allowed.lowerBound), allowed.upperBound))
    }

    /// As it is recorded: requests in flight, 0 in an open loop.
    var concurrency: UInt32 { if case .concurrency(let streams) = self { UInt32(streams) } else { 0 } }

    /// Requests per second; nil in a closed loop.
    var rate: Double? { if case .rate(let rate) = self { rate } else { nil } }

    /// As it is recorded: millionths of a request per second, 0 in a closed loop.
    var rateMillionths: UInt64 { if case .rate(let rate) = self { UInt64((rate * 1e6).rounded()) } else { 0 } }
}

extension LoadLevel: CustomStringConvertible {
    /// `1 stream`, `8 streams`, `2.5 requests/s`.
    public var description: String {
        switch self {
        case .concurrency(1): "1 stream"
        case .concurrency(let streams): "\(streams) streams"
        case .rate(let rate):
            "\(rate.formatted(.number.precision(.fractionLength(0...6)).grouping(.never).locale(.init(identifier: "en_US_POSIX")))) requests/s"
        }
    }
}

/// What ends the measured requests of one scenario at one load level.
enum LoadLimit: Sendable {
    /// This many requests have been made.
    case count(Int)
    /// This much time has passed since the first; those under way are finished.
    case duration(Duration)
    /// The figures are precise enough, or so many requests have been made, or so much time has passed.
    case precision(PrecisionWatch, atMost: Int, within: Duration?)

    /// Who has to be told of each measured request; nil when nobody has.
    var watch: PrecisionWatch? { if case .precision(let watch, _, _) = self { watch } else { nil } }
}

/// What a request of a level is for.
enum LoadPart: Sendable {
    /// Warm-up: before the measured ones, or while the load rises.
    case warmup
    case measured
    /// Cool-down: behind the measured ones, so that the load does not fall while the last of them are answered.
    case cooldown
}
