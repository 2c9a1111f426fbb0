/// How long what had arrived waited until the client read it: what the client itself would have added to a measurement.
///
/// Known only of bytes that the kernel stamped.
public struct ReadDelay: Sendable, Equatable {
    /// Pieces of answers that this was measured on.
    public private(set) var count = 0
    /// Their waits together, nanoseconds.
    public private(set) var total: Int64 = 0
    /// The longest wait, nanoseconds; 0 when there was none.
    public private(set) var longest: Int64 = 0

    /// No waits.
    public init() {}

    /// The mean wait in nanoseconds; nil when none was measured.
    public var mean: Double? { count == 0 ? nil : Double(total) / Double(count) }

    mutating func add(_ wait: Int64) {
        count += 1
        total += wait
        longest = max(longest, wait)
    }

    mutating func add(_ other: ReadDelay) {
        count += other.count
        total += other.total
        longest = max(longest, other.longest)
    }
}
