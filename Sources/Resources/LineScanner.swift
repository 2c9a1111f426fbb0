/// Walks one line of a kernel's table word by word: cutting it into strings would cost more than the kernel's own work.
///
/// Valid only inside the closure that lent it.
struct LineScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position: Int
    private let end: Int

    /// Calls `body` at the start of each line of a text, until it returns false.
    static func lines(of text: String, _ body: (inout LineScanner) -> Bool) {
        var text = text
        text.withUTF8 { bytes in
            var start = 0
            while start < bytes.count {
                var end = start
                while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
                var line = LineScanner(bytes: bytes, position: start, end: end)
                guard body(&line) else { return }
                start = end + 1
            }
        }
    }

    /// The same over a whole text, whose line breaks are space.
    static func whole<Result>(_ text: String, _ body: (inout LineScanner) -> Result) -> Result {
        var text = text
        return text.withUTF8 { bytes in
            var line = LineScanner(bytes: bytes, position: 0, end: bytes.count)
            return body(&line)
        }
    }

    /// Passes over these characters; false, and nothing is passed over, when others come.
    mutating func take(_ expected: StaticString) -> Bool {
        let count = expected.utf8CodeUnitCount
        guard position + count <= end else { return false }
        for index in 0..<count where bytes[position + index] != expected.utf8Start[index] { return false }
        position += count
        return true
    }

    /// The text up to the last of these characters in the line, which are passed over; nil when there is none.
    mutating func text(upToLast mark: Character) -> String? {
        guard let mark = mark.asciiValue, let place = (position..<end).last(where: { bytes[$0] == mark }) else {
            return nil
        }
        defer { position = place + 1 }
        return String(decoding: bytes[position..<place], as: UTF8.self)
    }

    /// The next word; nil at the end of the line.
    mutating func word() -> String? {
        nextWord().map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    /// The next word as a number; nil when it is none.
    mutating func number() -> UInt64? {
        guard let word = nextWord() else { return nil }
        var value: UInt64 = 0
        for index in word {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            if overflow || carry { return nil }
            value = sum
        }
        return value
    }

    /// Passes over so many words.
    mutating func skip(_ count: Int) {
        for _ in 0..<count where nextWord() == nil { return }
    }

    private mutating func nextWord() -> Range<Int>? {
        while position < end, Self.isSpace(bytes[position]) { position += 1 }
        let start = position
        while position < end, !Self.isSpace(bytes[position]) { position += 1 }
        return start < position ? start..<position : nil
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 10 }
}
