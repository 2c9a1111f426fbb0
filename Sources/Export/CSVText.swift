/// Texts as cells of CSV (RFC 4180).
public enum CSVText {
    /// A cell that a spreadsheet would take for a formula gets an apostrophe in front; then quotes where they are needed.
    ///
    /// - Parameter text: UTF-8.
    public static func append(_ text: [UInt8], to line: inout [UInt8]) {
        let isFormula = text.first.map(formulaSigns.contains) ?? false
        let needsQuotes = text.contains { $0 == quote || $0 == comma || $0 == lineFeed || $0 == carriageReturn }
        if needsQuotes { line.append(quote) }
        if isFormula { line.append(UInt8(ascii: "'")) }
        for byte in text {
            if byte == quote { line.append(quote) }
            line.append(byte)
        }
        if needsQuotes { line.append(quote) }
    }

    private static let formulaSigns = Array("=+-@\t\r".utf8)
    private static let quote = UInt8(ascii: "\"")
    private static let comma = UInt8(ascii: ",")
    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")
}
