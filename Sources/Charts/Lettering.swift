/// How much room text takes. A server has no fonts to ask: widths are those of common sans-serif faces, rather too wide.
enum Lettering {
    static let size = 12.0

    static func width(_ text: some StringProtocol, size: Double = size) -> Double {
        text.unicodeScalars.reduce(0) { $0 + width($1) } * size
    }

    /// The text, cut off with "…" where it is wider than that.
    static func fitted(_ text: String, _ limit: Double, size: Double = size) -> String {
        guard width(text, size: size) > limit else { return text }
        var left = limit - width("…", size: size)
        var kept = ""
        for character in text {
            left -= width(String(character), size: size)
            guard left >= 0 else { break }
            kept.append(character)
        }
        return kept + "…"
    }

    /// Where labels stand that want to be at these places, so that each has its room: as near as can be, in the same order.
    ///
    /// - Parameters:
    ///   - wanted: the middles of the labels.
    ///   - gap: what two middles are apart at least.
    ///   - limits: where the first and last may be. Where there is no room for all, they go beyond its end.
    static func spread(_ wanted: [Double], gap: Double, within limits: ClosedRange<Double>) -> [Double] {
        let order = wanted.indices.sorted { wanted[$0] < wanted[$1] }
        var places = order.map { max(limits.lowerBound, min(limits.upperBound, wanted[$0])) }
        // Labels that touch stand around their common middle: blocks, merged until none touches another.
        var blocks: [(sum: Double, count: Int)] = []
        for place in places {
            blocks.append((place, 1))
            while blocks.count > 1 {
                let (a, b) = (blocks[blocks.count - 2], blocks[blocks.count - 1])
                let endOfA = a.sum / Double(a.count) + Double(a.count - 1) / 2 * gap
                let startOfB = b.sum / Double(b.count) - Double(b.count - 1) / 2 * gap
                guard startOfB - endOfA < gap else { break }
                blocks.removeLast(2)
                blocks.append((a.sum + b.sum, a.count + b.count))
            }
        }
        var index = 0
        for block in blocks {
            let half = Double(block.count - 1) / 2 * gap
            let middle = max(limits.lowerBound + half, min(limits.upperBound - half, block.sum / Double(block.count)))
            for member in 0..<block.count {
                places[index] = middle - half + Double(member) * gap
                index += 1
            }
        }
        // Moving a block inside the limits may have made it touch its neighbour.
        for index in places.indices.dropFirst() { places[index] = max(places[index], places[index - 1] + gap) }
        var result = wanted
        for (index, place) in zip(order, places) { result[index] = place }
        return result
    }

    private static func width(_ scalar: Unicode.Scalar) -> Double {
        switch scalar {
        case "i", "l", "j", "I", "'", "|", ".", ",", ":", ";", "!", "\u{202F}": 0.32
        case "f", "t", "r", "(", ")", "[", "]", "-", "/", " ": 0.42
        case "m", "w", "M", "W", "%", "@", "—", "…": 0.95
        case _ where scalar.value > 0x2E80: 1.05
        case _ where scalar.properties.isUppercase: 0.72
        default: 0.61
        }
    }
}
