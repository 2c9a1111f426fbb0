/// How long what had arrived waited until the client read it: what the client itself would have added to a measurement.
///
/// Known only of bytes that the kernel stamped. Of segments that were merged while they waited, it is the wait of the last one:
/// those before it waited longer.
public struct ReadDelay: Sendable, Equatable {
    /// Reads of the socket that this was measured on.
    public private(set) var count = 0
    /// Their waits together, nanoseconds.
    public private(set) var total: Int64 = 0
    /// The longest wait, nanoseconds; 0 when there was none.
    public private(set) var longest: Int64 = 0

    /// No waits.
    public init() {}

    mutating func add(_ wait: Int64) {
        count += 1
        total += wait
        longest = max(longest, wait)
    }
}
