import Foundation

/// Numbers as people read them. What is not known is "—", what never came "∞".
package enum Figures {
    package static func number(_ value: Double?, digits: Int = 1) -> String {
        if value == .infinity { return "∞" }
        guard let value, value.isFinite else { return "—" }
        return value.formatted(.number.precision(.fractionLength(digits)).grouping(.automatic).locale(locale))
    }

    /// With as many digits as it takes to tell neighbours apart: three or four that count.
    package static func adaptive(_ value: Double?) -> String { number(value, digits: digits(of: value)) }

    /// A figure and how far its interval reaches: `63.1 ±2.4`. Of an interval that is longer on one side, the longer.
    ///
    /// - Parameter digits: behind the point; as many as `adaptive` has when not given.
    package static func adaptive(_ value: Double?, _ interval: ClosedRange<Double>?, digits: Int? = nil) -> String {
        guard let value, value.isFinite, let interval else {
            return digits.map { number(value, digits: $0) } ?? adaptive(value)
        }
        let reach = max(interval.upperBound - value, value - interval.lowerBound)
        var places = digits ?? self.digits(of: value)
        let figure = number(value, digits: places)
        // A reach that is there is not shown as none.
        while places < 3, reach > 0, reach < 0.5 / pow(10, Double(places)) { places += 1 }
        return "\(figure) ±\(number(reach, digits: places))"
    }

    private static func digits(of value: Double?) -> Int {
        guard let value else { return 0 }
        return abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : 2
    }

    /// Requests per second with the digits that they were given with: `2`, `0.5`, `0.333`.
    package static func rate(_ value: Double) -> String {
        value.formatted(.number.precision(.fractionLength(0...6)).grouping(.automatic).locale(locale))
    }

    package static func count(_ value: some BinaryInteger) -> String {
        Int(value).formatted(.number.grouping(.automatic).locale(locale))
    }

    /// `1 row`, `3 rows`.
    package static func counted(_ value: some BinaryInteger, _ one: String, _ several: String) -> String {
        "\(count(value)) \(value == 1 ? one : several)"
    }

    package static func bytes(_ value: UInt64) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        var amount = Double(value)
        var unit = 0
        while amount >= 1024, unit < units.count - 1 {
            amount /= 1024
            unit += 1
        }
        return "\(number(amount, digits: unit == 0 ? 0 : 1)) \(units[unit])"
    }

    /// Seconds as `35 ms`, `4.2 s`, `3 min 20 s`, `2 h 5 min`.
    package static func duration(_ seconds: Double) -> String {
        if seconds < 1 { return "\(number(seconds * 1000, digits: 0)) ms" }
        if seconds < 60 { return "\(number(seconds, digits: seconds < 10 ? 1 : 0)) s" }
        let whole = Int(seconds.rounded())
        return whole < 3600 ? "\(whole / 60) min \(whole % 60) s" : "\(whole / 3600) h \(whole % 3600 / 60) min"
    }

    /// A moment in UTC, to the second: `2026-01-21 07:37:24`.
    package static func moment(milliseconds: Int64?) -> String {
        guard let milliseconds else { return "—" }
        return Date(timeIntervalSince1970: Double(milliseconds) / 1000)
            .formatted(.iso8601.dateSeparator(.dash).timeSeparator(.colon).dateTimeSeparator(.space))
            .replacing("Z", with: "")
    }

    /// The same on every machine: figures get pasted and compared.
    private static let locale = Locale(identifier: "en_US_POSIX")
}

extension Figures {
    /// `412 ms`, `1.3 %`, `5`: a count and a share have no unit that is said.
    package static func withUnit(_ value: Double, _ unit: String) -> String {
        let isPlain = ["", "1", "count", "flag", "share"].contains(unit)
        let isWhole = value == value.rounded() && abs(value) < 1e15
        let number = isPlain && isWhole ? count(Int(value)) : adaptive(value)
        return isPlain ? number : "\(number) \(unit)"
    }
}
