/// Text of HTML or SVG. A plain string that is put into it is shown as it is: nothing in it is taken for markup.
///
/// ```swift
/// let cell: Markup = "<td>\(run.label)</td>"  // the label is escaped, whoever wrote it
/// ```
/// What is markup itself goes in unchanged, so pages are put together from pieces. Attributes must stand in double quotes.
public struct Markup: Sendable, Hashable, ExpressibleByStringInterpolation {
    public private(set) var text: String

    /// Nothing at all.
    public init() { text = "" }

    public init(stringLiteral literal: String) { text = literal }

    public init(stringInterpolation interpolation: StringInterpolation) { text = interpolation.text }

    /// Text that is known to be markup, such as a stylesheet of ours.
    public init(trusted text: String) { self.text = text }

    public var isEmpty: Bool { text.isEmpty }

    public static func += (a: inout Markup, b: Markup) { a.text += b.text }

    /// What stands between the pieces of a literal.
    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        public init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + 24 * interpolationCount)
        }

        public mutating func appendLiteral(_ literal: String) { text += literal }

        public mutating func appendInterpolation(_ value: some StringProtocol) { text.append(escaping: value) }

        public mutating func appendInterpolation(_ number: some BinaryInteger) { text += String(number) }

        /// A coordinate, to a tenth.
        public mutating func appendInterpolation(_ coordinate: Double) { text += Tenths(coordinate).description }

        public mutating func appendInterpolation(_ markup: Markup) { text += markup.text }

        public mutating func appendInterpolation(_ markup: Markup?) { text += markup?.text ?? "" }

        public mutating func appendInterpolation(_ pieces: [Markup]) {
            for piece in pieces { text += piece.text }
        }
    }
}

extension [Markup] {
    /// One after another, with something between each two.
    public func joined(_ between: Markup = "") -> Markup {
        var result = Markup()
        for (index, piece) in enumerated() {
            if index > 0 { result += between }
            result += piece
        }
        return result
    }
}

extension String {
    /// Appends text so that it reads as text in an element and in a quoted attribute. Control characters, which XML does not
    /// have, become U+FFFD.
    fileprivate mutating func append(escaping value: some StringProtocol) {
        let needsNothing = value.utf8.allSatisfy { byte in
            byte >= 0x20 && byte != UInt8(ascii: "&") && byte != UInt8(ascii: "<") && byte != UInt8(ascii: ">")
                && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "'")
        }
        if needsNothing { return append(contentsOf: value) }
        for scalar in value.unicodeScalars {
            switch scalar {
            case "&": self += "&amp;"
            case "<": self += "&lt;"
            case ">": self += "&gt;"
            case "\"": self += "&quot;"
            case "'": self += "&#39;"
            case "\n", "\t", "\r": unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20: self += "\u{FFFD}"
            default: unicodeScalars.append(scalar)
            }
        }
    }
}

/// A coordinate to a tenth of a pixel, in as few characters as it takes: `12.5`, `40`, `-3.1`.
struct Tenths: CustomStringConvertible {
    var value: Int

    /// What is not finite is 0: a drawing must stay one.
    init(_ coordinate: Double) {
        value = coordinate.isFinite ? Int((max(-1e6, min(1e6, coordinate)) * 10).rounded()) : 0
    }

    init(tenths: Int) { value = tenths }

    var description: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends its characters: drawings have thousands of these.
    func append(to bytes: inout [UInt8]) {
        let zero = UInt8(ascii: "0")
        var whole = abs(value) / 10
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        let start = bytes.count
        repeat {
            bytes.append(zero + UInt8(whole % 10))
            whole /= 10
        } while whole > 0
        bytes[start...].reverse()
        guard abs(value) % 10 != 0 else { return }
        bytes.append(UInt8(ascii: "."))
        bytes.append(zero + UInt8(abs(value) % 10))
    }
}
