import Foundation
import Transparency

/// Bytes of text that grow: what lines are made in before they are written. Emptied and used again, it takes no new memory.
package struct TextBuffer: Sendable {
    package var bytes: [UInt8] = []

    package init() {}

    package var count: Int { bytes.count }

    package mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    package mutating func append(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    package mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    package mutating func append(_ more: [UInt8]) { bytes.append(contentsOf: more) }

    package mutating func append(_ more: UnsafeRawBufferPointer) { bytes.append(contentsOf: more) }

    /// A number in decimal digits, with zeros before it where it has fewer than `digits`.
    package mutating func append(decimal number: UInt64, digits: Int = 1) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { text in
            var start = 20
            var rest = number
            while rest > 0 || 20 - start < digits {
                start -= 1
                text[start] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: UnsafeBufferPointer(text)[start...]))
        }
    }

    /// Bytes as two hexadecimal digits each, in lower case.
    package mutating func append(hexadecimal digits: UnsafeRawBufferPointer) {
        for byte in digits {
            bytes.append(Hexadecimal.digit(byte >> 4))
            bytes.append(Hexadecimal.digit(byte & 15))
        }
    }

    /// Bytes in base64 (RFC 4648, section 4).
    package mutating func append(base64 data: [UInt8]) { append(Data(data).base64EncodedString()) }

    /// A character string of JSON (RFC 8259, section 7), quotes included.
    package mutating func append(quoted text: some Sequence<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case ..<0x20:
                append("\\u00")
                bytes.append(Hexadecimal.digit(byte >> 4))
                bytes.append(Hexadecimal.digit(byte & 15))
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

/// Digests as people see them.
package enum Hexadecimal {
    static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    package static func text(of digest: Digest) -> String {
        var buffer = TextBuffer()
        digest.withUnsafeBytes { buffer.append(hexadecimal: $0) }
        return String(decoding: buffer.bytes, as: UTF8.self)
    }
}
