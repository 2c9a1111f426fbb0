import Foundation

/// The clock that every time of a measurement is read from.
public enum MonotonicTime {
    /// The present instant.
    ///
    /// - Unit: nanoseconds since an arbitrary start, usually that of the machine.
    /// - Source: CLOCK_MONOTONIC of this host: never steps; comparable between processes of one boot, not between hosts.
    public static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

extension Duration {
    /// The whole nanoseconds of this duration; the limits of Int64 when it is longer than 292 years.
    public var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflow || carry ? (seconds < 0 ? .min : .max) : sum
    }
}
