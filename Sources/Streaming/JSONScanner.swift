/// Walks one JSON document (RFC 8259) without building it: the caller picks the members it wants and skips the rest.
///
/// A million streamed chunks are a million small documents; a general decoder would cost more than receiving them.
/// Everything is checked as a parser would: grammar, escapes, numbers, nesting, nothing after the end. Not checked: that
/// strings are UTF-8 (the reader of a stream repairs that) and that surrogates come in pairs (servers split them).
///
/// Valid only inside the closure that lent `bytes`.
struct JSONScanner {
    let bytes: UnsafeBufferPointer<UInt8>
    private(set) var position = 0
    private var depth = 0

    /// Deepest nesting of objects and arrays.
    static let depthLimit = 128

    /// The bytes are not JSON, found at that index.
    struct Fault: Error, Equatable {
        var position: Int
    }

    enum Kind {
        case object, array, string, number, bool, null
    }

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    /// What the next value is.
    mutating func kind() throws(Fault) -> Kind {
        skipSpace()
        guard position < bytes.count else { throw fault }
        switch bytes[position] {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: throw fault
        }
    }

    /// Walks an object; `body` must consume exactly the member's value.
    mutating func object(_ body: (inout JSONScanner, JSONText) throws(Fault) -> Void) throws(Fault) {
        try enter(UInt8(ascii: "{"))
        skipSpace()
        if !take(UInt8(ascii: "}")) {
            repeat {
                skipSpace()
                let key = try string()
                skipSpace()
                try expect(UInt8(ascii: ":"))
                try body(&self, key)
                skipSpace()
            } while take(UInt8(ascii: ","))
            try expect(UInt8(ascii: "}"))
        }
        depth -= 1
    }

    /// Walks an array; `body` gets the index and must consume exactly the element.
    mutating func array(_ body: (inout JSONScanner, Int) throws(Fault) -> Void) throws(Fault) {
        try enter(UInt8(ascii: "["))
        skipSpace()
        if !take(UInt8(ascii: "]")) {
            var index = 0
            repeat {
                try body(&self, index)
                index += 1
                skipSpace()
            } while take(UInt8(ascii: ","))
            try expect(UInt8(ascii: "]"))
        }
        depth -= 1
    }

    /// Reads a string; its text is not decoded yet.
    mutating func string() throws(Fault) -> JSONText {
        skipSpace()
        try expect(UInt8(ascii: "\""))
        let start = position
        var escaped = false
        while true {
            position = endOfPlainText(from: position)
            guard position < bytes.count else { throw fault }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return JSONText(bytes: UnsafeBufferPointer(rebasing: bytes[start..<position - 1]), isEscaped: escaped)
            case UInt8(ascii: "\\"):
                position += 1
                escaped = true
                try escape()
            default: throw fault
            }
        }
    }

    /// Reads a number; the bytes of its notation.
    mutating func number() throws(Fault) -> UnsafeBufferPointer<UInt8> {
        skipSpace()
        let start = position
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        return UnsafeBufferPointer(rebasing: bytes[start..<position])
    }

    /// Passes over the next value, whatever it is.
    mutating func skip() throws(Fault) {
        switch try kind() {
        case .object: try object { (scanner, _) throws(Fault) in try scanner.skip() }
        case .array: try array { (scanner, _) throws(Fault) in try scanner.skip() }
        case .string: _ = try string()
        case .number: _ = try number()
        case .bool: try word(bytes[position] == UInt8(ascii: "t") ? "true" : "false")
        case .null: try word("null")
        }
    }

    /// Holds that nothing but space follows.
    mutating func end() throws(Fault) {
        skipSpace()
        if position < bytes.count { throw fault }
    }

    private var fault: Fault { Fault(position: position) }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    /// The index of the next byte that means something inside a string: a quotation mark, a backslash, a control character.
    private func endOfPlainText(from start: Int) -> Int {
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { break }
            index += 1
        }
        return index
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ byte: UInt8) throws(Fault) {
        guard take(byte) else { throw fault }
    }

    private mutating func enter(_ bracket: UInt8) throws(Fault) {
        skipSpace()
        guard depth < Self.depthLimit else { throw fault }
        depth += 1
        try expect(bracket)
    }

    private mutating func digits() throws(Fault) {
        let start = position
        while position < bytes.count, bytes[position] &- UInt8(ascii: "0") < 10 { position += 1 }
        if position == start { throw fault }
    }

    private mutating func escape() throws(Fault) {
        guard position < bytes.count else { throw fault }
        switch bytes[position] {
        case UInt8(ascii: "u"):
            guard position + 4 < bytes.count else { throw fault }
            for index in position + 1...position + 4 where hexadecimal(bytes[index]) == nil { throw fault }
            position += 5
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 1
        default: throw fault
        }
    }

    private mutating func word(_ word: StaticString) throws(Fault) {
        for index in 0..<word.utf8CodeUnitCount { try expect(word.utf8Start[index]) }
    }
}

/// The value of a hexadecimal digit; nil when it is none.
func hexadecimal(_ byte: UInt8) -> UInt16? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
}
