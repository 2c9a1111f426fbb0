import Statistics

/// The language's manual, made from the tables that the checker reads: what it names can be written, and what can be written it
/// names.
public enum FormulaManual {
    /// Something that can be written in a set.
    public struct Entry: Sendable, Equatable, Encodable {
        /// As it is written.
        public let name: String
        /// How a function is called; nil of anything else.
        public let usage: String?
        /// The unit of an input; nil of anything else.
        public let unit: String?
        /// How many values an input has; nil of anything else.
        public let shape: String?
        /// What it is, in a sentence.
        public let doc: String
        /// Where an input comes from, and when it is null; nil of anything else.
        public let source: String?
    }

    /// Entries of one kind.
    public struct Chapter: Sendable, Encodable {
        public let title: String
        public let entries: [Entry]
    }

    /// The whole of it.
    public static let chapters: [Chapter] =
        FormulaField.Place.allCases.map { place in
            Chapter(
                title: place.rawValue,
                entries: FormulaField.all.filter { $0.place == place }.map { entry($0.name, $0.doc) })
        } + [
            Chapter(title: "Words", entries: FormulaWord.all.map { entry($0.name, $0.doc) }),
            Chapter(
                title: "Operators, the ones that bind most first",
                entries: FormulaOperator.all.map { entry($0.symbol, $0.doc) }),
            Chapter(
                title: "Functions that fold many values into one", entries: FormulaFunction.aggregates.map(entry)),
            Chapter(title: "Functions of single values", entries: FormulaFunction.scalars.map(entry)),
            Chapter(title: "Percentile methods", entries: Quantile.allCases.map { entry($0.rawValue, $0.sentence) }),
        ]
        + InputCatalogue.Shape.allCases.map { shape in
            Chapter(
                title: "Measured values, \(shape.rawValue)",
                entries: InputCatalogue.all.filter { $0.shape == shape }.map { input in
                    Entry(
                        name: input.name, usage: nil, unit: input.unit, shape: shape.rawValue, doc: input.doc,
                        source: input.source)
                })
        } + [
            Chapter(
                title: "The original's columns, which a set's 'columns' can fill",
                entries: FormulaSet.originalColumns.map { entry($0, "A figure of the original's results.") })
        ]

    /// What a name means: an entry of each chapter that has it. `p95` is found as `p50`.
    ///
    /// - Returns: empty when it means nothing.
    public static func entries(named name: String) -> [Entry] {
        let wanted = FormulaFunction.named(name)?.name ?? name
        return chapters.flatMap(\.entries).filter { $0.name == wanted }
    }

    /// Every name that can be written.
    public static var names: [String] { chapters.flatMap(\.entries).map(\.name) }

    private static func entry(_ name: String, _ doc: String) -> Entry {
        Entry(name: name, usage: nil, unit: nil, shape: nil, doc: doc, source: nil)
    }

    private static func entry(_ function: FormulaFunction) -> Entry {
        Entry(
            name: function.name, usage: function.usage, unit: nil, shape: nil,
            doc: function.doc.prefix(1).uppercased() + function.doc.dropFirst() + ".", source: nil)
    }
}

/// A word of the language, which cannot be a name.
struct FormulaWord {
    let name: String
    let doc: String

    static let all = [
        FormulaWord(
            name: "and", doc: "True where both sides are; false where one is false, even if the other is null."),
        FormulaWord(name: "or", doc: "True where one side is, even if the other is null; false where both are."),
        FormulaWord(name: "not", doc: "1 of 0, 0 of anything else, null of null."),
        FormulaWord(name: "where", doc: "Before a condition: an aggregate takes the values for which it holds."),
        FormulaWord(name: "null", doc: "No value. What is computed with it is null; aggregates pass over it."),
        FormulaWord(name: "true", doc: "1."), FormulaWord(name: "false", doc: "0."),
        FormulaWord(
            name: "infinity", doc: "More than any number. A figure that comes to it is null, unless failures count so."),
    ]
}

/// An operator of the language.
struct FormulaOperator {
    let symbol: String
    let doc: String

