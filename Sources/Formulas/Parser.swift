/// Reads an expression.
///
/// ```
/// or         = and { "or" and }
/// and        = not { "and" not }
/// not        = "not" not | comparison
/// comparison = sum [ ("==" | "!=" | "<" | "<=" | ">" | ">=") sum ]
/// sum        = product { ("+" | "-") product }
/// product    = sign { ("*" | "/") sign }
/// sign       = "-" sign | power
/// power      = value [ "^" sign ]
/// value      = number | "null" | "true" | "false" | "infinity" | name | "(" or ")" | name "(" [ or { "," or } ] [ "where" or ] ")"
/// ```
struct Parser {
    /// Words that cannot be names.
    static let keywords = Set(FormulaWord.all.map(\.name))

    private let tokens: [Token]
    private var index = 0
    private var nesting = 0

    private init(_ tokens: [Token]) { self.tokens = tokens }

    static func parse(_ text: String) throws(ExpressionFault) -> Expression {
        var parser = Parser(try Lexer.tokens(of: text))
        guard parser.current.kind != .end else { throw ExpressionFault(.syntax, at: 0, "the expression is empty") }
        let expression = try parser.disjunction()
        guard parser.current.kind == .end else { throw parser.unexpected("an operator or the end") }
        return expression
    }

    private mutating func disjunction() throws(ExpressionFault) -> Expression {
        var left = try conjunction()
        while let offset = take(word: "or") {
            left = try Expression(.binary(.or, left, try conjunction()), at: offset)
        }
        return left
    }

    private mutating func conjunction() throws(ExpressionFault) -> Expression {
        var left = try negation()
        while let offset = take(word: "and") {
            left = try Expression(.binary(.and, left, try negation()), at: offset)
        }
        return left
    }

    private mutating func negation() throws(ExpressionFault) -> Expression {
        guard let offset = take(word: "not") else { return try comparison() }
        try descend()
        defer { nesting -= 1 }
        return try Expression(.unary(.not, try negation()), at: offset)
    }

    private static let comparisons: [String: BinaryOperation] = [
        "==": .equal, "!=": .notEqual, "<": .less, "<=": .lessOrEqual, ">": .greater, ">=": .greaterOrEqual,
    ]

    private mutating func comparison() throws(ExpressionFault) -> Expression {
        let left = try sum()
        guard let (operation, offset) = take(Self.comparisons) else { return left }
        let right = try sum()
        if case .symbol(let symbol) = current.kind, Self.comparisons[symbol] != nil {
            throw ExpressionFault(
                .syntax, at: current.offset, "comparisons do not chain. Write 'a < b and b < c' for 'a < b < c'")
        }
        return try Expression(.binary(operation, left, right), at: offset)
    }

    private mutating func sum() throws(ExpressionFault) -> Expression {
        var left = try product()
        while let (operation, offset) = take(["+": .add, "-": .subtract]) {
            left = try Expression(.binary(operation, left, try product()), at: offset)
        }
        return left
    }

    private mutating func product() throws(ExpressionFault) -> Expression {
        var left = try sign()
        while let (operation, offset) = take(["*": .multiply, "/": .divide]) {
            left = try Expression(.binary(operation, left, try sign()), at: offset)
        }
        return left
    }

    private mutating func sign() throws(ExpressionFault) -> Expression {
        let offset = current.offset
        guard take(symbol: "-") else { return try power() }
        try descend()
        defer { nesting -= 1 }
        return try Expression(.unary(.negate, try sign()), at: offset)
    }

    private mutating func power() throws(ExpressionFault) -> Expression {
        let base = try value()
        let offset = current.offset
        guard take(symbol: "^") else { return base }
        try descend()
        defer { nesting -= 1 }
        return try Expression(.binary(.power, base, try sign()), at: offset)
    }

    private mutating func value() throws(ExpressionFault) -> Expression {
        let token = current
        switch token.kind {
        case .number(let number):
            index += 1
            return try Expression(.number(number), at: token.offset)
        case .name("null"):
            index += 1
            return try Expression(.null, at: token.offset)
        case .name("infinity"):
            index += 1
            return try Expression(.number(.infinity), at: token.offset)
        case .name("true"), .name("false"):
            index += 1
            return try Expression(.number(token.kind == .name("true") ? 1 : 0), at: token.offset)
        case .name(let name) where !Self.keywords.contains(name):
            index += 1
            return try take(symbol: "(") ? call(name, at: token.offset) : Expression(.name(name), at: token.offset)
        case .symbol("("):
            index += 1
            try descend()
            defer { nesting -= 1 }
            let inner = try disjunction()
            guard take(symbol: ")") else { throw unexpected("')'") }
            return inner
        default:
            throw unexpected("a number, a name or '('")
        }
    }

    /// The rest of a call, after its opening parenthesis.
    private mutating func call(_ name: String, at offset: Int) throws(ExpressionFault) -> Expression {
        try descend()
        defer { nesting -= 1 }
        var arguments: [Expression] = []
        if current.kind != .symbol(")"), current.kind != .name("where") {
            repeat {
                guard arguments.count < FormulaLimits.arguments else {
                    throw ExpressionFault(
                        .limit, at: current.offset, "'\(name)' has more than \(FormulaLimits.arguments) arguments")
                }
                arguments.append(try disjunction())
            } while take(symbol: ",")
        }
        let condition = take(word: "where") == nil ? nil : try disjunction()
        guard take(symbol: ")") else { throw unexpected("')' to close '\(name)('") }
        return try Expression(.call(name, arguments, condition: condition), at: offset)
    }

    private var current: Token { tokens[index] }

    private mutating func take(symbol: String) -> Bool {
        guard current.kind == .symbol(symbol) else { return false }
        index += 1
        return true
    }

    private mutating func take(word: String) -> Int? {
        guard current.kind == .name(word) else { return nil }
        index += 1
        return tokens[index - 1].offset
    }

    private mutating func take(_ operations: [String: BinaryOperation]) -> (BinaryOperation, Int)? {
        guard case .symbol(let symbol) = current.kind, let operation = operations[symbol] else { return nil }
        index += 1
        return (operation, tokens[index - 1].offset)
    }

    private mutating func descend() throws(ExpressionFault) {
        nesting += 1
        guard nesting <= FormulaLimits.expressionDepth else { throw .tooDeep(at: current.offset) }
    }

    private func unexpected(_ wanted: String) -> ExpressionFault {
        ExpressionFault(.syntax, at: current.offset, "expected \(wanted), found \(current.quoted)")
    }
}
