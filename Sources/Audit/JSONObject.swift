import Foundation

/// The members of one JSON object (RFC 8259), each value read no further than the object asks for.
struct JSONObject {
    enum Value: Equatable {
        /// A character string, unescaped.
        case string(String)
        /// A number, as it is written.
        case number(String)
        /// An object, a list, true, false or null, as it is written and not looked into.
        case other([UInt8])
    }

    /// What is wrong with the text.
    struct Malformed: Error, Equatable { var reason: String }

    private(set) var members: [String: Value] = [:]

    /// - Throws: `Malformed` when the text is no object, something stands behind it, or a name comes twice. What is wrong
    ///   inside of an `other` value may go unseen.
    init(_ text: UnsafeBufferPointer<UInt8>) throws(Malformed) {
        var reader = Reader(text: text)
        try reader.expect("{")
        if !reader.skip("}") {
            repeat {
                let name = try reader.string()
                try reader.expect(":")
                let value = try reader.value()
                guard members.updateValue(value, forKey: name) == nil else {
                    throw Malformed(reason: "'\(name)' stands in it twice")
                }
            } while reader.skip(",")
            try reader.expect("}")
        }
        guard reader.isAtEnd else { throw Malformed(reason: "something stands behind the JSON object") }
    }

    private struct Reader {
        let text: UnsafeBufferPointer<UInt8>
        var next = 0

        var isAtEnd: Bool { mutating get { peek() == nil } }

        /// The next byte that is no white space.
        mutating func peek() -> UInt8? {
            while next < text.count {
                let byte = text[next]
                guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
                next += 1
            }
            return nil
        }

        mutating func skip(_ sign: Unicode.Scalar) -> Bool {
            guard peek() == UInt8(ascii: sign) else { return false }
            next += 1
            return true
        }

        mutating func expect(_ sign: Unicode.Scalar) throws(Malformed) {
            guard skip(sign) else {
                throw Malformed(
                    reason: next == text.count
                        ? "the JSON ends too early, where '\(sign)' is expected"
                        : "'\(sign)' is expected at byte \(next + 1) of the line")
            }
        }

        mutating func value() throws(Malformed) -> Value {
            switch peek() {
            case UInt8(ascii: "\""): return .string(try string())
            case UInt8(ascii: "{"), UInt8(ascii: "["): return .other(try nested())
            case nil: throw Malformed(reason: "the JSON ends too early, where a value is expected")
            default:
                let word = word()
                if word == "true" || word == "false" || word == "null" { return .other(Array(word.utf8)) }
                guard word.utf8.allSatisfy({ "+-.0123456789Ee".utf8.contains($0) }), Double(word) != nil else {
                    throw Malformed(reason: "'\(word.prefix(40))' is no value of JSON")
                }
                return .number(word)
            }
        }

        private mutating func word() -> String {
            let start = next
            while next < text.count, !",}] \t\r\n".utf8.contains(text[next]) { next += 1 }
            return String(decoding: text[start..<next], as: UTF8.self)
        }

        /// An object or a list with everything in it.
        private mutating func nested() throws(Malformed) -> [UInt8] {
            let start = next
            var depth = 0
            repeat {
                guard next < text.count else { throw Malformed(reason: "the JSON ends too early, within a value") }
                switch text[next] {
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
                case UInt8(ascii: "\""):
                    next += 1
                    _ = try skipText()
                    continue
                default: break
                }
                next += 1
            } while depth > 0
            return Array(text[start..<next])
        }

        mutating func string() throws(Malformed) -> String {
            try expect("\"")
            let start = next - 1
            let isEscaped = try skipText()
            let quoted = text[start..<next]
            // Few texts have escapes: those are Foundation's affair.
            let string =
                isEscaped
                ? try? JSONDecoder().decode(String.self, from: Data(quoted))
                : String(validating: quoted.dropFirst().dropLast(), as: UTF8.self)
            guard let string else { throw Malformed(reason: "a text in it is no UTF-8 or badly escaped") }
            return string
        }

        /// Goes on behind the closing quote; the opening one has been read.
        private mutating func skipText() throws(Malformed) -> Bool {
            var isEscaped = false
            while next < text.count, text[next] != UInt8(ascii: "\"") {
                guard text[next] >= 0x20 else { throw Malformed(reason: "a control character stands in a text") }
                if text[next] == UInt8(ascii: "\\") {
                    isEscaped = true
                    next += 1
                }
                next += 1
            }
            guard next < text.count else { throw Malformed(reason: "the JSON ends too early, within a text") }
            next += 1
            return isEscaped
        }
    }
}
