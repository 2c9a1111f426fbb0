/// Something that two formula sets say differently.
public struct FormulaDifference: Sendable, Equatable, Encodable {
    /// Where it stands: `result.ttft_p50.expr`, `constants.stall`, `filter`.
    public let place: String
    /// What the first set says there; nil when it says nothing.
    public let before: String?
    /// What the second says there; nil when it says nothing.
    public let after: String?
}

extension FormulaSet {
    /// What another set says differently, in the order of its file; what it no longer has comes last.
    public func differences(to other: FormulaSet) -> [FormulaDifference] {
        let (mine, theirs) = (parts, other.parts)
        let old = Dictionary(mine, uniquingKeysWith: { first, _ in first })
        let new = Dictionary(theirs, uniquingKeysWith: { first, _ in first })
        let places = theirs.map(\.0) + mine.map(\.0).filter { new[$0] == nil }
        return places.filter { old[$0] != new[$0] }.map {
            FormulaDifference(place: $0, before: old[$0], after: new[$0])
        }
    }

    /// All that the text says, piece by piece.
    private var parts: [(String, String)] {
        guard let source = try? SetReader.read(text, file: name) else { return [] }
        var parts = [("set", name), ("title", title), ("description", description)]
        parts.append(("filter", source.filter?.text ?? ""))
        parts.append(("percentile_method", source.percentileMethod.rawValue))
        parts.append(("percentile_tail", "\(source.percentileTail)"))
        parts += source.constants.map { ("constants.\($0.name.text)", "\($0.value) \($0.unit ?? "")") }
        parts += source.columns.map { ("columns.\($0.original)", $0.metric.text) }
        for metric in metrics {
            let place = "\(metric.section.rawValue).\(metric.name)"
            parts += [
                ("\(place).expr", metric.expression), ("\(place).unit", metric.unit),
                ("\(place).better", metric.better.rawValue), ("\(place).text", metric.text),
            ]
        }
        return parts.map { ($0, $1.split { $0.isWhitespace }.joined(separator: " ")) }.filter { !$1.isEmpty }
    }
}
