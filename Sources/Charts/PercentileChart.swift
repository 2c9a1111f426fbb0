import Foundation

/// How a time is distributed: each model's values over the share of requests that took no longer, the tail stretched.
public struct PercentileChart: Chart {
    /// All values of one model, in ms and ascending.
    public struct Curve: Sendable {
        public var series: Series
        public var sorted: [Double]

        public init(_ series: Series, sorted: [Double]) {
            self.series = series
            self.sorted = sorted
        }
    }

    public var title: String
    public var question: String
    /// What the values are: `end-to-end latency`.
    public var what: String
    public var curves: [Curve]

    public init(title: String, question: String, what: String, curves: [Curve]) {
        self.title = title
        self.question = question
        self.what = what
        self.curves = curves.filter { !$0.sorted.isEmpty }
    }

    public let size = (width: 400.0, height: 260.0)

    /// Percentiles with names, and how many values it takes to tell them: 1 / (1 − q).
    private static let named: [(share: Double, name: String, least: Int)] = [
        (0.5, "P50", 2), (0.75, "P75", 4), (0.9, "P90", 10), (0.95, "P95", 20), (0.99, "P99", 100),
        (0.999, "P99.9", 1000),
    ]

    /// The named percentiles that so many values can tell.
    private static func told(by count: Int) -> [(share: Double, name: String, least: Int)] {
        named.filter { count >= $0.least }
    }

    private var unit: TimeUnit { TimeUnit(for: curves.compactMap(\.sorted.last).max() ?? 0) }

    public var summary: String {
        curves.isEmpty
            ? "nothing was measured"
            : curves.map { curve in
                let figures = Self.told(by: curve.sorted.count).filter { ["P50", "P95", "P99"].contains($0.name) }.map {
                    "\($0.name) \(Figure.adaptive(Self.quantile($0.share, curve.sorted) / unit.milliseconds)) \(unit.name)"
                }
                return "\(curve.series.name) \(figures.joined(separator: ", ")) of \(curve.sorted.count) requests"
            }.joined(separator: "; ")
    }

    public var table: ChartTable {
        ChartTable(
            ["series", "requests", "min, ms"] + Self.named.map { "\($0.name), ms" } + ["max, ms"],
            curves.map { curve in
                [curve.series.name, "\(curve.sorted.count)", Figure.adaptive(curve.sorted.first)]
                    + Self.named.map { percentile in
                        curve.sorted.count >= percentile.least
                            ? Figure.adaptive(Self.quantile(percentile.share, curve.sorted)) : "—"
                    } + [Figure.adaptive(curve.sorted.last)]
            })
    }

    public func draw(on drawing: inout Drawing) {
        guard !curves.isEmpty else { return drawing.nothing("no request gave a whole answer", in: size) }
        let (left, right, top, bottom) = (44.0, 296.0, 26.0, 220.0)
        let unit = unit
        let last = curves.map { Self.told(by: $0.sorted.count).last?.share ?? 0.5 }.max() ?? 0.5
        let place = { (share: Double) in left + (right - left) * Self.stretched(share) / Self.stretched(last) }
        let highest = curves.map {
            Self.quantile(min(last, Self.told(by: $0.sorted.count).last?.share ?? 0), $0.sorted)
        }
        let scale = Scale.fromZero(to: (highest.max() ?? 0) / unit.milliseconds, bottom, top)
        drawing.horizontals(scale, from: left, to: right)
        drawing.text(4, 12, "\(what), \(unit.name)", "at")
        let names = Self.named.filter { $0.share <= last }.map { (place($0.share), $0.name) }
        drawing.verticals([(left, "min")] + names, from: top, to: bottom)
        drawing.line(left, bottom, right, bottom, "ax")
        drawing.text((left + right) / 2, 254, "percentile of the requests (tail stretched)", "at", .middle)
        var ends: [(Series, Double)] = []
        for curve in curves {
            let told = Self.told(by: curve.sorted.count)
            let end = told.last?.share ?? 0
            let steps = 56
            var path = PathData()
            var y = 0.0
            for step in 0...steps {
                // Evenly on the drawing, not in shares: the tail is where the curve bends.
                let share = 1 - pow(1 - end, Double(step) / Double(steps))
                y = scale.place(Self.quantile(share, curve.sorted) / unit.milliseconds)
                if step == 0 { path.move(place(share), y) } else { path.line(place(share), y) }
            }
            drawing.series(curve.series) { drawing in
                drawing.path(path, "ln")
                let shown = told.isEmpty ? [(share: 0.0, name: "the only request", least: 1)] : told
                for percentile in shown where ["P50", "P95"].contains(percentile.name) || percentile.share == end {
                    let value = Self.quantile(percentile.share, curve.sorted) / unit.milliseconds
                    drawing.add(
                        curve.series.marker(
                            place(percentile.share), scale.place(value), size: 3.6,
                            title:
                                "\(curve.series.name), \(percentile.name): \(Figure.adaptive(value)) \(unit.name) of \(curve.sorted.count) requests"
                        ))
                }
            }
            ends.append((curve.series, y))
        }
        drawing.endLabels(ends, x: 302, width: 96, within: 20...216)
    }

    private static func stretched(_ share: Double) -> Double { -log10(1 - share) }

    /// Linear between neighbours.
    private static func quantile(_ share: Double, _ sorted: [Double]) -> Double {
        let rank = share * Double(sorted.count - 1)
        let (below, part) = (Int(rank), rank - rank.rounded(.down))
        let above = min(sorted.count - 1, below + 1)
        return sorted[below] + (sorted[above] - sorted[below]) * part
    }
}
