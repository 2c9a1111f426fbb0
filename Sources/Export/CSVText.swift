/// Texts as cells of CSV (RFC 4180).
public enum CSVText {
    /// A cell that a spreadsheet would take for a formula gets an apostrophe in front; then quotes where they are needed.
    ///
    /// - Parameter text: UTF-8.
    public static func append(_ text: [UInt8], to line: inout [UInt8]) {
        text.withUnsafeBufferPointer { append($0, to: &line) }
    }

    static func append(_ text: UnsafeBufferPointer<UInt8>, to line: inout [UInt8]) {
        guard let first = text.first else { return }
        let isFormula = isFormulaSign(first)
        let needsQuotes = text.contains { $0 == quote || $0 == comma || $0 == lineFeed || $0 == carriageReturn }
        if needsQuotes { line.append(quote) }
        if isFormula { line.append(UInt8(ascii: "'")) }
        guard needsQuotes else { return line.append(contentsOf: text) }
        for byte in text {
            if byte == quote { line.append(quote) }
            line.append(byte)
        }
        line.append(quote)
    }

    /// What LibreOffice and Excel begin a formula with, and what they pass over before it.
    private static func isFormulaSign(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "@"), 0x09, carriageReturn: true
        default: false
        }
    }

    private static let quote = UInt8(ascii: "\"")
    private static let comma = UInt8(ascii: ",")
    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")
}
