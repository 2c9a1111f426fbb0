import DataFolder

/// A comparison as the command line shows it: a table of changes, then what else differed.
struct ComparisonReport {
    private let comparison: Comparison

    init(_ comparison: Comparison) { self.comparison = comparison }

    func text(_ style: Style) -> String {
        let parts = [
            heading(style), table(style), summary(style), differences(style), unmatched(style), footing(style),
        ]
        return parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    private func heading(_ style: Style) -> String {
        [("Before", comparison.before), ("After ", comparison.after)].map { name, side in
            let model = side.model_id.map { "\($0) of " } ?? ""
            return
                "\(style.bold(name))  \(model)run \(side.run_id), \(Figures.moment(milliseconds: side.started_at)) UTC"
        }.joined(separator: "\n")
    }

    private func table(_ style: Style) -> String {
        let hasSeveralModels = Set(comparison.rows.map(\.model_before)).count > 1
        let hasLevels = Set(comparison.rows.map { [$0.concurrency.map(Double.init), $0.rate] }).count > 1
        var columns: [(String, TextTable.Alignment)] = hasSeveralModels ? [("Model", .left)] : []
        columns += [("Scenario", .left)] + (hasLevels ? [("Load", .left)] : [])
        var table = TextTable(
            columns + [
                ("Figure", .left), ("Before", .right), ("After", .right), ("Change", .right), ("95 % interval", .right),
                ("Verdict", .left),
            ])
        for row in comparison.rows {
            var cells = hasSeveralModels ? [row.model_before] : []
            cells.append(row.scenario)
            if hasLevels {
                cells.append(row.concurrency.map { "\($0) at once" } ?? row.rate.map { "\(Figures.rate($0))/s" } ?? "—")
            }
            table.add(
                cells + [
                    "\(row.metric), \(row.unit)", Figures.adaptive(row.before), Figures.adaptive(row.after),
                    percent(row.change), interval(row), verdict(row, style),
                ])
        }
        return table.render(style)
    }

    private func summary(_ style: Style) -> String {
        let counts = Dictionary(grouping: comparison.rows, by: \.verdict).mapValues(\.count)
        let words: [(Comparison.Verdict, String)] = [
            (.better, "better"), (.worse, "worse"), (.changed, "changed"), (.noClearChange, "without a clear change"),
            (.unknown, "that can't be told"),
        ]
        let parts = words.compactMap { verdict, word in counts[verdict].map { "\($0) \(word)" } }
        return style.bold(
            "Of \(Figures.counted(comparison.rows.count, "figure", "figures")): \(parts.joined(separator: ", ")).")
    }

    private func differences(_ style: Style) -> String {
        guard !comparison.differences.isEmpty else {
            return
                "Nothing else that is known of the two differed: suite, settings, model, server and host are the same."
        }
        var table = TextTable([("What else differed", .left), ("Before", .left), ("After", .left)])
        for difference in comparison.differences {
            table.add([difference.what, difference.before ?? "—", difference.after ?? "—"])
        }
        return table.render(style)
    }

    private func unmatched(_ style: Style) -> String {
        guard !comparison.unmatched.isEmpty else { return "" }
        return style.yellow("Only on one side: \(comparison.unmatched.joined(separator: "; ")).")
    }

    private func footing(_ style: Style) -> String {
        style.dim(
            "\(comparison.formula_set); change = (after − before) / before; clear: p < 0.05, corrected for "
                + Figures.counted(comparison.rows.count { $0.p != nil }, "comparison", "comparisons")
                + ", and at least \(Figures.rate(comparison.least_change * 100)) %")
    }

    private func percent(_ share: Double?) -> String {
        share.map { ($0 > 0 ? "+" : "") + Figures.number($0 * 100) + " %" } ?? "—"
    }

    private func interval(_ row: Comparison.Row) -> String {
        guard row.change_low != nil, row.change_high != nil else { return "—" }
        return "\(percent(row.change_low)) to \(percent(row.change_high))"
    }

    private func isSmall(_ row: Comparison.Row) -> Bool {
        row.p.map { $0 < Installation.comparisonLevel } == true && abs(row.change ?? 0) < comparison.least_change
    }

    private func verdict(_ row: Comparison.Row, _ style: Style) -> String {
        let p = row.p.map { $0 < 0.001 ? " (p < 0.001)" : " (p = \(Figures.number($0, digits: 3)))" } ?? ""
        return switch row.verdict {
        case .better: style.green("better") + p
        case .worse: style.red("worse") + p
        case .changed: "changed" + p
        case .noClearChange:
            row.before == row.after ? "equal" : isSmall(row) ? "too small to count" + p : "no clear change" + p
        case .unknown: row.before == nil || row.after == nil ? "not measured on both sides" : "too few to tell"
        }
    }
}
