import Foundation
import Results
import Runs

/// What a sweep came to.
extension RunReport {
    /// Results as the table shows them: of a sweep by load, the one request at a time first.
    var rows: [ResultDetail] {
        guard run.config.sweep != nil else { return results }
        let places = results.map(\.row.place)
        func order(_ row: ResultRow) -> (Int, Double, Int) {
            (places.firstIndex(of: row.place) ?? 0, row.rate ?? 0, row.concurrency ?? 0)
        }
        return results.sorted { order($0.row) < order($1.row) }
    }

    /// Whether this is the level with the most load at which the objective was kept.
    func isKnee(_ row: ResultRow) -> Bool {
        run.sweeps.contains { sweep in
            sweep.model_id == row.model_id && sweep.scenario == row.scenario
                && (sweep.knee_rate.map { $0 == row.rate } ?? sweep.knee_concurrency.map { $0 == row.concurrency }
                    ?? false)
        }
    }

    /// A sentence on the knee of each model and scenario, and why the sweep ended there.
    func sweepText(_ style: Style) -> String {
        guard let objective = run.config.objective else { return "" }
        let several = Set(run.sweeps.map(\.model_id)).count > 1
        return run.sweeps.map { sweep in
            let model = run.phases.first { $0.model_id == sweep.model_id }?.alias ?? sweep.model_id
            let place = several ? "\(model) · \(sweep.scenario)" : sweep.scenario
            let knee =
                sweep.kneeInWords.map { "the most load that keeps \(objective.inWords) is \($0)." }
                ?? "no load kept \(objective.inWords)."
            return "\(style.bold("\(place):")) \(knee) \(style.dim(sweep.reason))"
        }.joined(separator: "\n")
    }
}

extension ResultRow {
    fileprivate var place: String { "\(model_id)\u{0}\(scenario)" }
}

extension SweepRow {
    fileprivate var kneeInWords: String? {
        knee_rate.map { "\(Figures.rate($0)) requests/s" }
            ?? knee_concurrency.map { Figures.counted($0, "stream", "streams") }
    }
}

extension ObjectiveRow {
    /// `TTFT ≤ 300 ms and TPOT ≤ 50 ms/token for 95 % of the requests`.
    var inWords: String {
        let limits = [
            ttft.map { "TTFT ≤ \(Figures.rate($0)) ms" }, tpot.map { "TPOT ≤ \(Figures.rate($0)) ms/token" },
            latency.map { "latency ≤ \(Figures.duration($0 / 1000))" },
        ].compactMap(\.self)
        return
            "\(limits.formatted(.list(type: .and).locale(.init(identifier: "en_GB")))) for \(Figures.rate(share * 100)) % of the requests"
    }
}

extension RunConfigRow {
    /// How long each level was, and how its requests were started.
    var lengthInWords: String {
        let limits = [
            iterations_limit.map { "at most \(Figures.count($0)) iterations" },
            duration.map { "\(Figures.duration(Double($0) / 1000)) a level" },
        ].compactMap(\.self)
        let length =
            min_precision.map { "until ±\(Figures.rate($0 * 100)) %, \(limits.joined(separator: " and "))" }
            ?? limits.first ?? "\(iterations ?? 0) iterations"
        let parts = [
            length, ramp.map { "ramp \(Figures.duration(Double($0) / 1000))" },
            sweep.map { "sweep over \($0.over), at most \($0.levels) levels" },
            openLoopInWords, cooldown > 0 ? "cool-down of \(Figures.counted(cooldown, "request", "requests"))" : nil,
            connections == "fresh" ? "a new connection for each request" : nil, trace?.inWords,
            objective.map { "objective \($0.inWords)" },
        ]
        return parts.compactMap(\.self).joined(separator: ", ")
    }

    private var openLoopInWords: String? {
        guard let arrivals else { return nil }
        let most = max_in_flight.map { ", at most \(Figures.count($0)) in flight" } ?? ""
        return "open loop (\(arrivals) arrivals)\(most)"
    }
}

extension TraceRow {
    fileprivate var inWords: String {
        let what = name.map { "trace \($0)" } ?? run_id.map { "as run \($0) was" } ?? "trace"
        return speed == 1 ? what : "\(what) at \(Figures.rate(speed)) times its speed"
    }
}
