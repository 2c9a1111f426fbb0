/// What the machine did meanwhile: a small line for each resource, over one common time.
public struct ResourceChart: Chart {
    /// One resource.
    public struct Line: Sendable {
        /// `CPU`.
        public var name: String
        public var unit: String
        /// What the line's room reaches to; nil for the largest value.
        public var most: Double?
        /// In the order of time: seconds since the run's start, and what was read then; nil where nothing could be read.
        public var readings: [(at: Double, value: Double?)]

        public init(_ name: String, unit: String, most: Double? = nil, readings: [(at: Double, value: Double?)]) {
            self.name = name
            self.unit = unit
            self.most = most
            self.readings = readings
        }
    }

    /// When a model was measured, in seconds since the run's start.
    public struct Phase: Sendable {
        public var series: Series
        public var from: Double
        public var to: Double

        public init(_ series: Series, from: Double, to: Double) {
            self.series = series
            self.from = from
            self.to = to
        }
    }

    public var title: String
    public var question: String
    public var lines: [Line]
    public var phases: [Phase]

    public init(title: String, question: String, lines: [Line], phases: [Phase]) {
        self.title = title
        self.question = question
        self.lines = lines.filter { line in line.readings.contains { $0.value != nil } }
        self.phases = phases
    }

    private static let pitch = 54.0
    /// Points of a line at most: of more readings several are averaged.
    private static let pointLimit = 260
    private var bottom: Double { 16 + Double(lines.count) * Self.pitch + (phases.isEmpty ? 0 : 34) }
    public var size: (width: Double, height: Double) { (1180, max(120, bottom + 40)) }

    public var summary: String {
        lines.isEmpty
            ? "no resource could be read"
            : lines.map { line in
                let known = line.readings.compactMap(\.value)
                return
                    "\(line.name) mean \(Figure.adaptive(known.reduce(0, +) / Double(max(1, known.count)))), most \(Figure.adaptive(known.max())) \(line.unit)"
            }.joined(separator: "; ")
    }

    public var table: ChartTable {
        ChartTable(
            ["seconds"] + lines.map { "\($0.name), \($0.unit)" },
            (lines.first?.readings ?? []).indices.map { index in
                [Figure.number(lines[0].readings[index].at, digits: 2)]
                    + lines.map { index < $0.readings.count ? Figure.adaptive($0.readings[index].value) : "—" }
            })
    }

    public func draw(on drawing: inout Drawing) {
        guard !lines.isEmpty else { return drawing.nothing("no resource could be read", in: size) }
        let left = 70.0
        let last = max(lines.compactMap { $0.readings.last?.at }.max() ?? 0, phases.map { $0.to }.max() ?? 0)
        let across = Scale.fromZero(to: last, left, 1090, count: 10)
        // The time that there is, not the next round one: the lines end at the edge.
        let time = Scale(
            low: 0, high: max(last, 1e-3), isLogarithmic: false, start: left, end: 1090,
            ticks: across.ticks.filter { $0 <= last })
        drawing.verticals(time, from: 10, to: bottom)
        drawing.text((left + 1090) / 2, bottom + 34, "seconds since the run's start", "at", .middle)
        for (index, line) in lines.enumerated() {
            let base = 16 + Double(index + 1) * Self.pitch - 8
            draw(line, base, time, on: &drawing)
        }
        guard !phases.isEmpty else { return }
        let y = bottom - 14
        var free = -Double.infinity
        for phase in phases {
            let (from, to) = (time.place(phase.from), time.place(phase.to))
            drawing.series(phase.series) { drawing in
                drawing.add(
                    "<rect x=\"\(from)\" y=\"\(y)\" width=\"\(max(1.5, to - from))\" height=\"10\" class=\"b\"><title>\(phase.series.name) was measured from \(Figure.adaptive(phase.from)) to \(Figure.adaptive(phase.to)) s</title></rect>"
                )
                let name = Lettering.fitted(phase.series.name, max(to - from, 60))
                guard from >= free else { return }
                drawing.text(from, y - 5, name, "lb")
                free = from + Lettering.width(name) + 8
            }
        }
    }

    private func draw(_ line: Line, _ base: Double, _ time: Scale, on drawing: inout Drawing) {
        let height = Self.pitch - 18
        let largest = line.readings.compactMap(\.value).max() ?? 0
        let scale = Scale.fromZero(to: line.most ?? largest, base, base - height, count: 1)
        drawing.text(4, base - height / 2 + 4, line.name, "lb")
        drawing.text(time.start - 5, base + 4, "0", "tk", .end)
        drawing.text(time.start - 5, base - height + 4, "\(Figure.tick(scale.high))", "tk", .end)
        drawing.line(time.start, base, time.end, base, "ax")
        drawing.line(time.start, base - height, time.end, base - height, "gr")
        let step = max(1, (line.readings.count + Self.pointLimit - 1) / Self.pointLimit)
        let usual =
            line.readings.count > 1 ? line.readings[line.readings.count - 1].at / Double(line.readings.count - 1) : 0
        var path = PathData()
        var isDrawing = false
        var before = 0.0
        var known = false
        for start in stride(from: 0, to: line.readings.count, by: step) {
            let end = min(line.readings.count, start + step)
            var (sum, count, at) = (0.0, 0.0, 0.0)
            for reading in line.readings[start..<end] {
                at += reading.at
                if let value = reading.value { (sum, count) = (sum + value, count + 1) }
            }
            at /= Double(end - start)
            if count > 0 {
                let (x, value) = (time.place(at), sum / count)
                // Where readings are missing there is no line.
                if isDrawing, at - before <= 4 * usual * Double(step) {
                    path.line(x, scale.place(value))
                } else {
                    if known { gap(from: before, to: at, base, height, time, on: &drawing) }
                    path.dot(x, scale.place(value))
                }
                (isDrawing, known, before) = (true, true, at)
            } else {
                isDrawing = false
            }
        }
        drawing.path(path, "ln thin ink")
        let final = line.readings.last { $0.value != nil }?.value ?? nil
        drawing.text(time.end + 6, base - height / 2 + 4, "\(Figure.adaptive(final)) \(line.unit)", "vl")
    }

    private func gap(
        from: Double, to: Double, _ base: Double, _ height: Double, _ time: Scale, on drawing: inout Drawing
    ) {
        let (x1, x2) = (time.place(from), time.place(to))
        drawing.add(
            "<rect x=\"\(x1)\" y=\"\(base - height)\" width=\"\(x2 - x1)\" height=\"\(height)\" class=\"gap\"/>")
        if x2 - x1 > 64 { drawing.text((x1 + x2) / 2, base - height / 2 + 4, "no reading", "tk", .middle) }
    }
}
