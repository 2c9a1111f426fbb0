/// Why a formula set was refused, and where.
///
/// Nothing is evaluated until a whole set has been checked, so evaluation itself never throws.
public struct FormulaError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of fault it is, to branch on.
    public enum Code: String, Sendable, CaseIterable {
        /// The text is not YAML, or uses a part of YAML that sets do without (anchors).
        case yaml
        /// A field of the set is missing, unknown, or not of the kind expected there.
        case field
        /// An expression does not follow the grammar.
        case syntax
        /// A name that means nothing at that place.
        case unknownName
        /// A function, percentile method or set that does not exist.
        case unknownFunction
        /// A function with arguments that it does not take.
        case arguments
        /// Values of different shapes where one shape is needed, such as a column where one number is.
        case shape
        /// Values of different units where one unit is needed.
        case unit
        /// A name declared twice.
        case duplicate
        /// A metric that uses itself or one declared below it.
        case order
        /// Larger than a limit with a name in ``FormulaLimits``.
        case limit
    }

    /// The kind of fault.
    public let code: Code
    /// The file as its reader named it.
    public let file: String
    /// Line in the file, from 1.
    public let line: Int
    /// Column in Unicode scalars, from 1.
    public let column: Int
    /// What is wrong and, where there is one, the name that was probably meant.
    public let sentence: String

    /// `standard.yaml:14:18: unknown name 'ttfb'. Did you mean 'ttft'?`
    public var description: String { "\(file):\(line):\(column): \(sentence)" }
}

/// A fault inside one expression, before its place in the file is known.
struct ExpressionFault: Error {
    let code: FormulaError.Code
    /// Offset in the expression, in Unicode scalars from 0.
    let offset: Int
    let sentence: String

    init(_ code: FormulaError.Code, at offset: Int, _ sentence: String) {
        self.code = code
        self.offset = offset
        self.sentence = sentence
    }
}
