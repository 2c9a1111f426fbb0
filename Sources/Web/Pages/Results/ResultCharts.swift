import Charts
import DataFolder
import Formulas
import Results
import Runs

/// The charts of the Results page, by the names that their addresses have.
struct ResultCharts {
    var view: ShownResults
    var history: [History]

    static let names = [
        "throughput", "latency", "first-token", "load", "profile", "history", "timeline", "resources",
    ]

    /// The chart of that name; nil when there is none.
    func chart(_ name: String) -> (any Chart)? {
        switch name {
        case "throughput": throughput
        case "latency": latency
        case "first-token": firstToken
        case "load": load
        case "profile": profile
        case "history": course
        case "timeline": timeline
        case "resources": resources
        default: nil
        }
    }

    /// Bars of one chart at most: of more results those at the first load level are shown, then those of the first scenario.
    private static let barLimit = 16

    private var throughput: BarChart {
        var results = view.results
        var place: [String] = []
        if results.count > Self.barLimit, let level = view.levels.first, view.levels.count > 1 {
            results = results.filter { $0.row.levelName == level }
            place.append(level)
        }
        if results.count > Self.barLimit, let scenario = view.scenarios.first, view.scenarios.count > 1 {
            results = results.filter { $0.row.scenario == scenario }
            place.append(scenario)
        }
        var groups: [BarChart.Group] = []
        for result in results {
            let row = result.row
            let name = [
                Set(results.map(\.row.scenario)).count > 1 ? row.scenario : nil,
                Set(results.map(\.row.levelName)).count > 1 ? row.levelName : nil,
            ].compactMap(\.self).joined(separator: ", ")
            let bar = BarChart.Bar(
                view.series(of: row), row.tps, result.intervals["tps"],
                note: "\(Figure.number(row.total_iterations, digits: 0)) requests")
            if let index = groups.firstIndex(where: { $0.name == name }) {
                groups[index].bars.append(bar)
            } else {
                groups.append(.init(name, [bar]))
            }
        }
        return BarChart(
            title: "Throughput",
            question: "Which model makes tokens fastest?" + (place.isEmpty ? "" : " " + place.joined(separator: ", ")),
            axis: "output tokens per second; whisker = 95 % interval", groups: groups)
    }

    /// The values of a model's requests in the results that are shown.
    private func values(of model: String) -> [RequestValues] {
        let shown = Set(view.results.map(\.row.id))
        return view.picture.values.filter { $0.model == model && shown.contains($0.result) }
    }

    private var latency: PercentileChart {
        PercentileChart(
            title: "Latency by percentile", question: "What do the slowest requests feel like?",
            what: "end-to-end latency",
            curves: view.models.map { model in
                PercentileChart.Curve(
                    model.series, sorted: values(of: model.id).flatMap(\.latency).filter(\.isFinite).sorted())
            })
    }

    private var firstToken: ScatterChart {
        ScatterChart(
            title: "First token against token pace", question: "Slow to start, or slow to write?", x: "TTFT, ms",
            y: "TPOT, ms per token",
            clouds: view.models.map { model in
                let points = values(of: model.id).flatMap { values in
                    zip(values.firstToken, values.timePerToken).filter {
                        $0.isFinite && $1.isFinite && $0 > 0 && $1 > 0
                    }
                }
                return ScatterChart.Cloud(model.series, points.map { (x: $0.0, y: $0.1) })
            })
    }

    private var load: LoadCurveChart {
        let rows = view.picture.evaluated.results.map(\.row).filter { row in
            // Levels of one scenario make a curve: the first one where none is chosen.
            row.scenario == view.scenario ?? view.run.scenarios.first
        }
        let hasTail = rows.allSatisfy { $0.latency_p95 != nil }
        let isOpen = rows.contains { $0.rate != nil }
        return LoadCurveChart(
            title: "Throughput against latency",
            question: "How far can the load rise?" + (view.scenario == nil ? " \(view.run.scenarios.first ?? "")" : ""),
            latency: hasTail ? "end-to-end P95" : "end-to-end median",
            levels: isOpen ? "requests/s asked for" : "requests in flight",
            curves: view.models.map { model in
                LoadCurveChart.Curve(
                    model.series,
                    rows.filter { $0.model_id == model.id }.compactMap { row in
                        guard let throughput = row.tps, let latency = hasTail ? row.latency_p95 : row.latency_p50
                        else { return nil }
                        return (throughput, latency, row.levelMark)
                    })
            }, limit: view.run.config.objective?.latency)
    }

