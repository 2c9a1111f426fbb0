/// Bars from zero with their intervals: one figure of several models, group by group.
public struct BarChart: Chart {
    /// One bar.
    public struct Bar: Sendable {
        public var series: Series
        /// Nil where there is no figure: a dash stands in its place.
        public var value: Double?
        /// Its 95 % interval; nil where it has none.
        public var interval: ClosedRange<Double>?
        /// What else is told of it when it is pointed at, such as `n = 250`.
        public var note: String

        public init(_ series: Series, _ value: Double?, _ interval: ClosedRange<Double>? = nil, note: String = "") {
            self.series = series
            self.value = value
            self.interval = interval
            self.note = note
        }
    }

    /// Bars that belong together.
    public struct Group: Sendable {
        /// Empty for a single group, which needs no name.
        public var name: String
        public var bars: [Bar]

        public init(_ name: String, _ bars: [Bar]) {
            self.name = name
            self.bars = bars
        }
    }

    public var title: String
    public var question: String
    /// What the axis counts, unit included: `tokens per second`.
    public var axis: String
    public var groups: [Group]

    public init(title: String, question: String, axis: String, groups: [Group]) {
        self.title = title
        self.question = question
        self.axis = axis
        self.groups = groups
    }

    private var bars: [Bar] { groups.flatMap(\.bars) }
    private var isCompact: Bool { bars.count > 8 }
    private var pitch: Double { isCompact ? 17 : 30 }
    private var thickness: Double { isCompact ? 11 : 20 }
    private var heading: Double { groups.count > 1 ? 18 : 0 }
    private var bottom: Double { 10 + groups.reduce(0) { $0 + heading + Double($1.bars.count) * pitch } }

    public var size: (width: Double, height: Double) { (400, max(120, bottom + 40)) }

    public var summary: String {
        bars.isEmpty
            ? "nothing was measured"
            : groups.map { group in
                let figures = group.bars.map { "\($0.series.name) \(Figure.adaptive($0.value))" }
                return (group.name.isEmpty ? "" : "\(group.name): ") + figures.joined(separator: ", ")
            }.joined(separator: "; ") + " \(axis)"
    }

    public var table: ChartTable {
        ChartTable(
            ["group", "series", axis, "95 % from", "95 % to"],
            groups.flatMap { group in
                group.bars.map { bar in
                    [
                        group.name, bar.series.name, Figure.adaptive(bar.value),
                        Figure.adaptive(bar.interval?.lowerBound), Figure.adaptive(bar.interval?.upperBound),
                    ]
                }
            })
    }

    public func draw(on drawing: inout Drawing) {
        guard !bars.isEmpty else { return drawing.nothing("nothing was measured", in: size) }
        let names = bars.map { Lettering.width($0.series.name) }.max() ?? 0
        let left = min(150, max(40, names + 32))
        let largest = bars.flatMap { [$0.value, $0.interval?.upperBound] }.compactMap(\.self).filter(\.isFinite).max()
        let scale = Scale.fromZero(to: largest ?? 0, left, 346)
        drawing.verticals(scale, from: 6, to: bottom)
        drawing.line(left, bottom, scale.end, bottom, "ax")
        drawing.text((left + scale.end) / 2, bottom + 34, axis, "at", .middle)
        var y = 10.0
        for group in groups {
            if heading > 0 {
                drawing.text(4, y + 12, Lettering.fitted(group.name, 390), "gh halo")
                y += heading
            }
            for bar in group.bars {
                draw(bar, at: y, left, scale, on: &drawing)
                y += pitch
            }
        }
    }

    private func draw(_ bar: Bar, at top: Double, _ left: Double, _ scale: Scale, on drawing: inout Drawing) {
        let middle = top + pitch / 2
        let figure = Figure.adaptive(bar.value)
        drawing.series(bar.series) { drawing in
            drawing.add(bar.series.marker(10, middle, size: 4.2))
            drawing.text(20, middle + 4, Lettering.fitted(bar.series.name, left - 24), "lb")
            guard let value = bar.value, value.isFinite else {
                return drawing.text(left + 6, middle + 4, figure, "vl")
            }
            let end = scale.place(max(0, value))
            let reach = Figure.reach(value, bar.interval).map { " \($0)" } ?? ""
            let note = bar.note.isEmpty ? "" : ", \(bar.note)"
            drawing.add(
                "<rect x=\"\(left)\" y=\"\(middle - thickness / 2)\" width=\"\(end - left)\" height=\"\(thickness)\" class=\"b\"><title>\(bar.series.name): \(figure)\(reach) \(axis)\(note)</title></rect>"
            )
            var far = end
            if let interval = bar.interval, interval.upperBound.isFinite {
                let (from, to) = (scale.place(max(0, interval.lowerBound)), scale.place(interval.upperBound))
                var whisker = PathData()
                whisker.move(from, middle - 4)
                whisker.line(from, middle + 4)
                whisker.move(from, middle)
                whisker.line(to, middle)
                whisker.move(to, middle - 4)
                whisker.line(to, middle + 4)
                drawing.path(whisker, "wh")
                far = max(end, to)
            }
            drawing.text(far + 6, middle + 4, figure, "vl")
        }
    }
}
