import Statistics

/// A formula set as written: every part of the YAML with its place, before any expression is parsed.
struct SetText {
    /// A scalar of the file and where it stands.
    struct Scalar {
        let text: String
        let position: ScalarPosition
    }

    struct Constant {
        let name: Scalar
        let value: Double
        let unit: String?
    }

    struct Metric {
        let section: FormulaSet.Section
        let name: Scalar
        let expression: Scalar
        let unit: String
        let better: FormulaSet.Direction
        let text: String
    }

    var name = ""
    var version = 0
    var title = ""
    var description = ""
    var filter: Scalar?
    var percentileMethod = Quantile.nearestRank
    /// How many values must lie beyond a percentile by its rank; 0 where any number of values has every percentile.
    var percentileTail = 0.0
    var constants: [Constant] = []
    var columns: [(original: String, metric: Scalar)] = []
    var metrics: [Metric] = []
}

/// Finds the place in the file of a character inside a scalar.
///
/// YAML may fold a scalar over lines, indent and quote it. The characters that are not white space still follow each
/// other in the file, so the place is found by walking both texts; where they differ (an escape), the scalar's own
/// start is the answer.
struct ScalarPosition {
    /// The scalars of the file and where its lines start, shared by all positions.
    let source: Source
    let line: Int
    let column: Int

    struct Source {
        let scalars: [Unicode.Scalar]
        /// Index of each line's first scalar.
        let lines: [Int]

        init(_ text: String) {
            scalars = Array(text.unicodeScalars)
            var lines = [0]
            // YAML's own line breaks: CR LF, LF, CR, NEL, LS and PS.
            for (index, scalar) in scalars.enumerated() {
                switch scalar.value {
                case 0x0A, 0x85, 0x2028, 0x2029: lines.append(index + 1)
                case 0x0D where index + 1 == scalars.count || scalars[index + 1].value != 0x0A: lines.append(index + 1)
                default: break
                }
            }
            self.lines = lines
        }
    }

    /// Line and column, from 1, of the scalar at `offset` in `text`, the scalar that stands here.
    func place(of offset: Int, in text: String) -> (line: Int, column: Int) {
        let start = (line, column)
        guard line >= 1, line <= source.lines.count else { return start }
        let scalars = source.scalars
        var index = source.lines[line - 1] + column - 1
        guard index >= 0, index < scalars.count else { return start }
        switch scalars[index] {
        case "\"", "'": index += 1
        case "|", ">": index = line < source.lines.count ? source.lines[line] : scalars.count
        default: break
        }
        func skipSpace() {
            while index < scalars.count, scalars[index].properties.isWhitespace { index += 1 }
        }
        var afterLast = index
        for (position, scalar) in text.unicodeScalars.enumerated() {
            if scalar.properties.isWhitespace { continue }
            skipSpace()
            guard index < scalars.count, scalars[index] == scalar else { return start }
            if position >= offset { return place(at: index) }
            index += 1
            afterLast = index
        }
        return place(at: afterLast)
    }

    private func place(at index: Int) -> (line: Int, column: Int) {
        let line = (source.lines.lastIndex { $0 <= index } ?? 0)
        return (line + 1, index - source.lines[line] + 1)
    }
}
