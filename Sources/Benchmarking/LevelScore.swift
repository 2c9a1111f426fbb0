import Events
import Synchronization

/// How one scenario went at one load level.
struct LevelResult: Sendable, Equatable {
    var level: LoadLevel
    /// Requests that were measured, failed and shed ones included.
    var requests: Int
    /// Those of them that kept to the objective.
    var good: Int
    /// Whole answers per second; nil for none, and in an open loop for fewer than two.
    ///
    /// In a closed loop from the first start to the last end. In an open loop from the first end to the last: a count of
    /// requests that is small beside their length would make the other one too low.
    var answersPerSecond: Double?
    /// Open loop: whether answers came later and later, so that a longer level would have missed any objective.
    var queueGrew = false

    func keeps(_ objective: Objective) -> Bool {
        Double(good) >= objective.share * Double(requests) && good > 0 && !queueGrew
    }
}

/// Tells a queue that grows from one that is only long.
enum QueueGrowth {
    /// Answers that it takes to tell.
    static let fewestAnswers = 20

    /// Whether the last quarter of the requests waited twice as long as the first, and by more than 2 % of the level's time.
    ///
    /// - Parameter answers: intended start and end of each, in any order; nanoseconds.
    static func isSeen(in answers: [(start: Int64, end: Int64)]) -> Bool {
        guard answers.count >= fewestAnswers else { return false }
        let latencies = answers.sorted { $0.start < $1.start }.map { $0.end - $0.start }
        func median(_ part: ArraySlice<Int64>) -> Int64 { part.sorted()[part.count / 2] }
        let (early, late) = (median(latencies.prefix(answers.count / 4)), median(latencies.suffix(answers.count / 4)))
        let starts = answers.map(\.start)
        let span = (starts.max() ?? 0) - (starts.min() ?? 0)
        return late > 2 * early && late - early > span / 50
    }
}

/// Counts the measured requests of one scenario and load level while they come in.
final class LevelScore: Sendable {
    private struct State {
        var requests = 0
        var good = 0
        var answers = 0
        var firstStart = Int64.max
        var firstEnd = Int64.max
        var lastEnd = Int64.min
        /// Intended starts and ends of an open loop's answers.
        var ends: [(start: Int64, end: Int64)] = []
    }
    private let state = Mutex(State())
    private let level: LoadLevel
    private let objective: Objective

    init(_ level: LoadLevel, _ objective: Objective) {
        self.level = level
        self.objective = objective
    }

    func add(_ sample: InferenceSampled) {
        guard !sample.warmup, !sample.cooldown else { return }
        let isGood = objective.isKept(by: sample)
        state.withLock { state in
            state.requests += 1
            if isGood { state.good += 1 }
            guard sample.error == .none else { return }
            state.answers += 1
            state.firstStart = min(state.firstStart, sample.startedNs)
            state.firstEnd = min(state.firstEnd, sample.endedNs)
            state.lastEnd = max(state.lastEnd, sample.endedNs)
            if sample.rateMillionths > 0 { state.ends.append((sample.intendedStartNs, sample.endedNs)) }
        }
    }

    var result: LevelResult {
        let state = state.withLock { $0 }
        let (count, from) =
            switch level {
            case .concurrency: (state.answers, state.firstStart)
            case .rate: (state.answers - 1, state.firstEnd)
            }
        let perSecond = count > 0 && state.lastEnd > from ? Double(count) * 1e9 / Double(state.lastEnd - from) : nil
        return LevelResult(
            level: level, requests: state.requests, good: state.good, answersPerSecond: perSecond,
            queueGrew: QueueGrowth.isSeen(in: state.ends))
    }
}
