import Charts
import Formulas
import Foundation
import Results

/// Who is best at one thing, by how much, and whether that is more than chance.
///
/// Models are held against each other where they did the same: scenario by scenario and level by level. Over several of these a
/// model's figure is the geometric mean, so that a scenario with long answers does not drown the others.
struct Contest {
    /// A model and its figures, in the order of the places.
    private struct Entrant {
        var model: String
        var series: Series
        var values: [Double]
        var intervals: [ClosedRange<Double>?]
        var mean: Double
    }

    private var ranked: [Entrant] = []
    private var ties: [Entrant] = []
    private let places: Int

    init(_ view: ShownResults, _ column: String, _ path: KeyPath<ResultRow, Double?>, better: FormulaSet.Direction) {
        var keys: [String] = []
        var found: [String: [String: ResultDetail]] = [:]
        for result in view.results {
            let key = "\(result.row.scenario)\u{0}\(result.row.levelName)"
            if !keys.contains(key) { keys.append(key) }
            found[result.row.model_id, default: [:]][key] = result
        }
        places = keys.count
        for (id, series) in view.models {
            let results = keys.map { found[id]?[$0] }
            let values = results.map { result in
                result.flatMap { ($0.row.successful_iterations ?? 0) > 0 ? $0.row[keyPath: path] : nil }
            }
            // One that lacks a figure is in no ranking: what was not measured never wins.
            guard values.allSatisfy({ $0.map { $0.isFinite && $0 > 0 } ?? false }) else { continue }
            let known = values.compactMap(\.self)
            ranked.append(
                Entrant(
                    model: id, series: series, values: known, intervals: results.map { $0?.intervals[column] },
                    mean: exp(known.reduce(0) { $0 + log($1) } / Double(max(1, known.count)))))
        }
        ranked.sort { better == .higher ? $0.mean > $1.mean : $0.mean < $1.mean }
        if let best = ranked.first {
            ties = ranked.filter { overlaps(best, $0) * 2 > places || $0.model == best.model }
        }
    }

    /// In how many places the intervals of the two overlap. Where one has none, nothing tells them apart but the figures.
    private func overlaps(_ a: Entrant, _ b: Entrant) -> Int {
        zip(a.intervals, b.intervals).count { first, second in
            guard let first, let second else { return false }
            return first.overlaps(second)
        }
    }

    /// As a card.
    func card(_ title: String, unit: String) -> Markup {
        guard let best = ranked.first else {
            return card(title, "—", nil, "no model has this figure everywhere")
        }
        let figure = "\(Figure.adaptive(best.mean)) \(unit)"
        let mean = places > 1 ? "geometric mean of \(places) rows. " : ""
        guard ties.count == 1 else {
            let names = ties.map(\.series.name).formatted(.list(type: .and).locale(Locale(identifier: "en_GB")))
            return card(title, figure, nil, mean + "\(names): their intervals overlap")
        }
        guard ranked.count > 1 else { return card(title, figure, best.series, mean + "the only one with this figure") }
        let next = ranked[1]
        let ratio = max(best.mean, next.mean) / min(best.mean, next.mean)
        let margin =
            ratio < 1.095 ? "\(Figure.number((ratio - 1) * 100, digits: 0)) %" : "\(Figure.number(ratio, digits: 1))×"
        let apart = places - overlaps(best, next)
        let sure =
            places == 1
            ? (best.intervals[0] == nil || next.intervals[0] == nil ? "" : "; intervals do not overlap")
            : "; intervals apart in \(apart) of \(places)"
        return card(title, figure, best.series, "\(mean)\(margin) from the next (\(next.series.name))\(sure)")
    }

    private func card(_ title: String, _ figure: String, _ winner: Series?, _ words: String) -> Markup {
        let who: Markup =
            winner.map { "<p><b>\($0.icon)\($0.name)</b></p>" } ?? (ranked.isEmpty ? "" : "<p><b>tie</b></p>")
        return
            "<article class=\"card\"><h3>\(title)</h3><p class=\"mid\">\(figure)</p>\(who)<p class=\"sm\">\(words)</p></article>"
    }
}

/// The cards that name the best model for this and that.
struct BestCards {
    var view: ShownResults

    var markup: Markup {
        guard view.results.count > 0, view.models.count > 1 else { return "" }
        let hasTail = view.results.allSatisfy { $0.row.latency_p95 != nil }
        let latency = Contest(
            view, hasTail ? "latency_p95" : "latency_p50", hasTail ? \.latency_p95 : \.latency_p50, better: .lower)
        return """
            <h2>Best model for…</h2><div class="cards">\
            \(Contest(view, "tps", \.tps, better: .higher).card("Highest throughput", unit: "tok/s"))\
            \(Contest(view, "ttft", \.ttft, better: .lower).card("Fastest first token", unit: "ms"))\
            \(latency.card(hasTail ? "Lowest P95 latency" : "Lowest median latency", unit: "ms"))\(reliability)</div>
            """
    }

    /// Requests that failed, of each model; where none did, what the true rate may still be (rule of three, 95 %).
    private var reliability: Markup {
        let tallies = view.models.compactMap { model -> (series: Series, failed: Double, all: Double)? in
            let rows = view.results.map(\.row).filter { $0.model_id == model.id }
            let all = rows.reduce(0) { $0 + ($1.total_iterations ?? 0) }
            let whole = rows.reduce(0) { $0 + ($1.successful_iterations ?? 0) }
            return all > 0 ? (model.series, all - whole, all) : nil
        }
        guard let best = tallies.min(by: { $0.failed / $0.all < $1.failed / $1.all }) else { return "" }
        let equal = tallies.filter { $0.failed / $0.all == best.failed / best.all }
        let names = equal.map(\.series.name).formatted(.list(type: .and).locale(Locale(identifier: "en_GB")))
        let bound = best.failed == 0 ? "; the true rate may be up to \(Figure.adaptive(300 / best.all)) %" : ""
        let who: Markup =
            equal.count == 1 ? "<p><b>\(best.series.icon)\(best.series.name)</b></p>" : "<p><b>tie</b></p>"
        return """
            <article class="card"><h3>Most reliable</h3><p class="mid">\(Figure.count(Int(best.failed))) of \(Figure.count(Int(best.all))) failed</p>\
            \(who)<p class="sm">\(equal.count == 1 ? "fewest failures" : names)\(bound)</p></article>
            """
    }
}
