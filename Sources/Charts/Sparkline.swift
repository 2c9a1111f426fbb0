/// A figure's course in the height of a line of text.
public struct Sparkline: Sendable {
    public var series: Series
    /// In the order of time.
    public var values: [Double]
    /// What it is, for those who can't see it.
    public var what: String

    public init(_ series: Series, _ values: [Double], what: String) {
        self.series = series
        self.values = values.filter(\.isFinite)
        self.what = what
    }

    /// From zero, so that a change looks as large as it is.
    public var svg: Markup {
        let (width, height) = (120.0, 28.0)
        guard let last = values.last else { return "<span class=\"mut\">—</span>" }
        let scale = Scale.fromZero(to: values.max() ?? 0, height - 3, 3, count: 1)
        let most = max(values.max() ?? 0, 1e-12)
        let place = { (value: Double) in (height - 4) - (height - 8) * value / most }
        var path = PathData()
        for (index, value) in values.enumerated() {
            let x = values.count == 1 ? width - 6 : 4 + (width - 10) * Double(index) / Double(values.count - 1)
            if index == 0 { path.move(x, place(value)) } else { path.line(x, place(value)) }
        }
        return
            "<svg class=\"spark \(series.style)\" viewBox=\"0 0 \(width) \(height)\" role=\"img\" aria-label=\"\(what): \(values.count) runs, from \(Figure.adaptive(values.first)) to \(Figure.adaptive(last)), at most \(Figure.adaptive(scale.high == 0 ? 0 : values.max()))\"><path d=\"\(path.text)\" class=\"ln\"/>\(series.marker(width - 6, place(last), size: 3.2))</svg>"
    }
}
