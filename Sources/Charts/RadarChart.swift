import Foundation

/// Where each model is strong or weak: figures from 0 to 100 with fixed anchors, so that a shape does not depend on what else
/// was measured.
public struct RadarChart: Chart {
    /// One model's figures, 0 to 100, one for each axis; nil where there is none.
    public struct Profile: Sendable {
        public var series: Series
        public var values: [Double?]

        public init(_ series: Series, _ values: [Double?]) {
            self.series = series
            self.values = values
        }
    }

    public var title: String
    public var question: String
    public var axes: [String]
    public var profiles: [Profile]

    public init(title: String, question: String, axes: [String], profiles: [Profile]) {
        self.title = title
        self.question = question
        self.axes = axes
        self.profiles = profiles
    }

    public let size = (width: 400.0, height: 260.0)

    public var summary: String {
        profiles.isEmpty
            ? "nothing was measured"
            : profiles.map { profile in
                let figures = zip(axes, profile.values).map { "\($0) \(Figure.number($1, digits: 0))" }
                return "\(profile.series.name) \(figures.joined(separator: ", "))"
            }.joined(separator: "; ")
    }

    public var table: ChartTable {
        ChartTable(
            ["series"] + axes, profiles.map { [$0.series.name] + $0.values.map { Figure.number($0, digits: 0) } })
    }

    public func draw(on drawing: inout Drawing) {
        guard !profiles.isEmpty, axes.count >= 3 else { return drawing.nothing("nothing was measured", in: size) }
        let (centreX, centreY, radius) = (114.0, 132.0, 84.0)
        func point(_ axis: Int, _ value: Double) -> (Double, Double) {
            let angle = 2 * Double.pi * Double(axis) / Double(axes.count) - .pi / 2
            let length = radius * max(0, min(100, value)) / 100
            return (centreX + cos(angle) * length, centreY + sin(angle) * length)
        }
        func outline(_ value: (Int) -> Double) -> PathData {
            var path = PathData()
            for axis in axes.indices {
                let (x, y) = point(axis, value(axis))
                if axis == 0 { path.move(x, y) } else { path.line(x, y) }
            }
            path.close()
            return path
        }
        for ring in [25.0, 50, 75, 100] { drawing.path(outline { _ in ring }, ring == 100 ? "ax" : "gr") }
        var spokes = PathData()
        for axis in axes.indices {
            let (x, y) = point(axis, 100)
            spokes.move(centreX, centreY)
            spokes.line(x, y)
        }
        drawing.path(spokes, "gr")
        for profile in profiles {
            drawing.series(profile.series) { drawing in
                drawing.path(outline { profile.values[$0] ?? 0 }, "ln")
                for axis in axes.indices {
                    guard let value = profile.values[axis] else { continue }
                    let (x, y) = point(axis, value)
                    drawing.add(
                        profile.series.marker(
                            x, y, size: 3.4,
                            title: "\(profile.series.name), \(axes[axis]): \(Figure.number(value, digits: 0))"))
                }
            }
        }
        for ring in [50.0, 100] {
            drawing.text(centreX + 4, centreY - radius * ring / 100 + 11, Figure.tick(ring), "tk halo")
        }
        for axis in axes.indices {
            let (x, y) = point(axis, 100)
            let (dx, dy) = (x - centreX, y - centreY)
            let anchor: Drawing.Anchor = abs(dx) < 8 ? .middle : dx > 0 ? .start : .end
            let offset = abs(dx) < 8 ? (dy < 0 ? -8.0 : 16) : 4
            drawing.text(x + (anchor == .middle ? 0 : dx > 0 ? 6 : -6), y + offset, axes[axis], "at", anchor)
        }
        let first = 132 - Double(profiles.count - 1) * 8
        for (index, profile) in profiles.enumerated() {
            let y = first + Double(index) * 16
            drawing.series(profile.series) { drawing in
                drawing.add(profile.series.marker(294, y, size: 4))
                drawing.text(303, y + 4, Lettering.fitted(profile.series.name, 96), "lb")
            }
        }
    }
}
