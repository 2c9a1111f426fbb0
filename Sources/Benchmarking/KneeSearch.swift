import Foundation

/// Looks for the most load at which an objective is kept, on one model and scenario: doubles the load until it is kept no
/// more, then divides what lies between.
///
/// It begins with one request at a time. A search over rates takes its first rate from that, and halves it when even that is
/// too much.
struct KneeSearch {
    /// Why there is nothing more to measure, and what was found.
    struct End: Equatable {
        /// Nil when the objective was never kept.
        var knee: LoadLevel?
        /// Sentences.
        var reason: String
    }

    /// Nil while there is a next level.
    private(set) var end: End?
    private let sweep: Sweep
    private var measured: [LevelResult] = []
    /// The most load that was kept, and the least that was too much: requests per second, or in flight.
    private var kept: Double?
    private var tooMuch: Double?

    /// Twice the load must bring so many times the answers, or the server is saturated.
    static let leastRise = 1.05
    /// Two loads of no larger ratio are not told apart any further.
    static let precision = 1.05

    init(_ sweep: Sweep) { self.sweep = sweep }

    /// The level to be measured next; nil when there is an end.
    var next: LoadLevel? {
        guard end == nil else { return nil }
        return measured.first.map(proposal) ?? .concurrency(1)
    }

    /// Takes how that level went.
    mutating func take(_ result: LevelResult) {
        let isKept = result.keeps(sweep.objective)
        measured.append(result)
        guard isKept || measured.count > 1 else {
            return finish(
                "Not even one request at a time kept to the objective: \(result.good) of \(result.requests) did.")
        }
        if let load = load(of: result.level) {
            if isKept { kept = load } else { tooMuch = load }
        }
        if let reason = reasonToEnd { finish(reason) }
    }

    /// Ends the search, with what was found so far.
    mutating func finish(_ reason: String) { end = End(knee: kept.map(level), reason: reason) }

    // MARK: - The next level

    private func proposal(after first: LevelResult) -> LoadLevel {
        switch (kept, tooMuch) {
        case (nil, nil): level(first.answersPerSecond ?? 1)
        case (let kept?, nil): level(kept * 2)
        case (nil, let tooMuch?): level(tooMuch / 2)
        case (let kept?, let tooMuch?): level((kept * tooMuch).squareRoot())
        }
    }

    /// What is searched for; nil for the one request at a time before a search over rates.
    private func load(of level: LoadLevel) -> Double? {
        switch (level, sweep.over) {
        case (.concurrency(let streams), .concurrency): Double(streams)
        case (.rate(let rate), .rate): rate
        default: nil
        }
    }

    /// Within what is allowed.
    private func level(_ load: Double) -> LoadLevel {
        switch sweep.over {
        case .concurrency:
            let allowed = RunSettings.concurrencyAllowed
            return .concurrency(min(max(Int(load.rounded()), allowed.lowerBound), allowed.upperBound))
        case .rate:
            return .legible(rate: load)
        }
    }

    // MARK: - The end

    private var reasonToEnd: String? {
        let proposed = proposal(after: measured[0])
        let isExhausted = measured.contains { $0.level == proposed }
        if let kept, let tooMuch, isExhausted || tooMuch / kept <= Self.precision { return standing }
        if isExhausted {
            return standing + " \(proposed) is the \(kept == nil ? "least" : "most") that can be asked for."
        }
        return saturation ?? (measured.count < sweep.levels ? nil : standing + " No more levels were allowed.")
    }

    private var standing: String {
        switch (kept, tooMuch) {
        case (nil, nil): "The objective was kept by one request at a time."
        case (let kept?, nil): "The objective was kept at \(level(kept))."
        case (nil, let tooMuch?): "The objective was kept by one request at a time, but not at \(level(tooMuch))."
        case (let kept?, let tooMuch?): "The objective was kept at \(level(kept)), but not at \(level(tooMuch))."
        }
    }

    /// While nothing is too much, each level has twice the load of the one before it.
    private var saturation: String? {
        guard tooMuch == nil, let last = measured.last, let before = measured.dropLast().last,
            load(of: before.level) != nil, let now = last.answersPerSecond, let then = before.answersPerSecond,
            now < then * Self.leastRise
        else { return nil }
        return standing
            + " More load brings no more answers: \(rounded(now))/s at \(last.level), \(rounded(then))/s at \(before.level)."
    }

    private func rounded(_ perSecond: Double) -> String {
        perSecond.formatted(
            .number.precision(.significantDigits(1...3)).grouping(.never).locale(.init(identifier: "en_US_POSIX")))
    }
}
