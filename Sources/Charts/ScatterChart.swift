import Foundation

/// One value of each request against another, and each model's middle.
public struct ScatterChart: Chart {
    /// All requests of one model.
    public struct Cloud: Sendable {
        public let series: Series
        public let points: [(x: Double, y: Double)]
        /// The middle of either value; NaN without points.
        let median: (x: Double, y: Double)

        public init(_ series: Series, _ points: [(x: Double, y: Double)]) {
            self.series = series
            self.points = points
            let (xs, ys) = (points.map { $0.x }.sorted(), points.map { $0.y }.sorted())
            median = points.isEmpty ? (.nan, .nan) : (xs[xs.count / 2], ys[ys.count / 2])
        }
    }

    public var title: String
    public var question: String
    /// What lies along the axes, units included.
    public var x: String
    public var y: String
    public var clouds: [Cloud]

    public init(title: String, question: String, x: String, y: String, clouds: [Cloud]) {
        self.title = title
        self.question = question
        self.x = x
        self.y = y
        self.clouds = clouds.filter { !$0.points.isEmpty }
    }

    public let size = (width: 400.0, height: 260.0)
    /// Marks in a drawing at most: of more requests several share one.
    private static let markLimit = 1_800

    public var summary: String {
        clouds.isEmpty
            ? "nothing was measured"
            : clouds.map {
                "\($0.series.name) median \(Figure.adaptive($0.median.x)) and \(Figure.adaptive($0.median.y)) of \($0.points.count) requests"
            }.joined(separator: "; ")
    }

    public var table: ChartTable {
        ChartTable(
            ["series", "requests", "median of \(x)", "median of \(y)"],
            clouds.map {
                [
                    $0.series.name, "\($0.points.count)", Figure.adaptive($0.median.x),
                    Figure.adaptive($0.median.y),
                ]
            })
    }

    public func draw(on drawing: inout Drawing) {
        guard !clouds.isEmpty else { return drawing.nothing("no request tells both", in: size) }
        let (left, right, top, bottom) = (44.0, 388.0, 26.0, 220.0)
        let across = Scale.suited(to: clouds.flatMap { $0.points.map { $0.x } }, left, right)
        let up = Scale.suited(to: clouds.flatMap { $0.points.map { $0.y } }, bottom, top)
        drawing.horizontals(up, from: left, to: right)
        drawing.verticals(across, from: top, to: bottom)
        drawing.line(left, bottom, right, bottom, "ax")
        drawing.text(4, 12, y + (up.isLogarithmic ? " (log scale)" : ""), "at")
        drawing.text((left + right) / 2, 254, x + (across.isLogarithmic ? " (log scale)" : ""), "at", .middle)
        let count = clouds.reduce(0) { $0 + $1.points.count }
        var labels: [(cloud: Cloud, x: Double, y: Double)] = []
        for cloud in clouds {
            drawing.series(cloud.series) { drawing in
                let share = max(200, Self.markLimit * cloud.points.count / max(1, count))
                drawing.path(marks(cloud, across, up, limit: share), cloud.series.shape % 2 == 1 ? "pts sq" : "pts")
                let middle = cloud.median
                let (x, y) = (across.place(middle.x), up.place(middle.y))
                drawing.add(
                    cloud.series.marker(
                        x, y, size: 5.4, "md",
                        title:
                            "\(cloud.series.name), median of \(cloud.points.count) requests: \(Figure.adaptive(middle.x)), \(Figure.adaptive(middle.y))"
                    ))
                labels.append((cloud, x, y))
            }
        }
        // Above everything, beside the middle, on the side where there is room.
        let places = Lettering.spread(labels.map { $0.y - 11 }, gap: 15, within: 22...212)
        for (label, y) in zip(labels, places) {
            let name = Lettering.fitted(label.cloud.series.name, 120)
            let isLeft = label.x + 12 + Lettering.width(name) > right
            drawing.text(label.x + (isLeft ? -10 : 10), y + 4, name, "lb halo", isLeft ? .end : .start)
        }
    }

    /// The requests as dots, line by line, none twice in one place; the coarser the more there are.
    private func marks(_ cloud: Cloud, _ across: Scale, _ up: Scale, limit: Int) -> PathData {
        let places = cloud.points.map { (x: across.place($0.x), y: up.place($0.y)) }.filter {
            $0.x.isFinite && $0.y.isFinite
        }
        let (width, height) = (size.width, size.height)
        var cell = 1.0
        while true {
            let (columns, rows) = (Int(width / cell) + 1, Int(height / cell) + 1)
            var isTaken = [Bool](repeating: false, count: columns * rows)
            var count = 0
            for place in places {
                let column = max(0, min(columns - 1, Int((place.x / cell).rounded())))
                let index = max(0, min(rows - 1, Int((place.y / cell).rounded()))) * columns + column
                if !isTaken[index] { (isTaken[index], count) = (true, count + 1) }
            }
            guard count <= limit else {
                cell *= 1.4
                continue
            }
            var path = PathData()
            for index in isTaken.indices where isTaken[index] {
                path.dot((Double(index % columns) * cell).rounded(), (Double(index / columns) * cell).rounded())
            }
            return path
        }
    }
}
