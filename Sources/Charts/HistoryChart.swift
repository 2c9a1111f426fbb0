/// One figure over the runs, in the order of time: the level it keeps, and where it changed.
public struct HistoryChart: Chart {
    /// What one run measured.
    public struct Point: Sendable {
        public var value: Double
        /// A new level begins here.
        public var isChange: Bool
        /// The run, as it is told when pointed at.
        public var label: String

        public init(_ value: Double, isChange: Bool = false, label: String) {
            self.value = value
            self.isChange = isChange
            self.label = label
        }
    }

    /// One model's course.
    public struct Course: Sendable {
        public var series: Series
        public var points: [Point]

        public init(_ series: Series, _ points: [Point]) {
            self.series = series
            self.points = points
        }
    }

    public var title: String
    public var question: String
    /// What the figure is, its unit included.
    public var what: String
    public var courses: [Course]
    /// Whether it has the width of a page.
    public var isWide = false

    public init(title: String, question: String, what: String, courses: [Course], isWide: Bool = false) {
        self.title = title
        self.question = question
        self.what = what
        self.courses = courses.filter { !$0.points.isEmpty }
        self.isWide = isWide
    }

    public var size: (width: Double, height: Double) { isWide ? (1180, 300) : (400, 260) }

    /// The stretches between changes, with the median of each.
    private func levels(_ points: [Point]) -> [(range: Range<Int>, median: Double)] {
        let starts = [0] + points.indices.filter { $0 > 0 && points[$0].isChange }
        return zip(starts, starts.dropFirst() + [points.count]).map { start, end in
            let sorted = points[start..<end].map(\.value).sorted()
            return (start..<end, sorted[sorted.count / 2])
        }
    }

    public var summary: String {
        courses.isEmpty
            ? "no run has this figure"
            : courses.map { course in
                let medians = levels(course.points).map { Figure.adaptive($0.median) }
                return
                    "\(course.series.name) over \(course.points.count) runs, median \(medians.joined(separator: ", then "))"
            }.joined(separator: "; ")
    }

    public var table: ChartTable {
        ChartTable(
            ["series", "run", what, "new level"],
            courses.flatMap { course in
                course.points.map {
                    [course.series.name, $0.label, Figure.adaptive($0.value), $0.isChange ? "yes" : ""]
                }
            })
    }

    public func draw(on drawing: inout Drawing) {
        guard !courses.isEmpty else { return drawing.nothing("no run has this figure", in: size) }
        let (left, top) = (44.0, 26.0)
        let (right, bottom) = (size.width - 104, size.height - 44)
        let values = courses.flatMap { $0.points.map(\.value) }
        let scale = Scale.fromZero(to: values.max() ?? 0, bottom, top)
        let count = courses.map(\.points.count).max() ?? 1
        // Every course ends at the newest run.
        func place(run index: Int) -> Double {
            guard count > 1 else { return (left + right) / 2 }
            return left + 8 + (right - left - 16) * Double(index) / Double(count - 1)
        }
        func place(_ index: Int, _ course: Course) -> Double { place(run: index + count - course.points.count) }
        drawing.horizontals(scale, from: left, to: right)
        drawing.line(left, bottom, right, bottom, "ax")
        drawing.text(4, 12, what, "at")
        drawing.text((left + right) / 2, size.height - 8, "runs, oldest to newest", "at", .middle)
        let step = max(1, count / 5)
        let labels = stride(from: count - 1, through: 0, by: -step).reversed().map { index in
            (place(run: index), index == count - 1 ? "newest" : String(index - count + 1))
        }
        drawing.verticals(labels, from: bottom, to: bottom)
        var ends: [(Series, Double)] = []
        var free = [Double]()
        for course in courses {
            let levels = levels(course.points)
            drawing.series(course.series) { drawing in
                let places = course.points.enumerated().map { index, point in
                    (x: place(index, course), y: scale.place(point.value))
                }
                let line = PathData(through: places)
                drawing.path(line, "ln thin")
                var steps = PathData()
                for level in levels where level.range.count > 1 {
                    let y = scale.place(level.median)
                    steps.move(place(level.range.lowerBound, course), y)
                    steps.line(place(level.range.upperBound - 1, course), y)
                }
                drawing.path(steps, "ln")
                // Of very many runs the line alone is told apart.
                if course.points.count <= 120 {
                    for (index, point) in course.points.enumerated() {
                        drawing.add(
                            course.series.marker(
                                place(index, course), scale.place(point.value), size: 2.8,
                                title: "\(course.series.name), \(point.label): \(Figure.adaptive(point.value))"))
                    }
                }
            }
            for (before, after) in zip(levels, levels.dropFirst()) {
                let index = after.range.lowerBound
                let x = (place(index - 1, course) + place(index, course)) / 2
                drawing.line(x, top, x, bottom, "cp")
                let change = before.median == 0 ? nil : (after.median - before.median) / before.median * 100
                let sign = (change ?? 0) > 0 ? "+" : ""
                // Words of neighbouring changes stand below one another.
                let line = Double(free.count { abs($0 - x) < 90 })
                free.append(x)
                let isRight = x > (left + right) / 2
                drawing.text(
                    x + (isRight ? -5 : 5), bottom - 8 - line * 13,
                    "\(sign)\(Figure.number(change, digits: 0)) %", "slot halo", isRight ? .end : .start)
            }
            ends.append((course.series, scale.place(course.points[course.points.count - 1].value)))
        }
        drawing.endLabels(ends, x: right + 4, width: 98, within: 20...bottom - 4)
    }
}
