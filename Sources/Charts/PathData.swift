/// The `d` of a path, written with relative steps: half as long as with absolute ones. Rounding never adds up, as each step is
/// taken from where the rounded pen stands.
struct PathData {
    var text: String { String(decoding: bytes, as: UTF8.self) }
    private var bytes: [UInt8] = []
    private var x = 0
    private var y = 0

    var isEmpty: Bool { bytes.isEmpty }

    mutating func move(_ x: Double, _ y: Double) { step(UInt8(ascii: "m"), x, y) }

    mutating func line(_ x: Double, _ y: Double) {
        let (toX, toY) = (Tenths(x).value, Tenths(y).value)
        if toY == self.y {
            guard toX != self.x else { return }
            bytes.append(UInt8(ascii: "h"))
            Tenths(tenths: toX - self.x).append(to: &bytes)
        } else if toX == self.x {
            bytes.append(UInt8(ascii: "v"))
            Tenths(tenths: toY - self.y).append(to: &bytes)
        } else {
            return step(UInt8(ascii: "l"), x, y)
        }
        (self.x, self.y) = (toX, toY)
    }

    /// A dot: a line of no length, which round or square ends make visible.
    mutating func dot(_ x: Double, _ y: Double) {
        move(x, y)
        bytes.append(UInt8(ascii: "h"))
        bytes.append(UInt8(ascii: "0"))
    }

    mutating func close() { bytes.append(UInt8(ascii: "z")) }

    private mutating func step(_ letter: UInt8, _ x: Double, _ y: Double) {
        let (toX, toY) = (Tenths(x).value, Tenths(y).value)
        bytes.append(letter)
        Tenths(tenths: toX - self.x).append(to: &bytes)
        if toY >= self.y { bytes.append(UInt8(ascii: " ")) }
        Tenths(tenths: toY - self.y).append(to: &bytes)
        (self.x, self.y) = (toX, toY)
    }
}

extension PathData {
    /// Pixels that several points may share before only the highest and lowest of them are drawn.
    private static let column = 2.0

    /// A line through places from left to right. Where many lie in one column of pixels it goes by their extremes, which looks
    /// the same and takes no more bytes than the drawing has columns.
    init(through places: [(x: Double, y: Double)]) {
        self.init()
        var index = 0
        while index < places.count {
            var end = index
            while end + 1 < places.count, places[end + 1].x - places[index].x < Self.column { end += 1 }
            let shared = places[index...end]
            var kept = [index, end]
            if shared.count > 4 {
                kept += [
                    shared.indices.min { places[$0].y < places[$1].y },
                    shared.indices.max { places[$0].y < places[$1].y },
                ]
                .compactMap(\.self)
            } else {
                kept = Array(index...end)
            }
            for place in Set(kept).sorted() {
                if isEmpty { move(places[place].x, places[place].y) } else { line(places[place].x, places[place].y) }
            }
            index = end + 1
        }
    }
}
