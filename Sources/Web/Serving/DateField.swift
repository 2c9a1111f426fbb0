import Foundation

/// The time as `Date` has it (RFC 9110, section 5.6.7), written out once a second.
struct DateField {
    private var second = 0
    private var text = ""

    mutating func now() -> String {
        var now = time(nil)
        guard now != second else { return text }
        second = now
        var parts = tm()
        gmtime_r(&now, &parts)
        // Day and month are English: the process keeps to the locale "C".
        text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { bytes in
            strftime(bytes.baseAddress!, bytes.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
            return String(cString: bytes.baseAddress!)
        }
        return text
    }
}
