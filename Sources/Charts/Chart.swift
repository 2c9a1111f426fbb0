/// A drawing of data: data in, SVG out, and the same data as a table.
public protocol Chart: Sendable {
    /// What it shows: `Throughput`.
    var title: String { get }
    /// The question that it answers: `Which model makes tokens fastest?`
    var question: String { get }
    /// What somebody who can't see it is told: its figures, where they are few.
    var summary: String { get }
    /// The figures behind it.
    var table: ChartTable { get }
    /// How large it is; on a page it takes the width that there is.
    var size: (width: Double, height: Double) { get }

    /// Whether parts of it lead elsewhere.
    var hasLinks: Bool { get }

    func draw(on drawing: inout Drawing)
}

extension Chart {
    public var hasLinks: Bool { false }

    /// The drawing for a page that has `ChartStyle.rules` in its stylesheet.
    public var svg: Markup { svg(head: "", opening: "") }

    /// The drawing as a file of its own, with its colours for light and dark in it and its question above it.
    public var file: Markup {
        svg(
            head: "<style>\(ChartStyle.standalone)</style>",
            opening: " xmlns=\"http://www.w3.org/2000/svg\" width=\"\(size.width)\" height=\"\(size.height)\"")
    }

    private func svg(head: Markup, opening: Markup) -> Markup {
        var drawing = Drawing()
        draw(on: &drawing)
        // An image has no parts, so nothing in it could be used.
        let role = hasLinks ? "group" : "img"
        let wide: Markup = size.width > 500 ? " wide" : ""
        return
            "<svg\(opening) class=\"ch\(wide)\" viewBox=\"0 0 \(size.width) \(size.height)\" role=\"\(role)\" aria-label=\"\(title): \(summary)\">\(head)\(drawing.markup)</svg>"
    }
}

/// A chart's data as rows and columns.
public struct ChartTable: Sendable, Equatable {
    public var columns: [String]
    public var rows: [[String]]

    public init(_ columns: [String], _ rows: [[String]]) {
        self.columns = columns
        self.rows = rows
    }
}

/// What a chart is drawn on.
public struct Drawing {
    private(set) var markup = Markup()

    mutating func add(_ markup: Markup) { self.markup += markup }

    mutating func text(_ x: Double, _ y: Double, _ text: String, _ style: String, _ anchor: Anchor = .start) {
        let anchored: Markup =
            switch anchor {
            case .start: ""
            case .middle: " text-anchor=\"middle\""
            case .end: " text-anchor=\"end\""
            }
        add("<text x=\"\(x)\" y=\"\(y)\" class=\"\(style)\"\(anchored)>\(text)</text>")
    }

    mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) {
        var path = PathData()
        path.move(x1, y1)
        path.line(x2, y2)
        add("<path d=\"\(path.text)\" class=\"\(style)\"/>")
    }

    mutating func path(_ path: PathData, _ style: String, title: String? = nil) {
        guard !path.isEmpty else { return }
        let told: Markup? = title.map { "<title>\($0)</title>" }
        add("<path d=\"\(path.text)\" class=\"\(style)\">\(told)</path>")
    }

    /// All that belongs to one series, in its colour; pointing at it lets the others fade.
    mutating func series(_ series: Series, _ body: (inout Drawing) -> Void) {
        add("<g class=\"ser \(series.style)\">")
        body(&self)
        add("</g>")
    }

    enum Anchor { case start, middle, end }
}

extension Drawing {
    /// Lines across for the ticks of an upright axis, with their figures on the left.
    mutating func horizontals(_ scale: Scale, from left: Double, to right: Double) {
        var lines = PathData()
        for tick in scale.ticks {
            let y = scale.place(tick)
            lines.move(left, y)
            lines.line(right, y)
            text(left - 5, y + 4, Figure.tick(tick), "tk", .end)
        }
        path(lines, "gr")
    }

    /// Lines up for the ticks of a level axis, with their figures below.
    mutating func verticals(_ scale: Scale, from top: Double, to bottom: Double) {
        verticals(scale.ticks.map { (scale.place($0), Figure.tick($0)) }, from: top, to: bottom)
    }

    /// The same at any places; a label that would touch the one before is left out.
    mutating func verticals(_ places: [(x: Double, label: String)], from top: Double, to bottom: Double) {
        var lines = PathData()
        var free = -Double.infinity
        for (x, label) in places {
            lines.move(x, top)
            lines.line(x, bottom + 4)
            let half = Lettering.width(label, size: 11.5) / 2
            guard x - half >= free else { continue }
            text(x, bottom + 16, label, "tk", .middle)
            free = x + half + 6
        }
        path(lines, "gr")
    }

    /// The names of series at the right edge, each beside where it ends, none over another.
    mutating func endLabels(
        _ labels: [(series: Series, y: Double)], x: Double, width: Double, within limits: ClosedRange<Double>
    ) {
        let places = Lettering.spread(labels.map(\.y), gap: 14, within: limits)
        for (label, y) in zip(labels, places) {
            series(label.series) { drawing in
                drawing.add(label.series.marker(x + 5, y, size: 4))
                drawing.text(x + 13, y + 4, Lettering.fitted(label.series.name, width - 13), "lb")
            }
        }
    }

    /// What a chart without data shows.
    mutating func nothing(_ words: String, in size: (width: Double, height: Double)) {
        text(size.width / 2, size.height / 2, words, "at", .middle)
    }
}
