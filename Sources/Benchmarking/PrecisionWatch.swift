import Events
import Statistics
import Synchronization

/// Watches how precise the figures of a load level have become, so that it can end once they are precise enough.
///
/// The figures are the median TTFT (from the intended start in an open loop) and the throughput in output tokens per second, by
/// the definitions of the formula set `standard/1`; a figure that the answers do not give, such as the TTFT of answers in one
/// piece, is not waited for.
final class PrecisionWatch: Sendable {
    /// Half of a 95 % interval by the value.
    let aim: Double
    private let fewest: Int
    private let isOpenLoop: Bool
    private let state = Mutex(State())

    fileprivate struct State {
        var requests = 0
        var firstTokens: [Double] = []
        var tokens: [Double] = []
        var lengths: [Double] = []
        /// Requests at which the intervals are looked at next.
        var nextLook = 0
        var isReached = false
    }

    /// Fewer whole answers than these have no interval to go by.
    static let fewestAnswers = 10
    /// A look costs the time of a few thousand evaluations, beside the requests that go on: each comes after a tenth more of them.
    private static let growth = 1.1
    private static let resamples = 500

    /// - Parameters:
    ///   - aim: such as 0.02.
    ///   - fewest: requests that are made in any case.
    init(aim: Double, fewest: Int, isOpenLoop: Bool) {
        self.aim = aim
        self.fewest = fewest
        self.isOpenLoop = isOpenLoop
    }

    /// Whether the figures are precise enough.
    var isReached: Bool { state.withLock(\.isReached) }

    /// Takes a measured request's sample.
    func add(_ sample: InferenceSampled) {
        let look: State? = state.withLock { state in
            state.requests += 1
            if sample.error == .none { state.add(sample, isOpenLoop: isOpenLoop) }
            guard !state.isReached, state.requests >= fewest, state.lengths.count >= Self.fewestAnswers,
                state.requests >= state.nextLook
            else { return nil }
            state.nextLook = Int((Double(state.requests) * Self.growth).rounded(.up))
            return state
        }
        // Outside the lock: the next request must not wait for it.
        guard let look, isPrecise(look) else { return }
        state.withLock { $0.isReached = true }
    }

    private func isPrecise(_ state: State) -> Bool {
        let widths = [width(state.firstTokens, Self.median), throughputWidth(state)].compactMap(\.self)
        return !widths.isEmpty && widths.allSatisfy { $0 <= aim }
    }

    /// Half of the interval of a statistic by its value; nil where there is none.
    private func width(_ values: [Double], _ statistic: ([Double]) -> Double?) -> Double? {
        let interval = Bootstrap(resamples: Self.resamples).interval(of: values, statistic: statistic)
        guard let interval, let value = statistic(values), value > 0 else { return nil }
        return (interval.upperBound - interval.lowerBound) / 2 / value
    }

    /// Of tokens by time: in a closed loop the time is as long as the requests are, in an open one as the schedule is.
    private func throughputWidth(_ state: State) -> Double? {
        guard state.tokens.count == state.lengths.count else { return nil }
        return width(state.tokens.indices.map(Double.init)) { drawn in
            let tokens = drawn.reduce(0.0) { $0 + state.tokens[Int($1)] }
            return isOpenLoop ? tokens : tokens / drawn.reduce(0.0) { $0 + state.lengths[Int($1)] }
        }
    }

    private static func median(_ values: [Double]) -> Double? { Quantile.linear.value(0.5, of: values.sorted()) }
}

extension PrecisionWatch.State {
    fileprivate mutating func add(_ sample: InferenceSampled, isOpenLoop: Bool) {
        lengths.append(Double(sample.endedNs - sample.startedNs))
        if sample.tokenSource == .serverUsage, sample.hasCompletionTokens {
            tokens.append(Double(sample.completionTokens))
        } else if sample.hasContentChunks {
            tokens.append(Double(sample.contentChunks))
        }
        if sample.hasFirstContentNs {
            let start = isOpenLoop ? sample.intendedStartNs : sample.hasSentNs ? sample.sentNs : sample.startedNs
            firstTokens.append(Double(sample.firstContentNs - start))
        }
    }
}