    private var profile: RadarChart {
        let parts = ScoreCards.parts(of: view.set)
        return RadarChart(
            title: "Score profile", question: "Where is each model strong or weak?", axes: parts.map(\.title),
            profiles: view.models.map { model in
                .init(model.series, parts.map { part in view.metric(part.name, of: model.id).map { $0 * 100 } })
            })
    }

    private var course: HistoryChart {
        let shown = history.filter { $0.scenario == view.scenario ?? view.run.scenarios.first }
        return HistoryChart(
            title: "History",
            question: "Did something change, and when?"
                + (view.scenario == nil ? " \(view.run.scenarios.first ?? "")" : ""),
            what: "median end-to-end latency, ms",
            courses: view.models.compactMap { model in
                shown.first { $0.model_id == model.id }.map { $0.course(model.series) }
            })
    }

    private var timeline: TimelineChart {
        TimelineChart(
            title: "Token timeline", question: "Does output stall? The slowest answers of each model",
            requests: view.picture.timeline.map { request in
                let series = view.models.first { $0.id == request.model }?.series ?? Series(request.model, slot: 0)
                return .init(
                    "\(series.name) #\(request.iteration + 1)", series, arrivals: request.arrivals, end: request.end,
                    link: "/samples/\(request.position)")
            })
    }

    private var resources: ResourceChart {
        let readings = view.picture.course.readings
        func line(_ name: String, _ unit: String, _ most: Double?, _ value: KeyPath<RunCourse.Reading, Double?>)
            -> ResourceChart.Line
        {
            .init(name, unit: unit, most: most, readings: readings.map { ($0.at, $0[keyPath: value]) })
        }
        let phases = view.models.compactMap { model -> ResourceChart.Phase? in
            let requests = view.picture.course.requests.filter { $0.model == model.id }
            guard let first = requests.map(\.started).min(), let last = requests.map(\.ended).max() else { return nil }
            return .init(model.series, from: Double(first) / 1e9, to: Double(last) / 1e9)
        }
        return ResourceChart(
            title: "Resources during the run", question: "Was the machine the limit?",
            lines: [
                line("CPU", "%", 100, \.cpu), line("RAM", "%", 100, \.memory),
                line("Server", "% of a core", nil, \.serverCPU), line("GPU", "%", 100, \.gpu),
                line("GPU power", "W", nil, \.gpuPower),
            ], phases: phases)
    }

    /// All of them, as the page has them: small ones side by side, wide ones below.
    var markup: Markup {
        let small = ["throughput", "latency", "first-token", "load", "profile", "history"].map(figure)
        return """
            <h2>Charts</h2><div class="grid">\(small)</div><div class="stack side">\(figure("timeline"))\(figure("resources"))</div>
            """
    }

    private func figure(_ name: String) -> Markup {
        guard let chart = chart(name) else { return "" }
        let base = "/results/\(view.run.id.inAddress)/charts/\(name)"
        let query = view.address().split(separator: "?", maxSplits: 1).dropFirst().first.map { "?\($0)" } ?? ""
        let and = query.isEmpty ? "?" : "&"
        let drawing: Markup =
            chart.size.width > 500
            ? "<div class=\"sx\" tabindex=\"0\" role=\"region\" aria-label=\"\(chart.title)\">\(chart.svg)</div>"
            : chart.svg
        return """
            <figure class="card" id="\(name)"><figcaption><h3>\(chart.title)</h3><p>\(chart.question)</p></figcaption>\(drawing)\
            <p class="lk"><a href="\(base)\(query)" aria-label="\(chart.title): data">data</a> · <a href="\(base)\(query)\(and)format=svg" aria-label="\(chart.title): SVG">SVG</a></p></figure>
            """
    }
}

extension History {
    func course(_ series: Series) -> HistoryChart.Course {
        .init(
            series,
            points.map {
                .init(
                    $0.value, isChange: $0.is_change,
                    label: "run \(Words.short($0.run_id)), \(Words.moment($0.created_at))")
            })
    }
}
