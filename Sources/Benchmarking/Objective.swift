import Events

/// A service level objective: what a request must keep to in order to count as good, and how many of them must.
public struct Objective: Sendable, Equatable {
    /// Longest time to the first token; nil when it does not count.
    public var ttft: Duration?
    /// Longest time per output token after the first; nil when it does not count.
    public var tpot: Duration?
    /// Longest time to the end of the answer; nil when it does not count.
    public var latency: Duration?
    /// Share of the requests that must keep to it, above 0 and up to 1.
    public var share = Self.usualShare

    public static let usualShare = 0.95

    /// Limits, of which those that are nil do not count.
    public init(
        ttft: Duration? = nil, tpot: Duration? = nil, latency: Duration? = nil, share: Double = Self.usualShare
    ) {
        self.ttft = ttft
        self.tpot = tpot
        self.latency = latency
        self.share = share
    }

    /// Whether a request kept to every limit. One that failed or was shed did not, nor did one of which that can't be told.
    ///
    /// Times are those of the formula set `standard/1`: to the first and to the last chunk with content, from the request
    /// sent; in an open loop from the intended start. `tpot = (last content − first content) / (tokens − 1)`; an answer of one
    /// token has none, and keeps to any.
    func isKept(by sample: InferenceSampled) -> Bool {
        guard sample.error == .none else { return false }
        let sent = sample.hasSentNs ? sample.sentNs : sample.startedNs
        let start = sample.rateMillionths > 0 ? sample.intendedStartNs : sent
        let last = sample.hasLastContentNs ? sample.lastContentNs : sample.endedNs
        if let latency, last - start > latency.wholeNanoseconds { return false }
        if let ttft {
            guard sample.hasFirstContentNs, sample.firstContentNs - start <= ttft.wholeNanoseconds else { return false }
        }
        if let tpot {
            let tokens = sample.tokenSource == .serverUsage ? sample.completionTokens : sample.contentChunks
            guard sample.hasFirstContentNs, tokens > 0 else { return false }
            let decoding = Double(last - sample.firstContentNs)
            if tokens > 1, decoding / Double(tokens - 1) > Double(tpot.wholeNanoseconds) { return false }
        }
        return true
    }

    /// As it is kept with the run.
    var recorded: ServiceObjective {
        .with {
            if let ttft { $0.ttftNs = ttft.wholeNanoseconds }
            if let tpot { $0.tpotNs = tpot.wholeNanoseconds }
            if let latency { $0.latencyNs = latency.wholeNanoseconds }
            $0.share = share
        }
    }

    /// As it was kept with a run.
    init(_ recorded: ServiceObjective) {
        ttft = recorded.hasTtftNs ? .nanoseconds(recorded.ttftNs) : nil
        tpot = recorded.hasTpotNs ? .nanoseconds(recorded.tpotNs) : nil
        latency = recorded.hasLatencyNs ? .nanoseconds(recorded.latencyNs) : nil
        share = recorded.share
    }
}
