import Statistics
import Yams

/// Reads the YAML of a formula set into a ``SetText``, or says what is wrong with it and where.
struct SetReader {
    private let file: String
    private let source: ScalarPosition.Source

    static func read(_ text: String, file: String) throws(FormulaError) -> SetText {
        guard text.utf8.count <= FormulaLimits.textBytes else {
            throw FormulaError(
                code: .limit, file: file, line: 1, column: 1,
                sentence: "the set has \(text.utf8.count) bytes, more than \(FormulaLimits.textBytes)")
        }
        let reader = SetReader(file: file, source: ScalarPosition.Source(text))
        try reader.refuseAnchors()
        return try reader.set(from: try reader.compose(text))
    }

    // MARK: The set

    private func set(from root: Node) throws(FormulaError) -> SetText {
        let fields = try fields(of: root, "a formula set", .set)
        var set = SetText()
        set.name = try scalar(fields["set"]!, "'set'").text
        guard Self.isName(set.name, dashes: true) else {
            throw error(
                .field, at: fields["set"]!, "'set' must be a name of letters, digits, '_' and '-', found '\(set.name)'")
        }
        set.version = try version(fields["version"]!)
        set.title = try fields["title"].map { node throws(FormulaError) in try scalar(node, "'title'").text } ?? ""
        set.description =
            try fields["description"].map { node throws(FormulaError) in try scalar(node, "'description'").text } ?? ""
        set.filter = try fields["filter"].map { node throws(FormulaError) in try scalar(node, "'filter'") }
        if let node = fields["percentile_method"] { set.percentileMethod = try method(node) }
        if let node = fields["percentile_tail"] { set.percentileTail = try tail(node) }
        if let node = fields["constants"] { set.constants = try constants(node) }
        if let node = fields["columns"] { set.columns = try columns(node) }
        for section in FormulaSet.Section.allCases {
            if let node = fields[section.rawValue] { set.metrics += try metrics(node, section) }
        }
        let count = set.metrics.count + set.constants.count
        guard count <= FormulaLimits.metrics else {
            throw error(
                .limit, at: root, "the set has \(count) metrics and constants, more than \(FormulaLimits.metrics)")
        }
        return set
    }

    private func version(_ node: Node) throws(FormulaError) -> Int {
        let text = try scalar(node, "'version'").text
        guard let version = Int(text), version > 0 else {
            throw error(.field, at: node, "'version' must be a whole number from 1, found '\(text)'")
        }
        return version
    }

    private func method(_ node: Node) throws(FormulaError) -> Quantile {
        let text = try scalar(node, "'percentile_method'").text
        guard let method = Quantile(rawValue: text) else {
            throw error(.unknownFunction, at: node, Quantile.unknown(text))
        }
        return method
    }

    private func tail(_ node: Node) throws(FormulaError) -> Double {
        let text = try scalar(node, "'percentile_tail'").text
        guard let tail = Double(text), (0...1_000).contains(tail) else {
            throw error(.field, at: node, "'percentile_tail' must be a number from 0 to 1000, found '\(text)'")
        }
        return tail
    }

    private func constants(_ node: Node) throws(FormulaError) -> [SetText.Constant] {
        var constants: [SetText.Constant] = []
        for (key, value) in try pairs(node, "'constants'") {
            let name = try name(key, "constant")
            var number = value
            var unit: String?
            if case .mapping = value {
                let fields = try fields(of: value, "constant '\(name.text)'", .constant)
                number = fields["value"]!
                unit = try fields["unit"].map { node throws(FormulaError) in try scalar(node, "'unit'").text }
            }
            let text = try scalar(number, "constant '\(name.text)'").text
            guard let parsed = Double(text), parsed.isFinite else {
                throw error(.field, at: number, "constant '\(name.text)' must be a number, found '\(text)'")
            }
            constants.append(SetText.Constant(name: name, value: parsed, unit: unit))
        }
        return constants
    }

    private func columns(_ node: Node) throws(FormulaError) -> [(original: String, metric: SetText.Scalar)] {
        var columns: [(original: String, metric: SetText.Scalar)] = []
        for (key, value) in try pairs(node, "'columns'") {
            let column = try scalar(key, "a column")
            guard FormulaSet.originalColumns.contains(column.text) else {
                throw error(
                    .unknownName, at: key,
                    "unknown column '\(column.text)'."
                        + Guess.sentence(for: column.text, among: FormulaSet.originalColumns))
            }
            columns.append((column.text, try scalar(value, "column '\(column.text)'")))
        }
        return columns
    }

    private func metrics(_ node: Node, _ section: FormulaSet.Section) throws(FormulaError) -> [SetText.Metric] {
        var metrics: [SetText.Metric] = []
        for (key, value) in try pairs(node, "'\(section.rawValue)'") {
            let name = try name(key, "metric")
            let fields = try fields(of: value, "metric '\(name.text)'", .metric)
            var better = FormulaSet.Direction.none
            if let node = fields["better"] {
                let text = try scalar(node, "'better'").text
                guard let direction = FormulaSet.Direction(rawValue: text) else {
                    throw error(.field, at: node, "'better' must be 'higher', 'lower' or 'none', found '\(text)'")
                }
                better = direction
            }
            metrics.append(
                SetText.Metric(
                    section: section, name: name, expression: try scalar(fields["expr"]!, "'expr'"),
                    unit: try scalar(fields["unit"]!, "'unit'").text, better: better,
                    text: try fields["text"].map { node throws(FormulaError) in try scalar(node, "'text'").text } ?? "")
            )
        }
        return metrics
    }

