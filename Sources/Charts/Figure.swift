/// Numbers as people read them on a page. What is not known is "—", what never came "∞".
public enum Figure {
    /// With as many digits as it takes to tell neighbours apart: three that count.
    public static func adaptive(_ value: Double?) -> String { number(value, digits: digits(of: value)) }

    /// How far an interval reaches from its figure, on its longer side: `±2.4`; nil without one.
    public static func reach(_ value: Double?, _ interval: ClosedRange<Double>?) -> String? {
        guard let value, value.isFinite, let interval else { return nil }
        let reach = max(interval.upperBound - value, value - interval.lowerBound)
        guard reach.isFinite else { return "±∞" }
        var places = digits(of: value)
        // A reach that is there is not shown as none.
        while places < 3, reach > 0, reach < 0.5 / power(places) { places += 1 }
        return "±" + number(reach, digits: places)
    }

    /// With so many digits behind the point, and spaces between thousands.
    public static func number(_ value: Double?, digits: Int = 1) -> String {
        guard let value, !value.isNaN else { return "—" }
        guard value.isFinite, abs(value) < 1e15 else { return value < 0 ? "−∞" : "∞" }
        let scaled = (abs(value) * power(digits)).rounded()
        guard scaled < 9e18 else { return "\(value)" }
        let whole = Int(scaled)
        let sign = value < 0 && whole > 0 ? "−" : ""
        let text = count(whole / Int(power(digits)))
        guard digits > 0 else { return sign + text }
        let rest = String(whole % Int(power(digits)))
        return sign + text + "." + String(repeating: "0", count: digits - rest.utf8.count) + rest
    }

    /// A whole number with thin spaces between thousands.
    public static func count(_ value: some BinaryInteger) -> String {
        let digits = Array(String(value.magnitude).utf8)
        guard digits.count > 4 else { return String(value) }
        var text = value < 0 ? "−" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "\u{202F}" }
            text.unicodeScalars.append(Unicode.Scalar(digit))
        }
        return text
    }

    /// Of a round number no more than it has: `0.5`, `20`, `1 000`.
    static func tick(_ value: Double) -> String {
        var digits = 0
        while digits < 6, abs(value * power(digits) - (value * power(digits)).rounded()) > 1e-6 * power(digits) {
            digits += 1
        }
        return number(value, digits: digits)
    }

    static func digits(of value: Double?) -> Int {
        guard let size = value.map(abs), size > 0 else { return 0 }
        return size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3
    }

    private static func power(_ digits: Int) -> Double {
        [1, 10, 100, 1e3, 1e4, 1e5, 1e6][max(0, min(6, digits))]
    }
}

/// The unit that times are shown in, chosen by the longest of them.
public struct TimeUnit: Sendable, Equatable {
    public var name: String
    /// What milliseconds are divided by.
    public var milliseconds: Double

    public init(for longest: Double) {
        (name, milliseconds) =
            longest >= 2_000 ? ("s", 1_000) : longest >= 0.2 || longest <= 0 ? ("ms", 1) : ("µs", 0.001)
    }
}
