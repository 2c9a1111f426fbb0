import Foundation

/// The inside of a JSON string, still with its escapes. Valid only inside the closure that lent the document.
struct JSONText {
    var bytes: UnsafeBufferPointer<UInt8>
    var isEscaped: Bool

    var isEmpty: Bool { bytes.isEmpty }

    /// The decoded text.
    var string: String {
        guard isEscaped else { return String(decoding: bytes, as: UTF8.self) }
        var text = TextAssembler()
        text.append(self)
        text.finish()
        return text.string
    }

    /// Whether the decoded text is this. The right side is ASCII.
    @inline(__always) static func == (text: JSONText, name: StaticString) -> Bool {
        if text.isEscaped { return text.string == name.description }
        guard text.bytes.count == name.utf8CodeUnitCount else { return false }
        return text.bytes.isEmpty || memcmp(text.bytes.baseAddress!, name.utf8Start, text.bytes.count) == 0
    }

    static func ~= (name: StaticString, text: JSONText) -> Bool { text == name }
}

/// Puts text together from the strings of many documents, in UTF-8.
///
/// A character outside the basic plane is two escapes in JSON, and servers that cut text by tokens send them in two
/// events: the first half waits here for the second.
struct TextAssembler: Sendable {
    private(set) var utf8: [UInt8] = []
    private var highHalf: UInt16?

    var string: String { String(decoding: utf8, as: UTF8.self) }

    /// Adds one string's text.
    mutating func append(_ text: JSONText) {
        let bytes = text.bytes
        guard text.isEscaped || highHalf != nil else {
            utf8.append(contentsOf: bytes)
            return
        }
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte != UInt8(ascii: "\\") {
                flushHalf()
                utf8.append(byte)
                index += 1
            } else if bytes[index + 1] == UInt8(ascii: "u") {
                var unit: UInt16 = 0
                for digit in index + 2..<index + 6 { unit = unit << 4 | (hexadecimal(bytes[digit]) ?? 0) }
                append(unit)
                index += 6
            } else {
                flushHalf()
                utf8.append(Self.escaped(bytes[index + 1]))
                index += 2
            }
        }
    }

    /// No more text comes: half a character becomes U+FFFD.
    mutating func finish() {
        flushHalf()
    }

    private mutating func append(_ unit: UInt16) {
        if UTF16.isTrailSurrogate(unit) {
            guard let high = highHalf else { return append(scalar: "\u{FFFD}") }
            highHalf = nil
            append(scalar: UTF16.decode(UTF16.EncodedScalar([high, unit])))
        } else {
            flushHalf()
            if UTF16.isLeadSurrogate(unit) {
                highHalf = unit
            } else {
                append(scalar: Unicode.Scalar(unit) ?? "\u{FFFD}")
            }
        }
    }

    private mutating func flushHalf() {
        guard highHalf != nil else { return }
        highHalf = nil
        append(scalar: "\u{FFFD}")
    }

    private mutating func append(scalar: Unicode.Scalar) {
        utf8.append(contentsOf: UTF8.encode(scalar)!)
    }

    private static func escaped(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "b"): 8
        case UInt8(ascii: "f"): 12
        case UInt8(ascii: "n"): 10
        case UInt8(ascii: "r"): 13
        case UInt8(ascii: "t"): 9
        default: byte
        }
    }
}
