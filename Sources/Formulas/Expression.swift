/// One parsed expression, before any name in it has a meaning.
struct Expression: Sendable {
    indirect enum Node: Sendable {
        case number(Double)
        case null
        case name(String)
        case unary(UnaryOperation, Expression)
        case binary(BinaryOperation, Expression, Expression)
        /// A call, with the condition after `where` if there is one.
        case call(String, [Expression], condition: Expression?)
    }

    let node: Node
    /// Where it starts in its text, in Unicode scalars from 0; for an operation, where the operator stands.
    let offset: Int
    /// Levels of nesting, itself included.
    let depth: Int

    init(_ node: Node, at offset: Int) throws(ExpressionFault) {
        let children: [Expression] =
            switch node {
            case .number, .null, .name: []
            case .unary(_, let operand): [operand]
            case .binary(_, let left, let right): [left, right]
            case .call(_, let arguments, let condition): arguments + (condition.map { [$0] } ?? [])
            }
        depth = 1 + (children.map(\.depth).max() ?? 0)
        guard depth <= FormulaLimits.expressionDepth else {
            throw .tooDeep(at: offset)
        }
        self.node = node
        self.offset = offset
    }
}

extension ExpressionFault {
    static func tooDeep(at offset: Int) -> ExpressionFault {
        ExpressionFault(
            .limit, at: offset,
            "the expression nests more than \(FormulaLimits.expressionDepth) levels deep. "
                + "Name a part of it as a metric of its own")
    }
}

/// Operations on one value.
enum UnaryOperation: Hashable, Sendable {
    case negate, not, absolute, log10, squareRoot, floor, round, isNull
}

/// Operations on two values. Comparisons and logic give 1, 0 or null.
enum BinaryOperation: Hashable, Sendable {
    case add, subtract, multiply, divide, power
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
    case and, or
    case minimum, maximum, coalesce

    var isComparison: Bool {
        switch self {
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: true
        default: false
        }
    }

    /// As it is written.
    var symbol: String {
        switch self {
        case .add: "+"
        case .subtract: "-"
        case .multiply: "*"
        case .divide: "/"
        case .power: "^"
        case .equal: "=="
        case .notEqual: "!="
        case .less: "<"
        case .lessOrEqual: "<="
        case .greater: ">"
        case .greaterOrEqual: ">="
        case .and: "and"
        case .or: "or"
        case .minimum: "min"
        case .maximum: "max"
        case .coalesce: "coalesce"
        }
    }
}
