/// Reads one line of Prometheus' text format.
struct PrometheusScanner {
    private var rest: ArraySlice<UInt8>

    /// What is wrong with the line.
    struct Fault: Error {
        let reason: String
    }

    init(_ line: ArraySlice<UInt8>) {
        rest = line
    }

    /// Whether nothing but space is left.
    var isBlank: Bool { rest.allSatisfy(Self.isSpace) }

    /// Passes over space and then this byte, if it comes next.
    mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard rest.first == byte else { return false }
        rest.removeFirst()
        return true
    }

    /// What a comment declares: the name and kind of ` TYPE name kind`. Any other comment declares nothing.
    mutating func declaredKind() -> (name: String, kind: PrometheusText.Kind)? {
        guard word() == "TYPE" else { return nil }
        let name = word()
        return PrometheusText.Kind(rawValue: word()).map { (name, $0) }
    }

    /// A figure: `name{label="value",…} value`, perhaps with a time in milliseconds, which is passed over.
    mutating func sample() throws(Fault) -> PrometheusText.Sample {
        skipSpace()
        let name = name(colons: true)
        guard !name.isEmpty else { throw Fault(reason: "a figure's name is missing") }
        let labels = take(UInt8(ascii: "{")) ? try labels() : [:]
        let written = word()
        guard let value = Self.number(written) else { throw Fault(reason: "'\(written.prefix(40))' is no number") }
        let time = word()
        guard time.isEmpty || Int64(time) != nil else { throw Fault(reason: "'\(time.prefix(40))' is no time") }
        guard isBlank else { throw Fault(reason: "something follows its time") }
        return PrometheusText.Sample(name: name, labels: labels, value: value, kind: .untyped)
    }

    /// The labels behind an opening brace; a comma may follow the last one.
    private mutating func labels() throws(Fault) -> [String: String] {
        var labels: [String: String] = [:]
        while !take(UInt8(ascii: "}")) {
            skipSpace()
            let name = name(colons: false)
            guard !name.isEmpty, take(UInt8(ascii: "=")), take(UInt8(ascii: "\"")) else {
                throw Fault(reason: "a label is not name=\"value\"")
            }
            guard labels.updateValue(try quoted(), forKey: name) == nil else {
                throw Fault(reason: "the label '\(name)' is there twice")
            }
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "}")) else { throw Fault(reason: "its labels have no end") }
            break
        }
        return labels
    }

    /// The rest of a quoted text: `\\`, `\"` and `\n` stand for a backslash, a quote and a line break.
    private mutating func quoted() throws(Fault) -> String {
        var text: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                switch rest.popFirst() {
                case UInt8(ascii: "\\"): text.append(UInt8(ascii: "\\"))
                case UInt8(ascii: "\""): text.append(UInt8(ascii: "\""))
                case UInt8(ascii: "n"): text.append(UInt8(ascii: "\n"))
                default: throw Fault(reason: "an escape is none of \\\\, \\\" and \\n")
                }
            default: text.append(byte)
            }
        }
        throw Fault(reason: "a label's value has no end")
    }

    /// `[a-zA-Z_][a-zA-Z0-9_]*`, with colons too in a figure's name; empty when something else comes.
    private mutating func name(colons: Bool) -> String {
        let length = rest.enumerated().prefix { index, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): index > 0
            case UInt8(ascii: ":"): colons
            default: false
            }
        }.count
        defer { rest.removeFirst(length) }
        return String(decoding: rest.prefix(length), as: UTF8.self)
    }

    /// What comes up to the next space; empty at the end.
    private mutating func word() -> String {
        skipSpace()
        let word = rest.prefix { !Self.isSpace($0) }
        rest.removeFirst(word.count)
        return String(decoding: word, as: UTF8.self)
    }

    private mutating func skipSpace() {
        rest = rest.drop(while: Self.isSpace)
    }

    /// As Go's ParseFloat reads it: `NaN`, `+Inf` and `-Inf` in any case.
    private static func number(_ text: String) -> Double? {
        switch text.lowercased() {
        case "nan": .nan
        case "inf", "+inf", "infinity", "+infinity": .infinity
        case "-inf", "-infinity": -.infinity
        default: Double(text)
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 13 }
}