    static let all = [
        FormulaOperator(symbol: "^", doc: "Raises to a power, from the right: 2 ^ 3 ^ 2 is 512."),
        FormulaOperator(symbol: "*", doc: "Multiplies; units multiply too. By a bare number the unit becomes unknown."),
        FormulaOperator(symbol: "/", doc: "Divides; units divide too. By 0 it is null."),
        FormulaOperator(symbol: "+", doc: "Adds values of the same unit."),
        FormulaOperator(symbol: "-", doc: "Subtracts values of the same unit, or turns the sign."),
        FormulaOperator(symbol: "==", doc: "Whether both are equal: 1, 0, or null where one is null."),
        FormulaOperator(symbol: "!=", doc: "Whether both differ."),
        FormulaOperator(symbol: "<", doc: "Whether the left is less."),
        FormulaOperator(symbol: "<=", doc: "Whether the left is less or equal."),
        FormulaOperator(symbol: ">", doc: "Whether the left is more."),
        FormulaOperator(symbol: ">=", doc: "Whether the left is more or equal."),
    ]
}

/// A field of a set's file.
struct FormulaField {
    /// Where it stands; the raw value is what the manual calls that.
    enum Place: String, CaseIterable {
        case set = "Fields of a set"
        case metric = "Fields of a metric, in 'sample', 'result' and 'model'"
        case constant = "Fields of a constant; a bare number will do as well"
    }

    let place: Place
    let name: String
    let isRequired: Bool
    let doc: String

    static func names(in place: Place) -> [String] { all.filter { $0.place == place }.map(\.name) }
    static func required(in place: Place) -> [String] {
        all.filter { $0.place == place && $0.isRequired }.map(\.name)
    }

    static let all = [
        of(.set, "set", "The set's name, to be followed by its version: 'mine' with version 1 is 'mine/1'.", true),
        of(.set, "version", "A whole number from 1. Another text of an applied set needs another one.", true),
        of(.set, "title", "What to call it on a page."),
        of(.set, "description", "What it is for."),
        of(.set, "filter", "Which samples its results count, such as 'not warmup'; all when missing."),
        of(.set, "percentile_method", "How p50 and the others are read; nearest_rank when missing."),
        of(
            .set, "percentile_tail",
            "How many values must lie beyond a percentile by its rank, else it is null; 0 when missing."),
        of(.set, "constants", "Names for numbers, with or without a unit."),
        of(
            .set, "columns",
            "Which of its metrics fills which of the original's columns; else those of the same name do."),
        of(.set, "sample", "Metrics with one value per sample."),
        of(.set, "result", "Metrics with one value per run, model, scenario and load level, over its samples.", true),
        of(.set, "model", "Metrics with one value per run and model, over its results."),
        of(.metric, "expr", "The expression. It may name what was measured, constants, and metrics above it.", true),
        of(.metric, "unit", "The unit of its value, held against the expression's where both are known.", true),
        of(.metric, "better", "Which way it gets better: higher, lower or none, which it is when missing."),
        of(.metric, "text", "What it says, in a sentence."),
        of(.constant, "value", "The number.", true),
        of(.constant, "unit", "Its unit; unknown when missing."),
        of(.constant, "text", "What it says, in a sentence."),
    ]

    private static func of(_ place: Place, _ name: String, _ doc: String, _ isRequired: Bool = false) -> FormulaField {
        FormulaField(place: place, name: name, isRequired: isRequired, doc: doc)
    }
}

extension Quantile {
    /// What the method gives of n ascending values for a share q.
    var sentence: String {
        switch self {
        case .nearestRank: "The value with rank ⌈q·n⌉: always one that was observed."
        case .linear: "Linear between the two values around rank q·(n − 1), counted from 0: NumPy's default."
        case .upperMedian: "The larger of the two middle values; of the 50th percentile only."
        case .floorRank: "The value with rank ⌊q·n⌋, counted from 0: MLPerf LoadGen's rule."
        case .inverseCDF: "The first value whose cumulative share reaches q, exactly."
        case .nearest: "The value with rank q·(n − 1), rounded, halves to the even rank: NumPy's 'nearest'."
        }
    }
}
