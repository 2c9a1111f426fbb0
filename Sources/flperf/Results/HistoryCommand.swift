import ArgumentParser
import DataFolder
import Formulas

struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Shows how a figure of a model went over its runs, and where its level changed.",
        discussion: """
            Example:
              flperf history phi-4-mini --metric ttft_p50
              flperf history phi-4-mini --suite quick --scenario "Capital of France" --json

            A change of level is found by E-Divisive (Matteson and James, 2014): the series is split where its two sides differ \
            most, and the split counts when 95 of 100 shuffled copies differ less. It takes three runs on either side.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var past: PastOption
    @Argument(help: "The model's alias or id; all models by default.") var model: String?
    @Option(help: "Runs of this suite only.") var suite: String?
    @Option(help: "This scenario only.") var scenario: String?
    @Option(help: "The formula set, by its name or a file.") var formulas = "standard/1"
    @Option(help: "The figure of the set.") var metric = "output_tps"

    func run() async throws {
        let installation = try options.open(past)
        defer { installation.close() }
        let set = try installation.chosenSet(formulas)
        let figures = set.metrics.filter { $0.section == .result }
        guard let figure = figures.first(where: { $0.name == metric }) else {
            throw Failure(
                .usage,
                "'\(set.name)' has no figure '\(metric)'. There are: \(figures.map(\.name).joined(separator: ", ")).")
        }
        let series = try installation.history(of: figure, in: set, model: model, suite: suite)
            .filter { scenario == nil || $0.scenario == scenario }
        if options.json { return try Console.json(["history": series]) }
        guard !series.isEmpty else {
            return Console.error(
                "No run has measured \(metric)\(model.map { " of '\($0)'" } ?? ""). `flperf runs list` shows the runs there are."
            )
        }
        Console.out(series.map { text(of: $0, .output) }.joined(separator: "\n\n"))
    }

    private func text(of history: History, _ style: Style) -> String {
        let load = history.concurrency.map { "\($0) at once" } ?? history.rate.map { "\(Figures.rate($0))/s" } ?? ""
        var table = TextTable([
            ("Run", .left), ("Started (UTC)", .left), ("Measured", .left),
            ("\(history.metric), \(history.unit)", .right),
            ("", .left),
        ])
        let values = history.points.map(\.value)
        for (place, point) in history.points.enumerated() {
            table.add([
                point.run_id, Figures.moment(milliseconds: point.created_at), point.model_name,
                Figures.adaptive(point.value), point.is_change ? mark(history, values, at: place, style) : "",
            ])
        }
        let title = "\(history.model_alias), suite \(history.suite_name), \(history.scenario), \(load)"
        return style.bold(title) + "\n" + table.render(style)
    }

    /// What the new level is to the one before it.
    private func mark(_ history: History, _ values: [Double], at place: Int, _ style: Style) -> String {
        let changes = history.points.indices.filter { history.points[$0].is_change }
        let begin = changes.last { $0 < place } ?? 0
        let end = changes.first { $0 > place } ?? values.count
        let before = values[begin..<place].reduce(0, +) / Double(place - begin)
        let after = values[place..<end].reduce(0, +) / Double(end - place)
        let share =
            before == 0 ? "" : " " + (after > before ? "+" : "") + Figures.number((after / before - 1) * 100) + " %"
        let isBetter = history.better == "none" ? nil : (after > before) == (history.better == "higher")
        let words = "◀ new level\(share)"
        return isBetter.map { $0 ? style.green(words) : style.red(words) } ?? words
    }
}
