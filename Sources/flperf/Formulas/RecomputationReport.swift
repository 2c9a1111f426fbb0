import DataFolder

/// A recomputation as the command line shows it: a table of figures before and after, and the digest of them all.
struct RecomputationReport {
    private let recomputation: Recomputation
    private let figures: [RecomputedFigure]
    /// What the two columns of figures are called.
    var titles = ("Before", "After")
    /// Where the log says that it was applied, and whether it said so before; nil when it was not applied.
    var applied: AppliedRecomputation?

    /// - Parameter limit: how many figures to show.
    init(_ recomputation: Recomputation, limit: Int) {
        self.recomputation = recomputation
        figures = recomputation.figures(limit)
    }

    func text(_ style: Style) -> String {
        [figures.isEmpty ? "" : table(style), rest(style), summary(style)].filter { !$0.isEmpty }
            .joined(separator: "\n\n")
    }

    private func table(_ style: Style) -> String {
        func several(_ value: (RecomputedFigure) -> String) -> Bool { Set(figures.map(value)).count > 1 }
        let all: [(title: String, TextTable.Alignment, isShown: Bool, cell: (RecomputedFigure) -> String)] = [
            ("Set", .left, recomputation.sets.count > 1, \.formula_set),
            ("Suite", .left, several(\.suite_name), \.suite_name),
            ("Scenario", .left, true, { $0.scenario ?? "all" }),
            ("Load", .left, several(load), load),
            ("Figure", .left, true, name),
            ("Model", .left, several(\.model_alias), \.model_alias),
            // Ids begin with the time: the last digits tell runs apart.
            ("Run", .left, several(\.run_id), { "…" + $0.run_id.suffix(8) }),
            (titles.0, .right, true, { Figures.adaptive($0.before) }),
            (titles.1, .right, true, { Figures.adaptive($0.after) }),
            ("Change", .right, true, change), ("Rank", .left, true, { rank($0, style) }),
        ]
        let columns = all.filter(\.isShown)
        var table = TextTable(columns.map { ($0.title, $0.1) })
        for figure in figures { table.add(columns.map { $0.cell(figure) }) }
        return table.render(style)
    }

    private func load(_ figure: RecomputedFigure) -> String {
        figure.concurrency.map { "\($0) at once" } ?? figure.rate.map { "\(Figures.rate($0))/s" } ?? "all"
    }

    /// With the name that it has now, where that is another.
    private func name(_ figure: RecomputedFigure) -> String {
        let other = figure.metric_before.map { $0 == figure.metric ? "" : " (was \($0))" } ?? " (new)"
        return "\(figure.metric), \(figure.unit)\(other)"
    }

    private func change(_ figure: RecomputedFigure) -> String {
        guard let change = figure.change else { return "—" }
        let percent = change * 100
        return (percent > 0 ? "+" : "") + Figures.number(percent, digits: abs(percent) < 0.1 ? 4 : 1) + " %"
    }

    private func rank(_ figure: RecomputedFigure, _ style: Style) -> String {
        switch (figure.rank_before, figure.rank_after) {
        case (nil, nil): return "—"
        case (nil, let after?): return "\(after)"
        case (let before?, nil): return "\(before) → —"
        case (let before?, let after?):
            guard before != after else { return "\(after)" }
            let move = before > after ? style.green("▲\(before - after)") : style.red("▼\(after - before)")
            return "\(before) → \(after) \(move)"
        }
    }

    private func rest(_ style: Style) -> String {
        var lines: [String] = []
        let left = recomputation.changed - figures.count
        if left > 0 { lines.append("… and \(Figures.count(left)) more: --limit 0 or --json has all, --metric fewer.") }
        if recomputation.unchanged > 0 {
            let figures = Figures.counted(recomputation.unchanged, "figure stays", "figures stay")
            lines.append("\(figures) the same, and in the same place.")
        }
        return lines.map(style.dim).joined(separator: "\n")
    }

    private func summary(_ style: Style) -> String {
        let sets = recomputation.sets.map { "\($0.name)  \(style.dim($0.digest))" }
        let results = Figures.counted(recomputation.results, "result", "results")
        let runs = Figures.counted(recomputation.runIDs.count, "run", "runs")
        var lines = sets + ["\(results) of \(runs), outcome \(style.bold(recomputation.digest))"]
        if let applied {
            lines.append(
                applied.wasAlreadyThere
                    ? "These very figures stand there since event \(applied.position)."
                    : "Recorded as event \(applied.position).")
        }
        return lines.joined(separator: "\n")
    }
}
