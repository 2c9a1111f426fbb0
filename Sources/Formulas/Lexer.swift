/// A word of an expression.
struct Token: Equatable {
    enum Kind: Equatable {
        case number(Double)
        case name(String)
        /// An operator or punctuation, as written.
        case symbol(String)
        case end
    }

    let kind: Kind
    /// Offset in Unicode scalars from 0.
    let offset: Int

    /// As a message quotes it.
    var quoted: String {
        switch kind {
        case .number(let value): "'\(value)'"
        case .name(let name): "'\(name)'"
        case .symbol(let symbol): "'\(symbol)'"
        case .end: "the end of the expression"
        }
    }
}

/// Splits the text of an expression into tokens.
struct Lexer {
    /// The longer ones first: '<=' is not '<' and '='.
    private static let symbols =
        FormulaOperator.all.map(\.symbol).sorted { $0.count > $1.count } + ["(", ")", ","]

    private let scalars: [Unicode.Scalar]
    private var index = 0

    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
    }

    /// All tokens, an `end` last.
    static func tokens(of text: String) throws(ExpressionFault) -> [Token] {
        var lexer = Lexer(text)
        guard lexer.scalars.count <= FormulaLimits.expressionLength else {
            throw ExpressionFault(
                .limit, at: 0,
                "the expression has \(lexer.scalars.count) characters, more than \(FormulaLimits.expressionLength). "
                    + "Name parts of it as metrics of their own")
        }
        var tokens: [Token] = []
        while true {
            let token = try lexer.next()
            tokens.append(token)
            if token.kind == .end { return tokens }
        }
    }

    private mutating func next() throws(ExpressionFault) -> Token {
        while let scalar = peek(), scalar.properties.isWhitespace { index += 1 }
        let start = index
        guard let scalar = peek() else { return Token(kind: .end, offset: start) }
        if scalar.isDigit || (scalar == "." && peek(1)?.isDigit == true) {
            return Token(kind: .number(try number()), offset: start)
        }
        if scalar.startsName { return Token(kind: .name(try name()), offset: start) }
        for symbol in Self.symbols
        where Array(symbol.unicodeScalars).enumerated().allSatisfy({ peek($0.offset) == $0.element }) {
            index += symbol.unicodeScalars.count
            return Token(kind: .symbol(symbol), offset: start)
        }
        let hint =
            switch scalar {
            case "=": ". Equality is written '=='"
            case "&": ". Write 'and'"
            case "|": ". Write 'or'"
            case "!": ". Write 'not'"
            case "%": ". There is no remainder; a percentage is 100 * part / whole"
            default: ""
            }
        throw ExpressionFault(.syntax, at: start, "unexpected character '\(scalar)'\(hint)")
    }

    private mutating func number() throws(ExpressionFault) -> Double {
        let start = index
        skipDigits()
        if peek() == "." {
            index += 1
            skipDigits()
        }
        if let exponent = peek(), exponent == "e" || exponent == "E" {
            let signed = peek(1) == "+" || peek(1) == "-"
            if peek(signed ? 2 : 1)?.isDigit == true {
                index += signed ? 2 : 1
                skipDigits()
            }
        }
        let text = String(String.UnicodeScalarView(scalars[start..<index]))
        if let scalar = peek(), scalar.startsName || scalar == "." {
            throw ExpressionFault(
                .syntax, at: index, "unexpected '\(scalar)' after the number '\(text)'. Numbers carry no unit")
        }
        guard let value = Double(text), value.isFinite else {
            throw ExpressionFault(.syntax, at: start, "the number '\(text)' is too large")
        }
        return value
    }

    /// A name; `p99.9` is one, so that the percentile reads as it is said.
    private mutating func name() throws(ExpressionFault) -> String {
        let start = index
        while let scalar = peek(), scalar.continuesName { index += 1 }
        let digits = scalars[(start + 1)..<index]
        if scalars[start] == "p", !digits.isEmpty, digits.allSatisfy(\.isDigit),
            peek() == ".", peek(1)?.isDigit == true
        {
            index += 1
            skipDigits()
        }
        guard index - start <= FormulaLimits.nameLength else {
            throw ExpressionFault(
                .limit, at: start, "a name has more than \(FormulaLimits.nameLength) characters")
        }
        return String(String.UnicodeScalarView(scalars[start..<index]))
    }

    private mutating func skipDigits() {
        while peek()?.isDigit == true { index += 1 }
    }

    private func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
        index + ahead < scalars.count ? scalars[index + ahead] : nil
    }
}

extension Unicode.Scalar {
    var isDigit: Bool { ("0"..."9").contains(self) }
    var startsName: Bool { ("a"..."z").contains(self) || ("A"..."Z").contains(self) || self == "_" }
    var continuesName: Bool { startsName || isDigit }
}
