import Export
import Foundation

/// Moments as text: RFC 3339, in UTC, to the nanosecond.
public enum Timestamp {
    private static let nanosecondsPerSecond: Int64 = 1_000_000_000

    /// `2026-01-21T07:37:24.318000000Z`.
    ///
    /// - Parameter nanoseconds: since the epoch, UTC.
    public static func text(of nanoseconds: Int64) -> String {
        var buffer = TextBuffer()
        append(nanoseconds, to: &buffer)
        return String(decoding: buffer.bytes, as: UTF8.self)
    }

    /// Nanoseconds since the epoch, UTC; nil when the text is no date with time and zone (RFC 3339, section 5.6), or lies
    /// outside the years 1678 to 2261, which is what 64 bits hold. Digits behind the nanosecond are cut off.
    public static func nanoseconds(of text: String) -> Int64? {
        var reader = Reader(rest: Array(text.utf8)[...])
        var moment = tm()
        guard let year = reader.number(4), reader.skip("-"), let month = reader.number(2), reader.skip("-"),
            let day = reader.number(2), reader.skip("Tt "), let hour = reader.number(2), reader.skip(":"),
            let minute = reader.number(2), reader.skip(":"), let second = reader.number(2),
            let fraction = reader.fraction(), let offset = reader.offset(), reader.rest.isEmpty
        else { return nil }
        (moment.tm_year, moment.tm_mon, moment.tm_mday) = (year - 1900, month - 1, day)
        (moment.tm_hour, moment.tm_min, moment.tm_sec) = (hour, minute, second)
        let seconds = timegm(&moment)
        // What was no date, as the 30th of February, has become another one.
        guard (moment.tm_year, moment.tm_mon, moment.tm_mday) == (year - 1900, month - 1, day),
            (moment.tm_hour, moment.tm_min, moment.tm_sec) == (hour, minute, second)
        else { return nil }
        return Int64(exactly: Int128(seconds - Int(offset)) * Int128(nanosecondsPerSecond) + Int128(fraction))
    }

    static func append(_ nanoseconds: Int64, to buffer: inout TextBuffer) {
        var fraction = nanoseconds % nanosecondsPerSecond
        if fraction < 0 { fraction += nanosecondsPerSecond }
        var seconds = time_t(nanoseconds / nanosecondsPerSecond) - (nanoseconds < 0 && fraction > 0 ? 1 : 0)
        var moment = tm()
        gmtime_r(&seconds, &moment)
        buffer.append(decimal: UInt64(moment.tm_year + 1900), digits: 4)
        buffer.append("-")
        buffer.append(decimal: UInt64(moment.tm_mon + 1), digits: 2)
        buffer.append("-")
        buffer.append(decimal: UInt64(moment.tm_mday), digits: 2)
        buffer.append("T")
        buffer.append(decimal: UInt64(moment.tm_hour), digits: 2)
        buffer.append(":")
        buffer.append(decimal: UInt64(moment.tm_min), digits: 2)
        buffer.append(":")
        buffer.append(decimal: UInt64(moment.tm_sec), digits: 2)
        buffer.append(".")
        buffer.append(decimal: UInt64(fraction), digits: 9)
        buffer.append("Z")
    }

    private struct Reader {
        var rest: ArraySlice<UInt8>

        mutating func skip(_ signs: StaticString) -> Bool {
            guard let first = rest.first,
                UnsafeBufferPointer(start: signs.utf8Start, count: signs.utf8CodeUnitCount).contains(first)
            else { return false }
            rest.removeFirst()
            return true
        }

        mutating func number(_ digits: Int) -> Int32? {
            let text = rest.prefix(digits)
            guard text.count == digits, text.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else {
                return nil
            }
            rest.removeFirst(digits)
            return text.reduce(0) { $0 * 10 + Int32($1 - UInt8(ascii: "0")) }
        }

        /// What follows the seconds, in nanoseconds; nil when there is a point and no digit.
        mutating func fraction() -> Int64? {
            guard skip(".") else { return 0 }
            var value: Int64 = 0
            var place = nanosecondsPerSecond
            while let digit = number(1) {
                place /= 10
                value += Int64(digit) * place
            }
            return place < nanosecondsPerSecond ? value : nil
        }

        /// The zone, in seconds before UTC.
        mutating func offset() -> Int32? {
            if skip("Zz") { return 0 }
            let isNegative = rest.first == UInt8(ascii: "-")
            guard skip("+-"), let hours = number(2), skip(":"), let minutes = number(2), hours < 24, minutes < 60
            else { return nil }
            return (hours * 3600 + minutes * 60) * (isNegative ? -1 : 1)
        }
    }
}
