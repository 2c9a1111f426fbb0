/// What more load costs: latency against throughput, a line per model through its load levels.
public struct LoadCurveChart: Chart {
    /// One model over its levels, in the order of load.
    public struct Curve: Sendable {
        public var series: Series
        /// Output tokens per second, latency in ms, and what the level is called.
        public var points: [(throughput: Double, latency: Double, level: String)]

        public init(_ series: Series, _ points: [(throughput: Double, latency: Double, level: String)]) {
            self.series = series
            self.points = points
        }
    }

    public var title: String
    public var question: String
    /// Which latency: `end-to-end P95`.
    public var latency: String
    /// What the levels are: `requests in flight`.
    public var levels: String
    public var curves: [Curve]
    /// Limit of the latency that the run aimed for, ms.
    public var limit: Double?

    public init(
        title: String, question: String, latency: String, levels: String, curves: [Curve], limit: Double? = nil
    ) {
        self.title = title
        self.question = question
        self.latency = latency
        self.levels = levels
        self.curves = curves.filter { !$0.points.isEmpty }
        self.limit = limit
    }

    public let size = (width: 400.0, height: 260.0)

    private var longest: Double { curves.flatMap(\.points).map(\.latency).max() ?? 0 }
    /// The limit where it is near enough to be drawn.
    private var shownLimit: Double? { limit.flatMap { $0 <= longest * 1.6 ? $0 : nil } }
    private var unit: TimeUnit { TimeUnit(for: max(longest, shownLimit ?? 0)) }

    public var summary: String {
        curves.isEmpty
            ? "nothing was measured"
            : curves.map { curve in
                let points = curve.points.map {
                    "\($0.level): \(Figure.adaptive($0.throughput)) tokens/s at \(Figure.adaptive($0.latency / unit.milliseconds)) \(unit.name)"
                }
                return "\(curve.series.name) \(points.joined(separator: ", "))"
            }.joined(separator: "; ")
    }

    public var table: ChartTable {
        ChartTable(
            ["series", levels, "output tokens/s", "\(latency), ms"],
            curves.flatMap { curve in
                curve.points.map {
                    [curve.series.name, $0.level, Figure.adaptive($0.throughput), Figure.adaptive($0.latency)]
                }
            })
    }

    public func draw(on drawing: inout Drawing) {
        guard !curves.isEmpty else { return drawing.nothing("no load level has both figures", in: size) }
        let (left, right, top, bottom) = (44.0, 292.0, 26.0, 220.0)
        let unit = unit
        let points = curves.flatMap(\.points)
        let across = Scale.fromZero(to: points.map(\.throughput).max() ?? 0, left, right)
        let highest = max(longest, shownLimit ?? 0) / unit.milliseconds
        let up = Scale.fromZero(to: highest, bottom, top)
        drawing.horizontals(up, from: left, to: right)
        drawing.verticals(across, from: top, to: bottom)
        drawing.line(left, bottom, right, bottom, "ax")
        drawing.text(4, 12, "\(latency), \(unit.name)", "at")
        drawing.text((left + right) / 2, 254, "output tokens/s; at the marks: \(levels)", "at", .middle)
        if let shownLimit {
            let y = up.place(shownLimit / unit.milliseconds)
            drawing.line(left, y, right, y, "slo")
            drawing.text(
                right - 2, y - 5, "SLO \(Figure.adaptive(shownLimit / unit.milliseconds)) \(unit.name)", "slot halo",
                .end)
        }
        var ends: [(Series, Double)] = []
        for curve in curves {
            drawing.series(curve.series) { drawing in
                var path = PathData()
                for (index, point) in curve.points.enumerated() {
                    let (x, y) = (across.place(point.throughput), up.place(point.latency / unit.milliseconds))
                    if index == 0 { path.move(x, y) } else { path.line(x, y) }
                }
                drawing.path(path, "ln")
                var free: (x: Double, y: Double) = (-100, -100)
                for point in curve.points {
                    let (x, y) = (across.place(point.throughput), up.place(point.latency / unit.milliseconds))
                    drawing.add(
                        curve.series.marker(
                            x, y, size: 3.8,
                            title:
                                "\(curve.series.name), \(point.level) \(levels): \(Figure.adaptive(point.throughput)) tokens/s, \(Figure.adaptive(point.latency / unit.milliseconds)) \(unit.name)"
                        ))
                    guard abs(x - free.x) > 16 || abs(y - free.y) > 12 else { continue }
                    drawing.text(x, y - 8, point.level, "tk halo", .middle)
                    free = (x, y)
                }
            }
            let last = curve.points[curve.points.count - 1]
            ends.append((curve.series, up.place(last.latency / unit.milliseconds)))
        }
        drawing.endLabels(
            ends, x: right + 4, width: 104, within: 14...212)
    }
}
