/// When each chunk of some answers arrived: a tick each, so that a stall is a gap that can be seen.
public struct TimelineChart: Chart {
    /// One request.
    public struct Request: Sendable {
        /// `phi-4 · 12`.
        public var label: String
        public var series: Series
        /// When chunks arrived, ms since the request was sent, ascending.
        public var arrivals: [Double]
        /// When it ended, ms since it was sent.
        public var end: Double
        /// Where it is told in full; nil when nowhere.
        public var link: String?

        public init(_ label: String, _ series: Series, arrivals: [Double], end: Double, link: String? = nil) {
            self.label = label
            self.series = series
            self.arrivals = arrivals
            self.end = end
            self.link = link
        }

        /// Gaps longer than four times the median one: their ends.
        var stalls: [Int] {
            let gaps = zip(arrivals, arrivals.dropFirst()).map { $1 - $0 }
            guard gaps.count >= 4 else { return [] }
            let usual = gaps.sorted()[gaps.count / 2]
            guard usual > 0 else { return [] }
            return gaps.indices.filter { gaps[$0] > 4 * usual }.map { $0 + 1 }
        }
    }

    public var title: String
    public var question: String
    public var requests: [Request]

    public init(title: String, question: String, requests: [Request]) {
        self.title = title
        self.question = question
        self.requests = requests
    }

    public var hasLinks: Bool { requests.contains { $0.link != nil } }
    private var bottom: Double { 18 + Double(max(2, requests.count)) * 22 }
    public var size: (width: Double, height: Double) { (1180, bottom + 42) }
    private var unit: TimeUnit { TimeUnit(for: requests.map(\.end).max() ?? 0) }

    public var summary: String {
        requests.isEmpty
            ? "no answer was streamed"
            : requests.map {
                "\($0.label): \($0.arrivals.count) chunks, first after \(Figure.adaptive($0.arrivals.first.map { $0 / unit.milliseconds })) \(unit.name), \($0.stalls.count) stalls"
            }.joined(separator: "; ")
    }

    public var table: ChartTable {
        ChartTable(
            ["request", "chunks", "first, ms", "end, ms", "gaps over 4 × median"],
            requests.map {
                [
                    $0.label, "\($0.arrivals.count)", Figure.adaptive($0.arrivals.first), Figure.adaptive($0.end),
                    "\($0.stalls.count)",
                ]
            })
    }

    public func draw(on drawing: inout Drawing) {
        guard !requests.isEmpty else { return drawing.nothing("no answer was streamed", in: size) }
        let left = min(220, max(64, (requests.map { Lettering.width($0.label, size: 11.5) }.max() ?? 0) + 34))
        let unit = unit
        let scale = Scale.fromZero(
            to: (requests.map(\.end).max() ?? 0) / unit.milliseconds, left, 1110, count: 12)
        drawing.verticals(scale, from: 10, to: bottom)
        drawing.line(left, bottom, scale.end, bottom, "ax")
        drawing.text(
            (left + scale.end) / 2, bottom + 34,
            "\(unit.name) since the request was sent; a tick per chunk; pale = waiting for the first; ▲ = gap over 4 × median",
            "at", .middle)
        for (index, request) in requests.enumerated() {
            let y = 18 + Double(index) * 22
            drawing.series(request.series) { drawing in
                drawing.add(request.series.marker(10, y + 7, size: 3.8))
                let label = Lettering.fitted(request.label, left - 24, size: 11.5)
                if let link = request.link {
                    drawing.add("<a href=\"\(link)\"><text x=\"18\" y=\"\(y + 11)\" class=\"tk\">\(label)</text></a>")
                } else {
                    drawing.text(18, y + 11, label, "tk")
                }
                draw(request, at: y, scale, unit, on: &drawing)
            }
        }
    }

    private func draw(_ request: Request, at y: Double, _ scale: Scale, _ unit: TimeUnit, on drawing: inout Drawing) {
        let places = request.arrivals.map { scale.place($0 / unit.milliseconds) }
        let first = request.arrivals.first ?? request.end
        let start = scale.place(first / unit.milliseconds)
        drawing.add(
            "<rect x=\"\(scale.start)\" y=\"\(y)\" width=\"\(start - scale.start)\" height=\"14\" class=\"wt\"><title>\(Figure.adaptive(first)) ms until the first chunk</title></rect>"
        )
        // Ticks that would touch become one bar: it says the same in a fraction of the bytes.
        var ticks = PathData()
        var bars = PathData()
        var isDown = true
        var index = 0
        while index < places.count {
            var end = index
            while end + 1 < places.count, places[end + 1] - places[end] < 1.7 { end += 1 }
            if places[end] - places[index] < 1 {
                // Down and up in turn: the shortest way from one to the next.
                ticks.move(places[index], isDown ? y : y + 14)
                ticks.line(places[index], isDown ? y + 14 : y)
                isDown.toggle()
            } else {
                bars.move(places[index] - 0.5, y)
                bars.line(places[end] + 0.5, y)
                bars.line(places[end] + 0.5, y + 14)
                bars.line(places[index] - 0.5, y + 14)
                bars.close()
            }
            index = end + 1
        }
        drawing.path(bars, "run")
        drawing.path(ticks, "tok")
        var free = -Double.infinity
        for stall in request.stalls where places[stall] - free > 9 {
            drawing.text(places[stall], y - 1, "▲", "stl", .middle)
            free = places[stall]
        }
        drawing.text(
            scale.place(request.end / unit.milliseconds) + 6, y + 11,
            "\(Figure.adaptive(request.end / unit.milliseconds)) \(unit.name)", "vl")
    }
}
