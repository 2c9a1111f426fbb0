import Charts
import Foundation
import Runs

/// What people read on the pages: times, sizes and states.
enum Words {
    /// `21 Jan 2026 07:37` in UTC; a dash when it is not known.
    static func moment(_ milliseconds: Int64?, seconds: Bool = false) -> String {
        guard let milliseconds else { return "—" }
        let all = milliseconds.flooredQuotient(by: 1000)
        let (days, second) = (all.flooredQuotient(by: 86_400), all - all.flooredQuotient(by: 86_400) * 86_400)
        let (year, month, day) = civil(days)
        let clock = "\(padded(second / 3600)):\(padded(second / 60 % 60))" + (seconds ? ":\(padded(second % 60))" : "")
        return "\(day) \(months[month - 1]) \(year) \(clock)"
    }

    /// `35 ms`, `4.2 s`, `3 min 20 s`, `2 h 5 min`.
    static func duration(_ seconds: Double) -> String {
        if seconds < 1 { return "\(Figure.number(seconds * 1000, digits: 0)) ms" }
        if seconds < 60 { return "\(Figure.number(seconds, digits: seconds < 10 ? 1 : 0)) s" }
        let whole = Int(seconds.rounded())
        return whole < 3600 ? "\(whole / 60) min \(whole % 60) s" : "\(whole / 3600) h \(whole % 3600 / 60) min"
    }

    static func bytes(_ value: UInt64) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        var (amount, unit) = (Double(value), 0)
        while amount >= 1024, unit < units.count - 1 { (amount, unit) = (amount / 1024, unit + 1) }
        return "\(Figure.number(amount, digits: unit == 0 ? 0 : 1)) \(units[unit])"
    }

    /// `1 request`, `3 requests`.
    static func counted(_ count: some BinaryInteger, _ one: String, _ several: String) -> String {
        "\(Figure.count(count)) \(count == 1 ? one : several)"
    }

    /// An id short enough for a heading; whole ids are in addresses and titles.
    static func short(_ id: String) -> String {
        // The beginning of a UUIDv7 is its time: runs of one hour share it. Its end is random.
        id.utf8.count == 36 ? String(id.suffix(8)) : String(id.prefix(24))
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func padded(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }

    /// Year, month and day of days since 1970-01-01 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    private static func civil(_ days: Int64) -> (Int64, Int, Int64) {
        let shifted = days + 719_468
        let era = shifted.flooredQuotient(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let year = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * year + year / 4 - year / 100)
        let part = (5 * dayOfYear + 2) / 153
        let month = part < 10 ? part + 3 : part - 9
        return (year + era * 400 + (month <= 2 ? 1 : 0), Int(month), dayOfYear - (153 * part + 2) / 5 + 1)
    }
}

extension Int64 {
    fileprivate func flooredQuotient(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}

extension RunRow {
    /// Where it stands, with a sign that needs no colour.
    var statusMark: Markup {
        switch status {
        case .completed where failed_phases > 0: "<span class=\"warn\">⚠ completed with failures</span>"
        case .completed: "<span class=\"ok\">✓ completed</span>"
        case .running: "<span class=\"live\">● running</span>"
        case .failed: "<span class=\"bad\">✕ failed</span>"
        case .cancelled: "<span class=\"warn\">■ cancelled</span>"
        case .interrupted: "<span class=\"warn\">■ interrupted</span>"
        }
    }

    /// How long it took; nil while that is not known.
    var seconds: Double? {
        guard let started_at, let completed_at else { return nil }
        return Double(completed_at - started_at) / 1000
    }

    /// How its load was put on, in words.
    var loadInWords: String {
        var parts: [String] = []
        if let iterations = config.iterations {
            parts.append(Words.counted(iterations, "iteration", "iterations"))
        }
        if let duration = config.duration { parts.append("\(Words.duration(Double(duration) / 1000)) a level") }
        if let rates = config.rate {
            parts.append("\(rates.map { Figure.adaptive($0) }.joined(separator: ", ")) requests/s")
        }
        switch config.concurrency {
        case .one(let level) where level > 1: parts.append("\(level) in flight")
        case .several(let levels): parts.append("\(levels.map { "\($0)" }.joined(separator: ", ")) in flight")
        default: break
        }
        parts.append(config.streaming ? "streaming" : "not streaming")
        return parts.joined(separator: " · ")
    }
}