    // MARK: Nodes

    private func fields(
        of node: Node, _ what: String, _ place: FormulaField.Place
    ) throws(FormulaError) -> [String: Node] {
        let known = FormulaField.names(in: place)
        var fields: [String: Node] = [:]
        for (key, value) in try pairs(node, what) {
            let name = try scalar(key, "a field of \(what)").text
            guard known.contains(name) else {
                let guess = Guess.nearest(to: name, among: known).map { "Did you mean '\($0)'?" }
                throw error(
                    .field, at: key,
                    "unknown field '\(name)' in \(what). \(guess ?? "Known are \(known.joined(separator: ", "))")")
            }
            fields[name] = value
        }
        for name in FormulaField.required(in: place) where fields[name] == nil {
            throw error(.field, at: node, "\(what) needs the field '\(name)'")
        }
        return fields
    }

    private func pairs(_ node: Node, _ what: String) throws(FormulaError) -> [(Node, Node)] {
        guard case .mapping(let mapping) = node else {
            throw error(.field, at: node, "\(what) must be a map of names and values")
        }
        return mapping.map { ($0.key, $0.value) }
    }

    private func scalar(_ node: Node, _ what: String) throws(FormulaError) -> SetText.Scalar {
        guard case .scalar(let scalar) = node else {
            throw error(.field, at: node, "\(what) must be one value, not a list or a map")
        }
        return SetText.Scalar(
            text: scalar.string,
            position: ScalarPosition(source: source, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1))
    }

    private func name(_ node: Node, _ what: String) throws(FormulaError) -> SetText.Scalar {
        let scalar = try scalar(node, "the name of a \(what)")
        guard Self.isName(scalar.text, dashes: false), !Parser.keywords.contains(scalar.text) else {
            throw error(
                .field, at: node,
                "'\(scalar.text.prefix(80))' cannot name a \(what): a name is a letter, then letters, digits and '_', "
                    + "at most \(FormulaLimits.nameLength), and not a word of the language")
        }
        return scalar
    }

    private static func isName(_ text: String, dashes: Bool) -> Bool {
        let scalars = text.unicodeScalars
        return scalars.first?.startsName == true && scalars.count <= FormulaLimits.nameLength
            && scalars.allSatisfy { $0.continuesName || (dashes && $0 == "-") }
    }

    private func error(_ code: FormulaError.Code, at node: Node, _ sentence: String) -> FormulaError {
        error(code, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1, sentence)
    }

    private func error(
        _ code: FormulaError.Code, line: Int = 1, column: Int = 1, _ sentence: String
    ) -> FormulaError {
        FormulaError(code: code, file: file, line: line, column: column, sentence: sentence)
    }

    // MARK: YAML

    /// Anchors are refused before composing: a few nested aliases unfold without limit, and a set needs none.
    private func refuseAnchors() throws(FormulaError) {
        let scalars = source.scalars
        for (index, scalar) in scalars.enumerated() where scalar == "&" {
            let before = index == 0 ? " " : scalars[index - 1]
            let after = index + 1 < scalars.count ? scalars[index + 1] : " "
            let opens = before.properties.isWhitespace || "[{,:-?!".unicodeScalars.contains(before)
            guard opens, !after.properties.isWhitespace, after != "&" else { continue }
            let line = source.lines.lastIndex { $0 <= index } ?? 0
            throw error(
                .yaml, line: line + 1, column: index - source.lines[line] + 1,
                "YAML anchors ('&name') are not read in formula sets. In a text, put a space after the '&'")
        }
    }

    private func compose(_ text: String) throws(FormulaError) -> Node {
        do {
            guard let node = try Yams.compose(yaml: text) else {
                throw error(.yaml, "the set is empty")
            }
            return node
        } catch let error as FormulaError {
            throw error
        } catch let yaml as YamlError {
            switch yaml {
            case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
                .composer(_, let problem, let mark, _):
                throw error(.yaml, line: mark.line, column: mark.column, "this is not YAML: \(problem)")
            case .duplicatedKeysInMapping(let names, let context):
                let mark = context.mark
                throw error(
                    .duplicate, line: mark.line, column: mark.column, "'\(names.first ?? "")' is declared twice")
            default:
                throw error(.yaml, "this is not YAML: it holds characters that YAML forbids")
            }
        } catch {
            throw self.error(.yaml, "this is not YAML")
        }
    }
}

extension Quantile {
    /// The message for a method that does not exist.
    static func unknown(_ name: String) -> String {
        let known = allCases.map(\.rawValue)
        let guess = Guess.nearest(to: name, among: known).map { "Did you mean '\($0)'?" }
        return "unknown percentile method '\(name)'. \(guess ?? "Known are \(known.joined(separator: ", "))")"
    }
}
