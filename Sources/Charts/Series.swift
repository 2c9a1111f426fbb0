/// What a mark belongs to, a model as a rule: its name, and the colour and shape that are its own in every chart.
public struct Series: Sendable, Hashable {
    public var name: String
    /// Which colour and shape, from 0. The first `colours` differ in both; later ones in the pair.
    public var slot: Int

    /// How many colours there are; as many shapes.
    public static let colours = 8

    public init(_ name: String, slot: Int) {
        self.name = name
        self.slot = max(0, slot)
    }

    /// The class that gives the colour: `s1` to `s8`.
    public var style: String { "s\(slot % Self.colours + 1)" }

    /// The shape's number. A colour that comes again comes with another shape.
    var shape: Int { (slot + slot / Self.colours) % Self.colours }

    /// The mark as a drawing of its own, to stand beside the name.
    public var icon: Markup {
        "<svg class=\"ic \(style)\" viewBox=\"0 0 12 12\" aria-hidden=\"true\">\(marker(6, 6, size: 4.4))</svg>"
    }

    /// The mark around a point.
    ///
    /// - Parameters:
    ///   - size: half its width, roughly: shapes are drawn so that they look alike in size.
    ///   - title: what is told of it when it is pointed at.
    func marker(_ x: Double, _ y: Double, size r: Double, _ kind: String = "d", title: String? = nil) -> Markup {
        let told: Markup? = title.map { "<title>\($0)</title>" }
        if shape == 0 {
            return "<circle cx=\"\(x)\" cy=\"\(y)\" r=\"\(r * 0.95)\" class=\"\(kind)\">\(told)</circle>"
        }
        var path = PathData()
        for (index, point) in Self.outlines[shape].enumerated() {
            let (px, py) = (x + point.0 * r, y + point.1 * r)
            if index == 0 { path.move(px, py) } else { path.line(px, py) }
        }
        path.close()
        return "<path d=\"\(path.text)\" class=\"\(kind)\">\(told)</path>"
    }

    private static let outlines: [[(Double, Double)]] = [
        [],
        [(-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)],
        [(0, -1.1), (1.05, 0.8), (-1.05, 0.8)],
        [(0, -1.2), (1.1, 0), (0, 1.2), (-1.1, 0)],
        [(0, 1.1), (1.05, -0.8), (-1.05, -0.8)],
        [
            (-0.35, -1), (0.35, -1), (0.35, -0.35), (1, -0.35), (1, 0.35), (0.35, 0.35), (0.35, 1), (-0.35, 1),
            (-0.35, 0.35), (-1, 0.35), (-1, -0.35), (-0.35, -0.35),
        ],
        [(0, -1.1), (1.05, -0.34), (0.65, 0.9), (-0.65, 0.9), (-1.05, -0.34)],
        [(-1.1, -0.6), (0, -0.15), (1.1, -0.6), (1.1, 0.3), (0, 0.85), (-1.1, 0.3)],
    ]
}
